//! What the approval page shows (RFC 8628 section 3.3, BCP 247). Drawing it gives the request to the person's session, so that
//! nobody else answers it (CVE-2026-45337), and changes nothing else.

use idp_domain::Timestamp;
use idp_domain::client::Client;
use idp_domain::company::Company;
use idp_domain::consent::Permitted;
use idp_domain::device_grant::DeviceRequest;
use idp_domain::id::CompanyId;

use super::answer::{Answered, came_to};
use super::errand::{Visitor, is_ready};
use super::judge::{Judged, Outcome, claim, is_near};
use crate::authorize::{self, AuthorizeError, Choice, OpenFlow};
use crate::env::Env;

#[derive(Debug)]
pub enum DeviceView {
    /// Its code was typed in another browser, and must be typed in this one.
    TypeTheCode,
    /// Expired, or another session's: never says which.
    Over,
    /// By this very session.
    Answered(Answered),
    /// The program asked for somebody else than who is logged in.
    WrongPerson,
    /// One answer for every reason not to let the person in there (`company.md` section 3).
    NoAccess {
        /// Whether it is no agency at all, instead of one.
        is_any: bool,
    },
    /// The agency counts only a log-in for this request.
    LogInAgain,
    /// The request came from another network than the answer: asked first whether that can be (BCP 247 section 6.1.1).
    Elsewhere(Box<DeviceAsked>),
    Ask(Box<DeviceAsked>),
}

/// What the person decides about.
#[derive(Debug)]
pub struct DeviceAsked {
    pub client: Client,
    /// The agency it is for; where there are several to choose from, the one used last comes first.
    pub companies: Vec<Company>,
    pub asked: DeviceRequest,
    pub asked_at: Timestamp,
    /// What a client that is not the agency's own will know; `None` for one that is.
    pub permits: Option<Permitted>,
}

/// The approval page for a person who is fresh and free of other steps. `None`: the flow must go on elsewhere first.
///
/// # Errors
/// [`AuthorizeError::Page`] when the flow is not one of ours.
pub async fn view(env: &Env, flow: &str, visitor: Visitor<'_>) -> Result<Option<DeviceView>, AuthorizeError> {
    let OpenFlow::Device(open) = authorize::open(env, flow).await? else { return Ok(None) };
    let errand = open.errand;
    if !errand.is_of(visitor) {
        return Ok(Some(DeviceView::TypeTheCode));
    }
    let Some(signed_in) = visitor.signed_in.filter(|it| is_ready(env, it)) else { return Ok(None) };
    let mut tx = env.store.write().await?;
    let Some(judged) = claim(env, &mut *tx, &errand, signed_in).await? else {
        let known = tx.device_grants().find(errand.id).await?;
        let answered = came_to(known, signed_in.session.id);
        return Ok(Some(answered.map_or(DeviceView::Over, DeviceView::Answered)));
    };
    tx.commit().await?;
    let Judged { grant, client, outcome } = judged;
    let companies: Vec<Company> = match outcome {
        Outcome::NoAccess | Outcome::Open(Choice::Refused) => {
            let is_any = client.company.is_none() && grant.asked.company.is_none();
            return Ok(Some(DeviceView::NoAccess { is_any }));
        }
        Outcome::WrongPerson => return Ok(Some(DeviceView::WrongPerson)),
        Outcome::LogInAgain => return Ok(Some(DeviceView::LogInAgain)),
        Outcome::Open(Choice::NotNeeded) => Vec::new(),
        Outcome::Open(Choice::Company(only)) => vec![only.company],
        Outcome::Open(Choice::Several(several)) => several.into_iter().map(|it| it.company).collect(),
    };
    let is_near = errand.is_theirs || is_near(grant.asked.place.address, visitor.origin.address);
    let permits = (!client.first_party).then(|| permits(&grant.asked, companies.first().map(|it| it.id)));
    let (asked, asked_at) = (grant.asked, grant.issued_at);
    let asked = Box::new(DeviceAsked { client, companies, asked, asked_at, permits });
    Ok(Some(if is_near { DeviceView::Ask(asked) } else { DeviceView::Elsewhere(asked) }))
}

/// What a client of nobody's is allowed with a yes.
pub(super) fn permits(asked: &DeviceRequest, company: Option<CompanyId>) -> Permitted {
    Permitted {
        scopes: asked.scopes.clone(),
        companies: company.into_iter().collect(),
        resources: asked.resources.clone(),
    }
}
