//! A grant with the rows it stands on, read in one statement: it is asked of every token at UserInfo, introspection and
//! refresh, and each statement costs more than the rows it reads.

use std::sync::LazyLock;

use idp_domain::id::GrantId;
use idp_domain::ports::GrantInContext;
use sea_orm::{
    ConnectionTrait as _, EntityTrait, FromQueryResult, IdenStatic as _, Iterable as _, QueryResult,
    Statement,
};

use super::{Result, accounts, clients, companies, consents, grants, memberships, sessions};
use crate::entity;
use crate::error::Stored as _;
use crate::tx::SqlTx;

const GRANT: &str = "g_";
const ACCOUNT: &str = "a_";
const SESSION: &str = "s_";
const COMPANY: &str = "c_";
const MEMBERSHIP: &str = "m_";
const CLIENT: &str = "k_";
const CONSENT: &str = "n_";

/// The text never changes, so it is written once. Every join is by primary key.
static SQL: LazyLock<String> = LazyLock::new(|| {
    let columns = [
        columns::<entity::grants::Entity>(GRANT),
        columns::<entity::accounts::Entity>(ACCOUNT),
        columns::<entity::sessions::Entity>(SESSION),
        columns::<entity::companies::Entity>(COMPANY),
        columns::<entity::memberships::Entity>(MEMBERSHIP),
        columns::<entity::clients::Entity>(CLIENT),
        columns::<entity::consents::Entity>(CONSENT),
    ]
    .concat();
    format!(
        "SELECT {} FROM grants AS g_ \
         LEFT JOIN accounts AS a_ ON a_.id = g_.account \
         LEFT JOIN sessions AS s_ ON s_.id = g_.session \
         LEFT JOIN companies AS c_ ON c_.id = g_.company \
         LEFT JOIN memberships AS m_ ON m_.id = g_.membership AND m_.company = g_.company \
         LEFT JOIN clients AS k_ ON k_.id = g_.client \
         LEFT JOIN consents AS n_ ON n_.account = g_.account AND n_.client = g_.client \
         WHERE g_.id = $1",
        columns.join(", ")
    )
});

/// `a_."state" AS "a_state"`, for every column of a table.
pub(super) fn columns<E: EntityTrait>(alias: &str) -> Vec<String> {
    E::Column::iter()
        .map(|column| column.as_str().to_owned())
        .map(|name| format!(r#"{alias}."{name}" AS "{alias}{name}""#))
        .collect()
}

pub(super) async fn find(tx: &mut SqlTx, id: GrantId) -> Result<Option<GrantInContext>> {
    let backend = tx.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, SQL.as_str(), [id.uuid().into()]);
    let Some(row) = tx.query_one_raw(statement).await.stored()? else { return Ok(None) };
    let grant = entity::grants::Model::from_query_result(&row, GRANT).stored()?;
    Ok(Some(GrantInContext {
        grant: grants::read(grant)?,
        account: part(&row, ACCOUNT)?.map(accounts::read).transpose()?,
        session: part(&row, SESSION)?.map(sessions::read).transpose()?,
        company: part(&row, COMPANY)?.map(companies::read).transpose()?,
        membership: part(&row, MEMBERSHIP)?.map(memberships::read).transpose()?,
        client: part(&row, CLIENT)?.map(clients::read).transpose()?,
        consent: part(&row, CONSENT)?.map(consents::read).transpose()?,
    }))
}

/// One table's part of the row; `None` where the join found nothing.
pub(super) fn part<M: FromQueryResult>(row: &QueryResult, alias: &str) -> Result<Option<M>> {
    M::from_query_result_optional(row, alias).stored()
}
