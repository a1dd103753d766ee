//! Memberships. Every lookup names the company or the account it is for: a foreign id finds nothing.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::email::EmailAddress;
use idp_domain::id::{AccountId, CompanyId, MembershipId};
use idp_domain::member::{Authority, Membership, MembershipState, Particulars, PersonRef, SecurityRole};
use idp_domain::member_list::{AsOf, MemberCounts, MemberQuery};
use idp_domain::ports::{MemberInContext, Memberships, StoreError, Tx as _};
use sea_orm::sea_query::{Expr, LockType, Query, SelectStatement, UnionType};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, ExprTrait as _,
    FromQueryResult as _, IntoActiveModel as _, Iterable as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QueryResult, QuerySelect as _, QueryTrait,
};

use super::{OnlyRow as _, Result, columns, for_each, member_list, member_persons};
use crate::entity::memberships::{Column, Entity, Model};
use crate::entity::{accounts, companies};
use crate::error::{Rule, Stored as _, corrupt, fresh};
use crate::tx::SqlTx;
use crate::value::{at, line, optional_json, optional_line, parse_optional_json, parse_word, state_at, word};

const TABLE: &str = "memberships";
const RULES: [Rule; 2] =
    [Rule { says: "person_ref", name: "person_ref" }, Rule { says: "account", name: "account_company" }];

#[async_trait]
impl Memberships for SqlTx {
    async fn insert(&mut self, membership: &Membership) -> Result<()> {
        let row = row(membership)?;
        if row.other_persons.is_some() {
            self.companies().lock(membership.company).await?;
        }
        insert_beside_company(self, row).await?;
        member_persons::claim(self, membership).await
    }

    async fn update(&mut self, membership: &Membership) -> Result<()> {
        let mut row = row(membership)?;
        row.version += 1;
        let before = Entity::find_by_id(row.id).only(self).await?.ok_or(StoreError::Stale)?;
        let renamed = (&before.person_ref, &before.other_persons) != (&row.person_ref, &row.other_persons);
        if renamed {
            self.companies().lock(membership.company).await?;
        }
        let updated = Entity::update_many()
            .set(columns(row, &[Column::Id]))
            .filter(Column::Id.eq(membership.id.uuid()))
            .filter(Column::Version.eq(membership.version))
            .exec(self)
            .await
            .stored_unless(&RULES)?;
        fresh(updated.rows_affected)?;
        if renamed {
            member_persons::release(self, membership).await?;
            member_persons::claim(self, membership).await?;
        }
        Ok(())
    }

    async fn record_sign_in(&mut self, company: CompanyId, id: MembershipId, now: Timestamp) -> Result<()> {
        Entity::update_many()
            .col_expr(Column::LastSignIn, Expr::value(now.millis()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::Company.eq(company.uuid()))
            .exec(self)
            .await
            .stored()?;
        Ok(())
    }

    async fn find(&mut self, company: CompanyId, id: MembershipId) -> Result<Option<Membership>> {
        let own = Entity::find_by_id(id.uuid()).filter(Column::Company.eq(company.uuid()));
        own.only(self).await?.map(read).transpose()
    }

    async fn find_of_account(
        &mut self,
        company: CompanyId,
        account: AccountId,
    ) -> Result<Option<Membership>> {
        Entity::find()
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::Company.eq(company.uuid()))
            .only(self)
            .await?
            .map(read)
            .transpose()
    }

    async fn find_of_user_name(
        &mut self,
        company: CompanyId,
        user_name: &EmailAddress,
    ) -> Result<Option<Membership>> {
        let account = Query::select()
            .column(accounts::Column::Id)
            .from(accounts::Entity)
            .and_where(accounts::Column::UserNameCanonical.eq(user_name.canonical()))
            .take();
        Entity::find()
            .filter(Column::Company.eq(company.uuid()))
            .filter(Expr::col((Entity, Column::Account)).eq(Expr::from(account)))
            .only(self)
            .await?
            .map(read)
            .transpose()
    }

    async fn find_by_person_ref(
        &mut self,
        company: CompanyId,
        person: &PersonRef,
    ) -> Result<Option<Membership>> {
        let company_is = Column::Company.eq(company.uuid());
        let by_hat = Entity::find()
            .filter(Column::Id.in_subquery(member_persons::holder(company, Expr::value(person.as_str()))));
        let mut by_any = Entity::find().filter(company_is).filter(Column::PersonRef.eq(person.as_str()));
        QueryTrait::query(&mut by_any).union(UnionType::All, by_hat.into_query());
        by_any.only(self).await?.map(read).transpose()
    }

