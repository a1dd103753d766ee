//! Everything that is stored about a person, for that person (R3): what they wrote, what agencies wrote, what happened.
//!
//! Never a hash, a digest or a secret; of security questions only which ones (Q9). Every row is taken apart field by field,
//! so that a new column is either told or left out on purpose.

use idp_domain::Timestamp;
use idp_domain::account::{Account, AccountState};
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin, Place};
use idp_domain::company::Company;
use idp_domain::consent::{Consent, Permitted};
use idp_domain::email_change::{EmailChange, EmailChangeState};
use idp_domain::grant::{Consented, Grant};
use idp_domain::id::CompanyId;
use idp_domain::member::{Membership, MembershipState, Particulars};
use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::{CompanyChoice, Tx};
use idp_domain::question::{EnrolledAnswer, FormerAnswer};
use idp_domain::recovery_code::StoredRecoveryCode;
use idp_domain::session::Session;
use serde_json::{Value, json};

use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::notice;
use crate::session::{self, SignedIn};

/// More events than anybody has in the six years they are kept.
const MOST_EVENTS: u64 = 100_000;

/// The whole of it, as a JSON text for people: indented. That it was fetched is recorded. `None` when the person was signed
/// out meanwhile.
///
/// # Errors
/// [`Fault`].
pub async fn export(env: &Env, signed_in: &SignedIn, origin: &Origin) -> Result<Option<String>, Fault> {
    let (now, id) = (env.now(), signed_in.account.id);
    let mut tx = env.store.write().await?;
    let Some(SignedIn { account, .. }) = session::lock(env, &mut *tx, signed_in).await? else {
        return Ok(None);
    };
    let event =
        AuditEvent::new(AuditAction::AccountExported, Actor::Person { account: id }, now, env.entropy());
    tx.audit().record(&event.from(origin).account(id)).await?;
    notice::tell(env, &mut *tx, &account, SecurityEvent::DataDownloaded, origin).await?;
    let told = json!({
        "written_at": now.to_rfc3339(),
        "account": of_account(account),
        "agencies": agencies(&mut *tx, signed_in).await?,
        "apps_allowed": consents(&mut *tx, signed_in).await?,
        "agencies_chosen": choices(&mut *tx, signed_in).await?,
        "log_ins": sessions(&mut *tx, signed_in, now).await?,
        "security_questions": questions(&mut *tx, signed_in).await?,
        "former_security_questions": former_questions(&mut *tx, signed_in).await?,
        "saved_recovery_code": recovery_code(&mut *tx, signed_in).await?,
        "changes_of_address": changes(&mut *tx, signed_in).await?,
        "what_happened": events(&mut *tx, signed_in).await?,
    });
    tx.commit().await?;
    env.bell.ring(Queue::Mail);
    let text = serde_json::to_string_pretty(&told);
    text.map(Some).map_err(|_| Fault::Broken("an export does not serialise"))
}

fn at(instant: Option<Timestamp>) -> Option<String> {
    instant.map(Timestamp::to_rfc3339)
}

fn of_account(account: Account) -> Value {
    let Account {
        id,
        user_name,
        email_verified,
        profile,
        state,
        password_state,
        credential_version: _,
        questions_enrolled,
        is_operator,
        created_at,
        last_sign_in,
        version: _,
    } = account;
    let (state, since) = match state {
        AccountState::Invited => ("invited", None),
        AccountState::Active { since, password: _ } => ("active", Some(since)),
        AccountState::Disabled { at, password: _ } => ("disabled", Some(at)),
        AccountState::Closed { at } => ("closed", Some(at)),
    };
    json!({
        "id": id,
        "user_name": user_name.as_str(),
        "email_verified": email_verified,
        "profile": profile,
        "state": state,
        "state_since": at(since),
        "password_state": password_state.as_str(),
        "security_questions_enrolled": questions_enrolled,
        "operator": is_operator,
        "created_at": created_at.to_rfc3339(),
        "last_log_in": at(last_sign_in),
    })
}

