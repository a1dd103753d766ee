//! One path for every change of an agency: locked, judged by `If-Match`, stored with its answer and its audit event.

use idp_domain::audit::{AuditAction, AuditEvent};
use idp_domain::company::{Company, CompanyCode, CompanyState, Contact, Slug};
use idp_domain::logo::Picture;
use idp_domain::ports::Tx;
use idp_domain::text::Line;
use idp_domain::web_address::WebAddress;

use super::patch::CompanyPatch;
use super::{CompanyError, CompanyView, Present, aliases, logo, suspend, view};
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;
use crate::once::{Answer, Terms};

/// What is to happen to a company.
#[derive(Debug, Clone)]
pub enum Edit {
    Patch(Box<CompanyPatch>),
    Logo(Box<Picture>),
    RemoveLogo,
    /// Another code that names it (R88).
    AddAlias(CompanyCode),
    /// The code names nobody any more, and is never another company's.
    ReleaseAlias(CompanyCode),
    /// Nobody enters through it until it is resumed (R89).
    Suspend,
    Resume,
}

impl Edit {
    /// `company.md` section 4.
    fn check_authority(&self, scope: &CompanyScope) -> Result<(), CompanyError> {
        match self {
            Self::Patch(patch) => patch.check_authority(scope),
            Self::Logo(_) | Self::RemoveLogo => logo::check_authority(scope),
            Self::AddAlias(_) | Self::ReleaseAlias(_) | Self::Suspend | Self::Resume => {
                if scope.is_operator() { Ok(()) } else { Err(CompanyError::NotOperator) }
            }
        }
    }
}

/// Makes the change and answers with the company as it is then; what is so already is not done twice.
///
/// # Errors
/// [`CompanyError`]; nothing half-done stays behind.
pub async fn change(
    env: &Env,
    scope: &CompanyScope,
    edit: &Edit,
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, CompanyError> {
    edit.check_authority(scope)?;
    let (answer, was_suspended) = match change_once(env, scope, edit, terms, present).await {
        Err(error) if error.is_race() => change_once(env, scope, edit, terms, present).await?,
        other => other?,
    };
    if was_suspended {
        suspend::tell_clients(env, scope.id()).await?;
    }
    Ok(answer)
}

/// The answer, and whether the company was suspended just now.
async fn change_once(
    env: &Env,
    scope: &CompanyScope,
    edit: &Edit,
    terms: &Terms,
    present: Present<'_>,
) -> Result<(Answer, bool), CompanyError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    if let Some(answer) = terms.replay(&mut *tx, now).await?? {
        // What was read may still be on its way to the disk: only a commit says that it arrived.
        tx.commit().await?;
        return Ok((answer, false));
    }
    tx.companies().lock(scope.id()).await?;
    let before = find(&mut *tx, scope).await?;
    if !terms.matches(&present(&before)?) {
        return Err(CompanyError::Changed);
    }
    let done = make(env, &mut *tx, edit, &before.company).await?;
    let after = find(&mut *tx, scope).await?;
    if let Some(action) = done {
        let event = scope.event(env, action).subject(scope.id());
        tx.audit().record(&told(event, Some(&before), &after)).await?;
    }
    let answer = Answer { status: 200, body: present(&after)? };
    terms.remember(&mut *tx, &answer, now).await?;
    tx.commit().await?;
    Ok((answer, done == Some(AuditAction::CompanySuspended)))
}

/// What was done; `None` when it was so before.
async fn make(
    env: &Env,
    tx: &mut dyn Tx,
    edit: &Edit,
    company: &Company,
) -> Result<Option<AuditAction>, CompanyError> {
    match edit {
        Edit::Patch(patch) => {
            let patched = patch.apply(company)?;
            if patched == *company {
                return Ok(None);
            }
            tx.companies().update(&patched).await?;
            Ok(Some(AuditAction::CompanyChanged))
        }
        Edit::Logo(picture) => logo::set(tx, company, picture).await,
        Edit::RemoveLogo => logo::remove(tx, company).await,
        Edit::AddAlias(code) => aliases::add(tx, company, code).await,
        Edit::ReleaseAlias(code) => aliases::release(env, tx, company, code).await,
        Edit::Suspend => suspend::suspend(env, tx, company).await,
        Edit::Resume => suspend::resume(tx, company).await,
    }
}

async fn find(tx: &mut dyn Tx, scope: &CompanyScope) -> Result<CompanyView, Fault> {
    let company = tx.companies().find(scope.id()).await?;
    view(tx, company.ok_or(Fault::Broken("a company that is gone"))?).await
}

/// The event with every field that is another one now: `None` before a company is opened.
pub(super) fn told(event: AuditEvent, before: Option<&CompanyView>, after: &CompanyView) -> AuditEvent {
    event.differences(FIELDS, before.map(facts), Some(facts(after)))
}

/// The words of the log for what the record says.
const FIELDS: [&str; 12] = [
    "code",
    "aliases",
    "slug",
    "name",
    "address",
    "phone",
    "email",
    "portal_url",
    "accent",
    "logo",
    "databases",
    "state",
];

/// In the order of [`FIELDS`].
fn facts(view: &CompanyView) -> [Option<String>; FIELDS.len()] {
    let CompanyView { company, aliases } = view;
    let Company {
        id: _,
        code,
        slug,
        name,
        contact,
        branding,
        logo,
        databases,
        state,
        created_at: _,
        version: _,
    } = company;
    let Contact { address, phone, email, portal_url } = contact;
    let listed = |words: Vec<&str>| (!words.is_empty()).then(|| words.join(", "));
    let lines = address.lines();
    let state = match state {
        CompanyState::Active => "active",
        CompanyState::Suspended { .. } => "suspended",
    };
    [
        Some(code.to_string()),
        listed(aliases.iter().map(CompanyCode::as_str).collect()),
        slug.as_ref().map(Slug::to_string),
        Some(name.to_string()),
        listed(lines.iter().map(String::as_str).collect()),
        phone.as_ref().map(Line::to_string),
        email.as_ref().map(|email| email.as_str().to_owned()),
        portal_url.as_ref().map(WebAddress::to_string),
        Some(branding.accent.as_str().to_owned()),
        logo.as_ref().map(|logo| logo.name.to_string()),
        listed(databases.iter().map(Line::as_str).collect()),
        Some(state.to_owned()),
    ]
}