    async fn list_of_user_names(
        &mut self,
        company: CompanyId,
        user_names: &[&EmailAddress],
    ) -> Result<Vec<(String, Membership)>> {
        let of_account = Expr::col((accounts::Entity, accounts::Column::Id));
        let ids = Query::select()
            .expr(Expr::from(id_where(company, Column::Account, of_account)))
            .from(accounts::Entity)
            .and_where(accounts::Column::UserNameCanonical.is_in(user_names.iter().map(|it| it.canonical())))
            .take();
        let address = Query::select()
            .column(accounts::Column::UserNameCanonical)
            .from(accounts::Entity)
            .and_where(Expr::col((accounts::Entity, accounts::Column::Id)).equals((Entity, Column::Account)))
            .take();
        let mut found = Entity::find().filter(Column::Id.in_subquery(ids));
        QueryTrait::query(&mut found).expr_as(Expr::from(address), "address");
        let rows = self.query_all_raw(found.build(self.get_database_backend())).await.stored()?;
        let beside = |row: &QueryResult| -> Result<(String, Membership)> {
            Ok((row.try_get("", "address").stored()?, read(Model::from_query_result(row, "").stored()?)?))
        };
        rows.iter().map(beside).collect()
    }

    async fn list_by_person_ref(
        &mut self,
        company: CompanyId,
        persons: &[&PersonRef],
    ) -> Result<Vec<Membership>> {
        if persons.is_empty() {
            return Ok(Vec::new());
        }
        let persons = || persons.iter().map(|it| it.as_str());
        let mut ids = for_each(persons(), |person| id_where(company, Column::PersonRef, person));
        ids.union(UnionType::All, for_each(persons(), |person| member_persons::holder(company, person)));
        let by_any = Entity::find().filter(Column::Id.in_subquery(ids));
        by_any.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn list_of_account(&mut self, account: AccountId) -> Result<Vec<Membership>> {
        let own = Entity::find().filter(Column::Account.eq(account.uuid()));
        own.order_by_asc(Column::Id).all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn count_administrators(&mut self, company: CompanyId) -> Result<u64> {
        Entity::find()
            .filter(Column::Company.eq(company.uuid()))
            .filter(Column::Authority.eq(word(TABLE, &Authority::Administrator)?))
            .filter(Column::State.eq("active"))
            .count(self)
            .await
            .stored()
    }

    async fn find_in_context(
        &mut self,
        company: CompanyId,
        id: MembershipId,
    ) -> Result<Option<MemberInContext>> {
        member_list::find(self, company, id).await
    }

    async fn list(
        &mut self,
        company: CompanyId,
        after: Option<MembershipId>,
        limit: u64,
    ) -> Result<Vec<Membership>> {
        let mut page = Entity::find().filter(Column::Company.eq(company.uuid()));
        if let Some(after) = after {
            page = page.filter(Column::Id.gt(after.uuid()));
        }
        let rows = page.order_by_asc(Column::Id).limit(limit).all(self).await.stored()?;
        rows.into_iter().map(read).collect()
    }

    async fn list_in_context(
        &mut self,
        company: CompanyId,
        query: &MemberQuery,
        as_of: &AsOf,
        page: (Option<MembershipId>, u64),
    ) -> Result<Vec<MemberInContext>> {
        member_list::list(self, company, query, as_of, page).await
    }

    async fn count(&mut self, company: CompanyId, as_of: &AsOf) -> Result<MemberCounts> {
        member_list::count(self, company, as_of).await
    }
}

/// What the list is ordered and searched by. As SQL's `lower` does it for ASCII, which is what older rows got.
fn name_key(given: &str, family: &str) -> String {
    format!("{family} {given}").to_lowercase()
}

/// Inserts the row while it holds the company's, which its reference to the company would wait for only afterwards: whoever has
/// the company locked and wants the same person's reference would wait for this row, and this one for them.
async fn insert_beside_company(tx: &SqlTx, row: Model) -> Result<()> {
    let company = Query::select()
        .column(companies::Column::Id)
        .from(companies::Entity)
        .and_where(companies::Column::Id.eq(row.company))
        .lock(LockType::KeyShare)
        .take();
    let row = row.into_active_model();
    let values = Column::iter().filter_map(|column| row.get(column).into_value()).map(Expr::value);
    let beside = Query::select().exprs(values).from_subquery(company, "company").take();
    let mut insert = Query::insert();
    insert.into_table(Entity).columns(Column::iter());
    insert.select_from(beside).map_err(|error| corrupt(TABLE, error.to_string()))?;
    let inserted = tx.execute(&insert).await.stored_unless(&RULES)?;
    if inserted.rows_affected() == 1 { Ok(()) } else { Err(corrupt(TABLE, "a member of no company")) }
}

/// The id of the member of a company whose `column` is `wanted`; no two have the same.
fn id_where(company: CompanyId, column: Column, wanted: Expr) -> SelectStatement {
    let own = |column| Expr::col(("own", column));
    Query::select()
        .expr(own(Column::Id))
        .from_as(Entity, "own")
        .and_where(own(Column::Company).eq(company.uuid()))
        .and_where(own(column).eq(wanted))
        .take()
}

fn row(membership: &Membership) -> Result<Model> {
    let Membership {
        id,
        account,
        company,
        state,
        particulars,
        created_at,
        joined_at,
        last_sign_in,
        sessions_ended_at,
        version,
    } = membership;
    let Particulars {
        given_name,
        family_name,
        member_type,
        person_ref,
        other_persons,
        security_role,
        authority,
        cell,
        note,
    } = particulars;
    let (state, state_at) = match state {
        MembershipState::Invited => ("invited", None),
        MembershipState::Active { since } => ("active", Some(since)),
        MembershipState::Inactive { since } => ("inactive", Some(since)),
        MembershipState::Removed { at } => ("removed", Some(at)),
    };
    Ok(Model {
        id: id.uuid(),
        account: account.uuid(),
        company: company.uuid(),
        state: state.to_owned(),
        state_at: state_at.map(|at| at.millis()),
        given_name: given_name.as_str().to_owned(),
        family_name: family_name.as_str().to_owned(),
        member_type: word(TABLE, member_type)?,
        person_ref: person_ref.as_str().to_owned(),
        security_role: security_role.as_str().to_owned(),
        authority: word(TABLE, authority)?,
        cell: cell.as_ref().map(ToString::to_string),
        note: note.as_ref().map(ToString::to_string),
        created_at: created_at.millis(),
        last_sign_in: last_sign_in.map(Timestamp::millis),
        version: *version,
        joined_at: joined_at.map(Timestamp::millis),
        name_key: name_key(given_name.as_str(), family_name.as_str()),
        other_persons: optional_json(TABLE, other_persons)?,
        sessions_ended_at: sessions_ended_at.map(Timestamp::millis),
    })
}

pub(super) fn read(row: Model) -> Result<Membership> {
    let since = || state_at(TABLE, row.state_at);
    let state = match row.state.as_str() {
        "invited" => MembershipState::Invited,
        "active" => MembershipState::Active { since: since()? },
        "inactive" => MembershipState::Inactive { since: since()? },
        "removed" => MembershipState::Removed { at: since()? },
        other => return Err(corrupt(TABLE, format!("unknown state {other}"))),
    };
    let security_role = SecurityRole::parse(&row.security_role);
    Ok(Membership {
        id: MembershipId::from_uuid(row.id),
        account: AccountId::from_uuid(row.account),
        company: CompanyId::from_uuid(row.company),
        state,
        particulars: Particulars {
            given_name: line(TABLE, &row.given_name)?,
            family_name: line(TABLE, &row.family_name)?,
            member_type: parse_word(TABLE, row.member_type)?,
            person_ref: line(TABLE, &row.person_ref)?,
            other_persons: parse_optional_json(TABLE, row.other_persons)?,
            security_role: security_role.map_err(|error| corrupt(TABLE, error.to_string()))?,
            authority: parse_word(TABLE, row.authority)?,
            cell: optional_line(TABLE, row.cell)?,
            note: optional_line(TABLE, row.note)?,
        },
        created_at: at(row.created_at),
        joined_at: row.joined_at.map(at),
        last_sign_in: row.last_sign_in.map(at),
        sessions_ended_at: row.sessions_ended_at.map(at),
        version: row.version,
    })
}
