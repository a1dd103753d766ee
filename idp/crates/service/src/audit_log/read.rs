//! Whose log may be read, and what an event shows: of a company only what is its own (R33), of the platform what belongs to no
//! company. That somebody looked is an event itself.

use idp_domain::audit::{Actor, AuditAction, AuditEvent, AuditFilter, AuditPage, Change, Place};
use idp_domain::audit_chain::ChainId;
use idp_domain::id::AuditId;
use serde::Serialize;

use crate::authority::{Caller, CompanyScope, OperatorScope};
use crate::env::Env;
use crate::fault::Fault;

/// Proof that somebody may read a log.
#[derive(Debug, Clone)]
pub struct Log {
    pub(super) id: ChainId,
    caller: Caller,
}

impl From<&CompanyScope> for Log {
    fn from(scope: &CompanyScope) -> Self {
        Self { id: Some(scope.id()).into(), caller: scope.caller().clone() }
    }
}

impl From<&OperatorScope> for Log {
    fn from(scope: &OperatorScope) -> Self {
        Self { id: ChainId::PLATFORM, caller: scope.caller().clone() }
    }
}

impl Log {
    /// Writes down that somebody looked.
    pub(super) async fn record(&self, env: &Env, action: AuditAction) -> Result<(), Fault> {
        let mut event = self.caller.event(env, action);
        event.company = self.id.company();
        let mut tx = env.store.write().await?;
        tx.audit().record(&event).await?;
        Ok(tx.commit().await?)
    }
}

/// The events of one page, and where the next begins.
#[derive(Debug)]
pub struct Slice {
    pub records: Vec<Record>,
    pub next: Option<AuditId>,
}

/// A page of a log, the newest first; `limit` is the caller's to bound.
///
/// # Errors
/// [`Fault`].
pub async fn list(
    env: &Env,
    log: &Log,
    filter: &AuditFilter,
    after: Option<AuditId>,
    limit: u64,
) -> Result<Slice, Fault> {
    let page = AuditPage { newest_first: true, after, limit: limit + 1 };
    let mut events = env.store.read().await?.audit().search(log.id, filter, page).await?;
    let has_more = events.len() as u64 > limit;
    if has_more {
        events.pop();
    }
    let next = events.last().filter(|_| has_more).map(|last| last.id);
    log.record(env, AuditAction::AuditViewed).await?;
    Ok(Slice { records: events.into_iter().map(Record::from).collect(), next })
}

/// An event as it is shown and exported; every field is said, `null` included.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    pub id: String,
    pub at: String,
    pub action: &'static str,
    pub outcome: &'static str,
    pub reason: Option<String>,
    pub actor: RecordedActor,
    pub company: Option<String>,
    /// The account it concerns, as the `sub` of tokens.
    pub account: Option<String>,
    pub subject: Option<String>,
    pub request_id: Option<String>,
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, Serialize)]
pub struct RecordedActor {
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// An account or a client; `null` of nobody in particular.
    pub id: Option<String>,
    /// The client through which a person acted.
    pub client: Option<String>,
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

impl From<AuditEvent> for Record {
    fn from(event: AuditEvent) -> Self {
        let outcome = event.outcome().as_str();
        let AuditEvent { id, at, action, actor, client, origin, company, account, subject, reason, changes } =
            event;
        let Place { address, user_agent } = Place::from(&origin);
        let (kind, who) = match actor {
            Actor::Person { account } => ("person", Some(account.to_string())),
            Actor::Client { client } => ("client", Some(client.to_string())),
            Actor::Anonymous => ("anonymous", None),
            Actor::System => ("system", None),
        };
        let client = client.map(|client| client.to_string());
        let address = address.map(|address| address.to_string());
        Self {
            id: id.to_string(),
            at: at.to_rfc3339(),
            action: action.as_str(),
            outcome,
            reason: reason.map(std::borrow::Cow::into_owned),
            actor: RecordedActor { kind, id: who, client, address, user_agent },
            company: company.map(|company| company.to_string()),
            account: account.map(|account| account.to_string()),
            subject,
            request_id: origin.request_id,
            changes,
        }
    }
}
