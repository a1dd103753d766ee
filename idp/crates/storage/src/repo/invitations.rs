//! Invitations; the newest of a membership counts.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::email::EmailAddress;
use idp_domain::id::{AccountId, CompanyId, InvitationId, MembershipId};
use idp_domain::invitation::{Invitation, InvitationState};
use idp_domain::mail_failure::MailFailure;
use idp_domain::ports::Invitations;
use sea_orm::sea_query::{Expr, Order, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};

use super::{OnlyRow as _, Result, columns, for_each};
use crate::entity::invitations::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt, fresh};
use crate::tx::SqlTx;
use crate::value::{at, email, known, state_at};

const TABLE: &str = "invitations";
/// [`Invitation::is_open`], as rows say it.
const OPEN: [&str; 2] = ["queued", "sent"];

#[async_trait]
impl Invitations for SqlTx {
    async fn insert(&mut self, invitation: &Invitation) -> Result<()> {
        Entity::insert(row(invitation).into_active_model()).exec_without_returning(self).await.stored()?;
        Ok(())
    }

    async fn update(&mut self, invitation: &Invitation) -> Result<()> {
        let mut row = row(invitation);
        row.version += 1;
        let updated = Entity::update_many()
            .set(columns(row, &[Column::Id]))
            .filter(Column::Id.eq(invitation.id.uuid()))
            .filter(Column::Version.eq(invitation.version))
            .exec(self)
            .await
            .stored()?;
        fresh(updated.rows_affected)
    }

    async fn find(&mut self, id: InvitationId) -> Result<Option<Invitation>> {
        Entity::find_by_id(id.uuid()).only(self).await?.map(read).transpose()
    }

    async fn find_newest(&mut self, membership: MembershipId) -> Result<Option<Invitation>> {
        let own = Column::Membership.eq(membership.uuid());
        let newest = Entity::find().filter(own).order_by_desc(Column::Id);
        newest.one(self).await.stored()?.map(read).transpose()
    }

    async fn list_newest(&mut self, memberships: &[MembershipId]) -> Result<Vec<Invitation>> {
        let own = Column::Membership.is_in(memberships.iter().map(|it| it.uuid()));
        let newest = Entity::find().filter(own).filter(is_newest());
        newest.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn list_newest_to(
        &mut self,
        company: CompanyId,
        addresses: &[&EmailAddress],
    ) -> Result<Vec<Invitation>> {
        if addresses.is_empty() {
            return Ok(Vec::new());
        }
        let ids = for_each(addresses.iter().map(|it| it.canonical()), |address| newest_to(company, address));
        let newest = Entity::find().filter(Column::Id.in_subquery(ids));
        newest.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn find_newest_to(
        &mut self,
        company: CompanyId,
        address: &EmailAddress,
    ) -> Result<Option<Invitation>> {
        let newest = Entity::find()
            .filter(Column::Company.eq(company.uuid()))
            .filter(Column::EmailCanonical.eq(address.canonical()))
            .order_by_desc(Column::Id);
        newest.one(self).await.stored()?.map(read).transpose()
    }

    async fn list_open_of_account(&mut self, account: AccountId) -> Result<Vec<Invitation>> {
        let open = Entity::find()
            .filter(Column::Account.eq(account.uuid()))
            .filter(Column::State.is_in(OPEN))
            .order_by_asc(Column::Id);
        open.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn supersede_open(
        &mut self,
        membership: MembershipId,
        keep: InvitationId,
        now: Timestamp,
    ) -> Result<u64> {
        let ended = Entity::update_many()
            .col_expr(Column::State, Expr::value("superseded"))
            .col_expr(Column::StateAt, Expr::value(now.millis()))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Membership.eq(membership.uuid()))
            .filter(Column::Id.ne(keep.uuid()))
            .filter(Column::State.is_in(OPEN))
            .exec(self)
            .await
            .stored()?;
        Ok(ended.rows_affected)
    }
}

/// Whether its membership has no later one.
fn is_newest() -> Expr {
    const LATER: &str = "later";
    let later = Query::select()
        .expr(Expr::value(1))
        .from_as(Entity, LATER)
        .and_where(Expr::col((LATER, Column::Membership)).equals((Entity, Column::Membership)))
        .and_where(Expr::col((LATER, Column::Id)).gt(Expr::col((Entity, Column::Id))))
        .take();
    Expr::exists(later).not()
}

/// The id of the newest that a company sent to an address.
fn newest_to(company: CompanyId, address: Expr) -> SelectStatement {
    let own = |column| Expr::col(("own", column));
    Query::select()
        .expr(own(Column::Id))
        .from_as(Entity, "own")
        .and_where(own(Column::Company).eq(company.uuid()))
        .and_where(own(Column::EmailCanonical).eq(address))
        .order_by_expr(own(Column::Id), Order::Desc)
        .limit(1)
        .take()
}

fn row(invitation: &Invitation) -> Model {
    let Invitation { id, membership, account, company, email, sent_by, state, created_at, version } =
        invitation;
    let (state, state_at) = match state {
        InvitationState::Queued => ("queued", None),
        InvitationState::Sent { at } => ("sent", Some(at)),
        InvitationState::Accepted { at } => ("accepted", Some(at)),
        InvitationState::Superseded { at } => ("superseded", Some(at)),
        InvitationState::Revoked { at } => ("revoked", Some(at)),
        InvitationState::Undeliverable { at, .. } => ("undeliverable", Some(at)),
    };
    let failure = match &invitation.state {
        InvitationState::Undeliverable { why, .. } => Some(why.as_str().to_owned()),
        _ => None,
    };
    Model {
        id: id.uuid(),
        membership: membership.uuid(),
        account: account.uuid(),
        company: company.uuid(),
        email: email.as_str().to_owned(),
        email_canonical: email.canonical().to_owned(),
        sent_by: sent_by.clone(),
        state: state.to_owned(),
        state_at: state_at.map(|at| at.millis()),
        failure,
        created_at: created_at.millis(),
        version: *version,
    }
}

pub(super) fn read(row: Model) -> Result<Invitation> {
    let at_then = || state_at(TABLE, row.state_at);
    let state = match row.state.as_str() {
        "queued" => InvitationState::Queued,
        "sent" => InvitationState::Sent { at: at_then()? },
        "accepted" => InvitationState::Accepted { at: at_then()? },
        "superseded" => InvitationState::Superseded { at: at_then()? },
        "revoked" => InvitationState::Revoked { at: at_then()? },
        "undeliverable" => {
            let why = row.failure.as_deref().map(|word| known(TABLE, "failure", MailFailure::parse(word)));
            // Before there was a column for it.
            let why = why.transpose()?.unwrap_or_default();
            InvitationState::Undeliverable { at: at_then()?, why }
        }
        other => return Err(corrupt(TABLE, format!("unknown state {other}"))),
    };
    Ok(Invitation {
        id: InvitationId::from_uuid(row.id),
        membership: MembershipId::from_uuid(row.membership),
        account: AccountId::from_uuid(row.account),
        company: CompanyId::from_uuid(row.company),
        email: email(row.email, row.email_canonical),
        sent_by: row.sent_by,
        state,
        created_at: at(row.created_at),
        version: row.version,
    })
}
