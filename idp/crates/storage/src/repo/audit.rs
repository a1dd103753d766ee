//! The audit log; rows are added in the transaction of what they tell and never changed (R94).

use std::borrow::Cow;

use async_trait::async_trait;
use idp_domain::audit::{AuditAction, AuditEvent, AuditFilter, AuditPage, Origin};
use idp_domain::audit_chain::ChainId;
use idp_domain::id::{AccountId, AuditId, CompanyId};
use idp_domain::ports::Audit;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, IntoActiveModel as _, Order, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::Result;
use crate::entity::audit_events::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{
    at, client_id, json, known, optional_json, parse_address, parse_json, parse_optional_json,
};

const TABLE: &str = "audit_events";

#[async_trait]
impl Audit for SqlTx {
    async fn record(&mut self, event: &AuditEvent) -> Result<()> {
        let row = row(event)?.into_active_model();
        match Entity::insert(row).exec_without_returning(self).await.stored()? {
            1 => Ok(()),
            // A trigger that somebody put there: nothing is done that cannot be told.
            _ => Err(corrupt(TABLE, "an event was not stored")),
        }
    }

    async fn list(&mut self, company: Option<CompanyId>, limit: u64) -> Result<Vec<AuditEvent>> {
        let mut newest = Entity::find().order_by_desc(Column::Id).limit(limit);
        if let Some(company) = company {
            newest = newest.filter(Column::Company.eq(company.uuid()));
        }
        newest.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn list_of_account(&mut self, account: AccountId, limit: u64) -> Result<Vec<AuditEvent>> {
        let own = Entity::find().filter(Column::Account.eq(account.uuid()));
        let newest = own.order_by_desc(Column::Id).limit(limit);
        newest.all(self).await.stored()?.into_iter().map(read).collect()
    }

    async fn search(
        &mut self,
        log: ChainId,
        filter: &AuditFilter,
        page: AuditPage,
    ) -> Result<Vec<AuditEvent>> {
        let AuditPage { newest_first, after, limit } = page;
        let mut wanted = wanted(log, filter)?;
        if let Some(after) = after {
            let id = after.uuid();
            wanted = wanted.add(if newest_first { Column::Id.lt(id) } else { Column::Id.gt(id) });
        }
        let order = if newest_first { Order::Desc } else { Order::Asc };
        let found = Entity::find().filter(wanted).order_by(Column::Id, order).limit(limit);
        found.all(self).await.stored()?.into_iter().map(read).collect()
    }
}

/// Instants are looked up by the ids of that time, which the log of a company is ordered by.
fn wanted(log: ChainId, filter: &AuditFilter) -> Result<Condition> {
    let AuditFilter { from, to, actor, subject, action } = filter;
    let mine = match log.company() {
        Some(company) => Column::Company.eq(company.uuid()),
        None => Column::Company.is_null(),
    };
    let about = |subject: &String| match subject.parse::<AccountId>() {
        Ok(account) => Column::Account.eq(account.uuid()),
        Err(_) => Column::Subject.eq(subject.as_str()),
    };
    let actor = actor.as_ref().map(|actor| json(TABLE, actor)).transpose()?;
    Ok(Condition::all()
        .add(mine)
        .add_option(from.map(|from| Column::Id.gte(AuditId::earliest(from).uuid())))
        .add_option(to.map(|to| Column::Id.lt(AuditId::earliest(to).uuid())))
        .add_option(actor.map(|actor| Column::Actor.eq(actor)))
        .add_option(subject.as_ref().map(about))
        .add_option(action.map(|action| Column::Action.eq(action.as_str()))))
}

fn row(event: &AuditEvent) -> Result<Model> {
    let AuditEvent { id, at, action, actor, client, origin, company, account, subject, reason, changes } =
        event;
    let Origin { request_id, address, user_agent } = origin;
    Ok(Model {
        id: id.uuid(),
        at: at.millis(),
        action: action.as_str().to_owned(),
        actor: json(TABLE, actor)?,
        request_id: request_id.clone(),
        address: address.map(|address| address.to_string()),
        user_agent: user_agent.clone(),
        company: company.map(CompanyId::uuid),
        account: account.map(AccountId::uuid),
        subject: subject.clone(),
        reason: reason.as_deref().map(str::to_owned),
        client: client.as_ref().map(ToString::to_string),
        changes: optional_json(TABLE, changes)?,
        chain: None,
        seq: None,
        hash: None,
    })
}

fn read(row: Model) -> Result<AuditEvent> {
    Ok(AuditEvent {
        id: AuditId::from_uuid(row.id),
        at: at(row.at),
        action: known(TABLE, "action", AuditAction::parse(&row.action))?,
        actor: parse_json(TABLE, &row.actor)?,
        client: row.client.map(|text| client_id(TABLE, &text)).transpose()?,
        origin: Origin {
            request_id: row.request_id,
            address: parse_address(TABLE, row.address)?,
            user_agent: row.user_agent,
        },
        company: row.company.map(CompanyId::from_uuid),
        account: row.account.map(AccountId::from_uuid),
        subject: row.subject,
        reason: row.reason.map(Cow::Owned),
        changes: parse_optional_json(TABLE, row.changes)?,
    })
}
