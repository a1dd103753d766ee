//! Grants: the families of refresh tokens, revoked as a whole (RFC 9700 section 4.14).
//!
//! A revoked grant stays until it would have expired, so that nothing of it comes back, and every grant as long as its
//! session: the client took part in that one.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::client::ClientId;
use idp_domain::grant::{Consented, Grant, Revocation, RevocationReason};
use idp_domain::id::{AccountId, CompanyId, GrantId, MembershipId, SessionId};
use idp_domain::ports::{GrantInContext, Grants};
use idp_domain::scope::Scopes;
use idp_domain::thumbprint::Thumbprint;
use sea_orm::sea_query::{Expr, IntoCondition, Query};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};

use super::{OnlyRow as _, Result, before, context, sweep};
use crate::entity::grants::{Column, Entity, Model};
use crate::entity::sessions;
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, client_id, json, known, optional_json, parse_json, parse_optional_json};

const TABLE: &str = "grants";

#[async_trait]
impl Grants for SqlTx {
    async fn insert(&mut self, grant: &Grant) -> Result<()> {
        Entity::insert(row(grant)?.into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn find(&mut self, id: GrantId) -> Result<Option<Grant>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn find_in_context(&mut self, id: GrantId) -> Result<Option<GrantInContext>> {
        context::find(self, id).await
    }

    async fn bind(&mut self, id: GrantId, key: Thumbprint) -> Result<bool> {
        let key = key.to_string();
        let bound = Entity::update_many()
            .col_expr(Column::BoundKey, Expr::value(key.clone()))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::BoundKey.is_null().or(Column::BoundKey.eq(key)))
            .exec(self)
            .await
            .stored()?;
        Ok(bound.rows_affected == 1)
    }

    async fn revoke(&mut self, id: GrantId, why: RevocationReason, now: Timestamp) -> Result<bool> {
        Ok(revoke(self, Column::Id.eq(id.uuid()), why, now).await? == 1)
    }

    async fn revoke_of_session(
        &mut self,
        session: SessionId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64> {
        let bound = Column::Session.eq(session.uuid()).and(Column::Offline.eq(false));
        revoke(self, bound, why, now).await
    }

    async fn revoke_of_account(
        &mut self,
        account: AccountId,
        keep: Option<SessionId>,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64> {
        let own = Column::Account.eq(account.uuid());
        let elsewhere = keep.map(|keep| Column::Session.ne(keep.uuid()));
        revoke(self, Condition::all().add(own).add_option(elsewhere), why, now).await
    }

    async fn revoke_of_company(
        &mut self,
        account: AccountId,
        company: CompanyId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64> {
        let at_company = Column::Account.eq(account.uuid()).and(Column::Company.eq(company.uuid()));
        revoke(self, at_company, why, now).await
    }

    async fn revoke_switched(&mut self, root: GrantId, why: RevocationReason, now: Timestamp) -> Result<u64> {
        revoke(self, switched(root), why, now).await
    }

    async fn find_switched_to(&mut self, root: GrantId, company: CompanyId) -> Result<Option<Grant>> {
        let there = Entity::find()
            .filter(Column::SwitchedFrom.eq(root.uuid()))
            .filter(Column::Company.eq(company.uuid()))
            .filter(Column::RevokedAt.is_null());
        there.only(self).await?.map(read).transpose()
    }

    async fn revoke_switched_to(
        &mut self,
        root: GrantId,
        company: CompanyId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64> {
        revoke(self, switched(root).add(Column::Company.eq(company.uuid())), why, now).await
    }

    async fn list_live_of_account(&mut self, account: AccountId, now: Timestamp) -> Result<Vec<Grant>> {
        let live = Entity::find()
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::RevokedAt.is_null())
            .filter(Column::ExpiresAt.gt(now.millis()))
            .order_by_desc(Column::Id);
        live.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn revoke_of_client(
        &mut self,
        account: AccountId,
        client: &ClientId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64> {
        let between = Column::Account.eq(account.uuid()).and(Column::Client.eq(client.as_str()));
        revoke(self, between, why, now).await
    }

    async fn revoke_all_of_client(
        &mut self,
        client: &ClientId,
        why: RevocationReason,
        now: Timestamp,
    ) -> Result<u64> {
        revoke(self, Column::Client.eq(client.as_str()), why, now).await
    }

    async fn list_in_open_sessions(
        &mut self,
        company: CompanyId,
        accounts: &[AccountId],
        now: Timestamp,
    ) -> Result<Vec<Grant>> {
        let open = Query::select()
            .column(sessions::Column::Id)
            .from(sessions::Entity)
            .and_where(sessions::Column::EndedAt.is_null())
            .and_where(sessions::Column::ExpiresAt.gt(now.millis()))
            .take();
        let at_company = Entity::find()
            .filter(Column::Account.is_in(accounts.iter().map(|account| account.uuid())))
            .filter(Column::Company.eq(company.uuid()))
            .filter(Column::Session.in_subquery(open))
            .order_by_asc(Column::Id);
        at_company.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn list_of_session(&mut self, session: SessionId) -> Result<Vec<Grant>> {
        let begun = Entity::find().filter(Column::Session.eq(session.uuid()));
        begun.order_by_asc(Column::Id).all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn sweep(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        let session = Query::select()
            .expr(Expr::val(1))
            .from(sessions::Entity)
            .and_where(Expr::col((sessions::Entity, sessions::Column::Id)).equals((Entity, Column::Session)))
            .take();
        let over = before(Column::ExpiresAt, instant).add(Expr::exists(session).not());
        sweep::<Entity>(self, (Column::Id, Column::ExpiresAt), over, limit).await
    }
}

/// A family and what was switched from it.
fn switched(root: GrantId) -> Condition {
    let any = Condition::any().add(Column::Id.eq(root.uuid())).add(Column::SwitchedFrom.eq(root.uuid()));
    Condition::all().add(any)
}

/// Revokes those of `which` that are not revoked yet.
async fn revoke(tx: &SqlTx, which: impl IntoCondition, why: RevocationReason, now: Timestamp) -> Result<u64> {
    let revoked = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now.millis()))
        .col_expr(Column::RevokedWhy, Expr::value(why.as_str()))
        .filter(which.into_condition())
        .filter(Column::RevokedAt.is_null())
        .exec(tx)
        .await
        .stored()?;
    Ok(revoked.rows_affected)
}

fn row(grant: &Grant) -> Result<Model> {
    let Grant {
        id,
        client,
        consented,
        nonce,
        created_at,
        expires_at,
        outlives_session,
        switched_from,
        computer,
        key,
        revoked,
    } = grant;
    let Consented { account, pairwise, session, company, scopes, claims, resources, auth_time, amr, acr } =
        consented;
    Ok(Model {
        id: id.uuid(),
        client: client.as_str().to_owned(),
        account: account.uuid(),
        session: session.uuid(),
        company: company.map(|(company, _)| company.uuid()),
        membership: company.map(|(_, membership)| membership.uuid()),
        scopes: scopes.to_string(),
        offline: *outlives_session,
        auth_time: auth_time.millis(),
        amr: json(TABLE, amr)?,
        acr: acr.clone(),
        nonce: nonce.clone(),
        created_at: created_at.millis(),
        expires_at: expires_at.millis(),
        revoked_at: revoked.map(|revocation| revocation.at.millis()),
        revoked_why: revoked.map(|revocation| revocation.why.as_str().to_owned()),
        pairwise: pairwise.clone(),
        claims: optional_json(TABLE, claims)?,
        resources: optional_json(TABLE, resources)?,
        switched_from: switched_from.map(GrantId::uuid),
        computer: optional_json(TABLE, computer)?,
        bound_key: key.map(String::from),
    })
}

pub(super) fn read(row: Model) -> Result<Grant> {
    let company = match (row.company, row.membership) {
        (None, None) => None,
        (Some(company), Some(membership)) => {
            Some((CompanyId::from_uuid(company), MembershipId::from_uuid(membership)))
        }
        _ => return Err(corrupt(TABLE, "a company without its membership")),
    };
    let revoked = match (row.revoked_at, row.revoked_why) {
        (None, None) => None,
        (Some(millis), Some(why)) => {
            let why = known(TABLE, "reason", RevocationReason::parse(&why))?;
            Some(Revocation { at: at(millis), why })
        }
        _ => return Err(corrupt(TABLE, "half revoked")),
    };
    let key = row.bound_key.as_deref().map(Thumbprint::parse);
    Ok(Grant {
        id: GrantId::from_uuid(row.id),
        client: client_id(TABLE, &row.client)?,
        consented: Consented {
            account: AccountId::from_uuid(row.account),
            pairwise: row.pairwise,
            session: SessionId::from_uuid(row.session),
            company,
            scopes: Scopes::parse(&row.scopes),
            claims: parse_optional_json(TABLE, row.claims)?,
            resources: parse_optional_json(TABLE, row.resources)?,
            auth_time: at(row.auth_time),
            amr: parse_json(TABLE, &row.amr)?,
            acr: row.acr,
        },
        nonce: row.nonce,
        created_at: at(row.created_at),
        expires_at: at(row.expires_at),
        outlives_session: row.offline,
        switched_from: row.switched_from.map(GrantId::from_uuid),
        computer: parse_optional_json(TABLE, row.computer)?,
        key: key.map(|key| known(TABLE, "key", key.ok())).transpose()?,
        revoked,
    })
}
