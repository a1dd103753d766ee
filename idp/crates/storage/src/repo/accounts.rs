//! Accounts; `version` guards every update.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::account::{Account, AccountState, PasswordState};
use idp_domain::email::EmailAddress;
use idp_domain::id::AccountId;
use idp_domain::password::PasswordHash;
use idp_domain::ports::Accounts;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
};

use super::{OnlyRow as _, Result, columns};
use crate::entity::accounts::{Column, Entity, Model};
use crate::entity::memberships;
use crate::error::{Rule, Stored as _, corrupt, fresh};
use crate::tx::SqlTx;
use crate::value::{at, email, json, known, parse_json, state_at};

const TABLE: &str = "accounts";
const RULES: [Rule; 1] = [Rule { says: "user_name_canonical", name: "user_name" }];

#[async_trait]
impl Accounts for SqlTx {
    async fn insert(&mut self, account: &Account) -> Result<()> {
        let row = row(account)?.into_active_model();
        Entity::insert(row).exec_without_returning(self).await.stored_unless(&RULES)?;
        Ok(())
    }

    async fn update(&mut self, account: &Account) -> Result<()> {
        let mut row = row(account)?;
        row.version += 1;
        let updated = Entity::update_many()
            .set(columns(row, &[Column::Id]))
            .filter(Column::Id.eq(account.id.uuid()))
            .filter(Column::Version.eq(account.version))
            .exec(self)
            .await
            .stored_unless(&RULES)?;
        fresh(updated.rows_affected)
    }

    async fn find(&mut self, id: AccountId) -> Result<Option<Account>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn find_by_user_name(&mut self, user_name: &EmailAddress) -> Result<Option<Account>> {
        let same = Column::UserNameCanonical.eq(user_name.canonical());
        Entity::find().filter(same).only(self).await?.map(read).transpose()
    }

    async fn list_by_user_name(&mut self, user_names: &[&EmailAddress]) -> Result<Vec<Account>> {
        let among = Column::UserNameCanonical.is_in(user_names.iter().map(|it| it.canonical()));
        Entity::find().filter(among).all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn lock(&mut self, id: AccountId) -> Result<()> {
        // SQLite has one writer, and no word for this.
        if self.get_database_backend() == DbBackend::Postgres {
            let row = Entity::find_by_id(id.uuid()).select_only().column(Column::Id).lock_exclusive();
            row.into_tuple::<Uuid>().all(self).await.stored()?;
        }
        Ok(())
    }

    async fn remove_unused(&mut self, id: AccountId) -> Result<bool> {
        let has_it = Query::select()
            .column(memberships::Column::Id)
            .from(memberships::Entity)
            .and_where(memberships::Column::Account.eq(id.uuid()))
            .take();
        let removed = Entity::delete_many()
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.eq("invited"))
            .filter(Column::IsOperator.eq(false))
            .filter(Expr::exists(has_it).not())
            .exec(self)
            .await
            .stored()?;
        Ok(removed.rows_affected == 1)
    }

    async fn record_sign_in(&mut self, id: AccountId, now: Timestamp) -> Result<()> {
        Entity::update_many()
            .col_expr(Column::LastSignIn, Expr::value(now.millis()))
            .filter(Column::Id.eq(id.uuid()))
            .exec(self)
            .await
            .stored()?;
        Ok(())
    }
}

fn row(account: &Account) -> Result<Model> {
    let Account {
        id,
        user_name,
        email_verified,
        profile,
        state,
        password_state,
        credential_version,
        questions_enrolled,
        is_operator,
        created_at,
        last_sign_in,
        version,
    } = account;
    let (state, state_at, password) = match state {
        AccountState::Invited => ("invited", None, None),
        AccountState::Active { since, password } => ("active", Some(since), Some(password)),
        AccountState::Disabled { at, password } => ("disabled", Some(at), password.as_ref()),
        AccountState::Closed { at } => ("closed", Some(at), None),
    };
    Ok(Model {
        id: id.uuid(),
        user_name: user_name.as_str().to_owned(),
        user_name_canonical: user_name.canonical().to_owned(),
        email_verified: *email_verified,
        profile: json(TABLE, profile)?,
        state: state.to_owned(),
        state_at: state_at.map(|at| at.millis()),
        password: password.map(|password| password.as_str().to_owned()),
        credential_version: *credential_version,
        questions_enrolled: *questions_enrolled,
        is_operator: *is_operator,
        created_at: created_at.millis(),
        last_sign_in: last_sign_in.map(Timestamp::millis),
        version: *version,
        password_state: password_state.as_str().to_owned(),
    })
}

pub(super) fn read(row: Model) -> Result<Account> {
    let since = || state_at(TABLE, row.state_at);
    let password = row.password.map(PasswordHash::from_phc);
    let state = match (row.state.as_str(), password) {
        ("invited", None) => AccountState::Invited,
        ("active", Some(password)) => AccountState::Active { since: since()?, password },
        ("disabled", password) => AccountState::Disabled { at: since()?, password },
        ("closed", None) => AccountState::Closed { at: since()? },
        (state, _) => return Err(corrupt(TABLE, format!("state {state} with the wrong facts"))),
    };
    Ok(Account {
        id: AccountId::from_uuid(row.id),
        user_name: email(row.user_name, row.user_name_canonical),
        email_verified: row.email_verified,
        profile: parse_json(TABLE, &row.profile)?,
        state,
        password_state: known(TABLE, "password state", PasswordState::parse(&row.password_state))?,
        credential_version: row.credential_version,
        questions_enrolled: row.questions_enrolled,
        is_operator: row.is_operator,
        created_at: at(row.created_at),
        last_sign_in: row.last_sign_in.map(at),
        version: row.version,
    })
}
