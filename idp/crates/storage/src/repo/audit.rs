//! The audit log; rows are added in the transaction of what they tell and never changed (R94).

use std::borrow::Cow;

use async_trait::async_trait;
use idp_domain::audit::{AuditAction, AuditEvent, Origin};
use idp_domain::id::{AccountId, AuditId, CompanyId};
use idp_domain::ports::Audit;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::Result;
use crate::entity::audit_events::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, json, known, parse_address, parse_json};

const TABLE: &str = "audit_events";

#[async_trait]
impl Audit for SqlTx {
    async fn record(&mut self, event: &AuditEvent) -> Result<()> {
        let row = row(event)?.into_active_model();
        Entity::insert(row).exec_without_returning(self).await.stored()?;
        Ok(())
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
}

fn row(event: &AuditEvent) -> Result<Model> {
    let AuditEvent { id, at, action, actor, origin, company, account, subject, reason } = event;
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
    })
}

fn read(row: Model) -> Result<AuditEvent> {
    Ok(AuditEvent {
        id: AuditId::from_uuid(row.id),
        at: at(row.at),
        action: known(TABLE, "action", AuditAction::parse(&row.action))?,
        actor: parse_json(TABLE, &row.actor)?,
        origin: Origin {
            request_id: row.request_id,
            address: parse_address(TABLE, row.address)?,
            user_agent: row.user_agent,
        },
        company: row.company.map(CompanyId::from_uuid),
        account: row.account.map(AccountId::from_uuid),
        subject: row.subject,
        reason: row.reason.map(Cow::Owned),
    })
}