async fn agencies(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Vec<Value>, Fault> {
    let mut told = Vec::new();
    for membership in tx.memberships().list_of_account(signed_in.account.id).await? {
        let company = tx.companies().find(membership.company).await?;
        told.push(of_membership(membership, company.as_ref()));
    }
    Ok(told)
}

fn of_membership(membership: Membership, company: Option<&Company>) -> Value {
    let Membership {
        id,
        account: _,
        company: _,
        state,
        particulars,
        created_at,
        joined_at,
        last_sign_in,
        sessions_ended_at,
        version: _,
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
    let (state, since) = match state {
        MembershipState::Invited => ("invited", None),
        MembershipState::Active { since } => ("active", Some(since)),
        MembershipState::Inactive { since } => ("inactive", Some(since)),
        MembershipState::Removed { at } => ("left", Some(at)),
    };
    json!({
        "agency": company.map(|company| company.name.as_str()),
        "company_code": company.map(|company| company.code.as_str()),
        "member_id": id,
        "state": state,
        "state_since": at(since),
        "given_name": given_name,
        "family_name": family_name,
        "member_type": member_type,
        "person_ref": person_ref,
        "other_persons": other_persons,
        "security_role": security_role.as_str(),
        "authority": authority,
        "cell": cell,
        "note": note,
        "created_at": created_at.to_rfc3339(),
        "joined_at": at(joined_at),
        "last_log_in": at(last_sign_in),
        "sessions_ended_at": at(sessions_ended_at),
    })
}

async fn consents(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Vec<Value>, Fault> {
    let mut told = Vec::new();
    for consent in tx.consents().list_of_account(signed_in.account.id).await? {
        let Consent { account: _, client, permitted, granted_at } = consent;
        let Permitted { scopes, companies, resources } = permitted;
        let mut agencies = Vec::new();
        for company in companies {
            agencies.extend(name_of(tx, Some(company)).await?);
        }
        let name = tx.clients().find(&client).await?.map(|client| client.name.to_string());
        told.push(json!({
            "app": name,
            "client_id": client,
            "scopes": scopes,
            "agencies": agencies,
            "resources": resources,
            "allowed_at": granted_at.to_rfc3339(),
        }));
    }
    Ok(told)
}

/// Which agency the person chose last at which app.
async fn choices(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Vec<Value>, Fault> {
    let mut told = Vec::new();
    for choice in tx.company_choices().list_of_account(signed_in.account.id).await? {
        let CompanyChoice { client, company, chosen_at } = choice;
        let name = tx.clients().find(&client).await?.map(|client| client.name.to_string());
        told.push(json!({
            "app": name,
            "client_id": client,
            "agency": name_of(tx, Some(company)).await?,
            "chosen_at": chosen_at.to_rfc3339(),
        }));
    }
    Ok(told)
}

async fn name_of(tx: &mut dyn Tx, company: Option<CompanyId>) -> Result<Option<String>, Fault> {
    let Some(company) = company else { return Ok(None) };
    Ok(tx.companies().find(company).await?.map(|company| company.name.to_string()))
}

/// Browsers that were not signed out, and the apps that hold something, each with where it began.
async fn sessions(tx: &mut dyn Tx, signed_in: &SignedIn, now: Timestamp) -> Result<Value, Fault> {
    let account = signed_in.account.id;
    let browsers: Vec<Value> =
        tx.sessions().list_open_of_account(account).await?.into_iter().map(of_session).collect();
    let mut apps = Vec::new();
    for grant in tx.grants().list_live_of_account(account, now).await? {
        let name = tx.clients().find(&grant.client).await?.map(|client| client.name.to_string());
        apps.push(of_grant(grant, name));
    }
    Ok(json!({"browsers": browsers, "apps": apps}))
}

fn of_session(session: Session) -> Value {
    let Session {
        id: _,
        digest: _,
        account: _,
        auth_time,
        amr: _,
        last_seen,
        idle: _,
        expires_at,
        ended_at: _,
        place,
    } = session;
    let Place { address, user_agent } = place;
    json!({
        "logged_in_at": auth_time.to_rfc3339(),
        "last_seen": last_seen.to_rfc3339(),
        "ends_at": expires_at.to_rfc3339(),
        "network_address": address,
        "browser": user_agent,
    })
}

fn of_grant(grant: Grant, name: Option<String>) -> Value {
    let Grant { client, consented, created_at, expires_at, computer, .. } = grant;
    let Consented { scopes, resources, .. } = consented;
    json!({
        "app": name,
        "client_id": client,
        "computer": computer,
        "scopes": scopes,
        "resources": resources,
        "since": created_at.to_rfc3339(),
        "ends_at": expires_at.to_rfc3339(),
    })
}

async fn questions(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Vec<Value>, Fault> {
    let told = |answer| {
        let EnrolledAnswer { account: _, question, hash: _, enrolled_at } = answer;
        json!({"question": question, "enrolled_at": enrolled_at.to_rfc3339()})
    };
    Ok(tx.answers().list(signed_in.account.id).await?.into_iter().map(told).collect())
}

async fn former_questions(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Vec<Value>, Fault> {
    let told = |former| {
        let FormerAnswer { answer, replaced_at } = former;
        let EnrolledAnswer { account: _, question, hash: _, enrolled_at } = answer;
        json!({
            "question": question,
            "enrolled_at": enrolled_at.to_rfc3339(),
            "replaced_at": replaced_at.to_rfc3339(),
        })
    };
    Ok(tx.answers().list_former(signed_in.account.id).await?.into_iter().map(told).collect())
}

async fn recovery_code(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Value, Fault> {
    Ok(match tx.recovery_codes().find(signed_in.account.id).await? {
        Some(StoredRecoveryCode { account: _, digest: _, made_at }) => {
            json!({"exists": true, "made_at": made_at.to_rfc3339()})
        }
        None => json!({"exists": false}),
    })
}

async fn changes(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Vec<Value>, Fault> {
    let mut told = Vec::new();
    for change in tx.email_changes().list_of_account(signed_in.account.id).await? {
        let EmailChange { id: _, account: _, old, new, proposed_by, state, created_at, expires_at } = change;
        let (state, since) = match state {
            EmailChangeState::Proposed => ("proposed", None),
            EmailChangeState::Confirmed { at } => ("confirmed", Some(at)),
            EmailChangeState::Cancelled { at } => ("cancelled", Some(at)),
            EmailChangeState::Undone { at } => ("taken_back", Some(at)),
        };
        told.push(json!({
            "from": old.as_str(),
            "to": new.as_str(),
            "proposed_by": name_of(tx, proposed_by).await?,
            "state": state,
            "state_since": at(since),
            "proposed_at": created_at.to_rfc3339(),
            "to_be_proven_until": expires_at.to_rfc3339(),
        }));
    }
    Ok(told)
}

async fn events(tx: &mut dyn Tx, signed_in: &SignedIn) -> Result<Vec<Value>, Fault> {
    let mut told = Vec::new();
    for event in tx.audit().list_of_account(signed_in.account.id, MOST_EVENTS).await? {
        let AuditEvent {
            id: _,
            at,
            action,
            actor,
            client: _,
            origin,
            company,
            account: _,
            subject: _,
            reason,
            changes,
        } = event;
        let Origin { request_id: _, address, user_agent } = match actor {
            // Where an agency's people and programs are is the agency's affair.
            Actor::Client { .. } => Origin::default(),
            Actor::Person { account } if account != signed_in.account.id => Origin::default(),
            _ => origin,
        };
        let by = match actor {
            Actor::Person { account } if account == signed_in.account.id => "you",
            Actor::Person { .. } => "administrator",
            Actor::Client { .. } => "program",
            Actor::Anonymous => "unknown",
            Actor::System => "system",
        };
        told.push(json!({
            "at": at.to_rfc3339(),
            "what": action.as_str(),
            "by": by,
            "agency": name_of(tx, company).await?,
            "reason": reason,
            "changes": changes,
            "network_address": address,
            "browser": user_agent,
        }));
    }
    Ok(told)
}
