//! Opening an agency: its code, its address block and its portal, all or nothing (R12, R58, R62).

use idp_domain::audit::AuditAction;
use idp_domain::company::{Company, CompanyCode};
use idp_domain::ports::Tx;
use idp_domain::web_address::WebAddress;

use super::change::told;
use super::draft::NewCompany;
use super::portal::{self, PortalClient};
use super::{CompanyError, CompanyView};
use crate::authority::{Caller, OperatorScope};
use crate::env::Env;
use crate::fault::Fault;
use crate::once::{Answer, Terms};

/// One draw in tens of thousands is taken; so many in a row are a broken source of chance.
const DRAWS: usize = 20;

/// A company just opened.
#[derive(Debug, Clone)]
pub struct Created {
    pub view: CompanyView,
    /// Its client from the template, if there is one.
    pub portal: Option<PortalClient>,
}

/// Writes a new company as the wire shows it.
pub type PresentNew<'a> = &'a (dyn Fn(&Created) -> Result<String, Fault> + Send + Sync);

/// Opens an agency. The secret of its portal client stands in the first answer only, never in a repeated one.
///
/// # Errors
/// [`CompanyError`]; nothing half-done stays behind.
pub async fn create(
    env: &Env,
    scope: &OperatorScope,
    new: &NewCompany,
    terms: &Terms,
    present: PresentNew<'_>,
) -> Result<Answer, CompanyError> {
    match create_once(env, scope, new, terms, present).await {
        Err(error) if error.is_race() => create_once(env, scope, new, terms, present).await,
        other => other,
    }
}

async fn create_once(
    env: &Env,
    scope: &OperatorScope,
    new: &NewCompany,
    terms: &Terms,
    present: PresentNew<'_>,
) -> Result<Answer, CompanyError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    if let Some(answer) = terms.replay(&mut *tx, now).await?? {
        // What was read may still be on its way to the disk: only a commit says that it arrived.
        tx.commit().await?;
        return Ok(answer);
    }
    let created = create_in(env, &mut *tx, scope.caller(), new).await?;
    let answer = Answer { status: 201, body: present(&created)? };
    let stored = Answer { status: 201, body: present(&created.without_secret())? };
    terms.remember(&mut *tx, &stored, now).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Opens an agency in the caller's transaction. Only operators, and the first steps of an installation, get here.
///
/// # Errors
/// [`CompanyError`]; then the transaction must not be committed.
pub async fn create_in(
    env: &Env,
    tx: &mut dyn Tx,
    caller: &Caller,
    new: &NewCompany,
) -> Result<Created, CompanyError> {
    let NewCompany { code, slug, name, contact, branding, databases } = new.clone();
    let code = match code {
        Some(code) => code,
        None => free_code(env, tx).await?,
    };
    let mut company =
        Company { slug, contact, branding, databases, ..Company::open(code, name, env.now(), env.entropy()) };
    if company.contact.portal_url.is_none() {
        company.contact.portal_url = portal_url(env, &company)?;
    }
    tx.companies().insert(&company).await?;
    let event = caller.event(env, AuditAction::CompanyCreated).company(company.id).subject(company.id);
    let portal = portal::open(env, tx, caller, &company).await?;
    let view = CompanyView { company, aliases: Vec::new() };
    tx.audit().record(&told(event, None, &view)).await?;
    Ok(Created { view, portal })
}

impl Created {
    pub fn company(&self) -> &Company {
        &self.view.company
    }

    fn without_secret(&self) -> Self {
        let portal = self.portal.clone().map(|portal| PortalClient { secret: None, ..portal });
        Self { view: self.view.clone(), portal }
    }
}

/// A code that nobody has or had. Whoever draws the same one at the same moment is refused by the store.
async fn free_code(env: &Env, tx: &mut dyn Tx) -> Result<CompanyCode, Fault> {
    for _ in 0..DRAWS {
        let code = CompanyCode::generate(env.entropy());
        if tx.companies().owner_of_code(&code).await?.is_none() {
            return Ok(code);
        }
    }
    Err(Fault::Broken("no company code is free"))
}

fn portal_url(env: &Env, company: &Company) -> Result<Option<WebAddress>, Fault> {
    let Some((template, slug)) = env.policy.portal.as_ref().zip(company.slug.as_ref()) else {
        return Ok(None);
    };
    let url = WebAddress::try_from(template.portal_url(slug)?);
    url.map(Some).map_err(|_| Fault::Broken("a portal address that is no web address"))
}
