//! What the approval page shows (RFC 8628 section 3.3, BCP 247). Drawing it gives the request to the person's session, so that
//! nobody else answers it (CVE-2026-45337), and notes once that it came from another country. It decides nothing.

use idp_domain::Timestamp;
use idp_domain::audit::{AuditAction, Origin};
use idp_domain::client::Client;
use idp_domain::company::Company;
use idp_domain::consent::Permitted;
use idp_domain::device_grant::{DeviceGrant, DeviceRequest};
use idp_domain::id::{CompanyId, DeviceGrantId};
use idp_domain::ports::{EphemeralKey, Tx};

use super::answer::{Answered, came_to, told};
use super::errand::{Visitor, is_ready};
use super::judge::{Judged, Outcome, claim};
use super::proximity::{Distance, Whereabouts};
use crate::authorize::{self, AuthorizeError, Choice, OpenFlow};
use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;

#[derive(Debug)]
pub enum DeviceView {
    /// Its code was typed in another browser, and must be typed in this one.
    TypeTheCode,
    /// Expired, or another session's: never says which.
    Over,
    /// By this very session.
    Answered(Answered),
    /// The program asked for somebody else than who is logged in: for whom, as it was typed at the computer. The log-in page fills
    /// the same in for whoever has the code.
    WrongPerson {
        asked_for: String,
    },
    /// One answer for every reason not to let the person in there (`company.md` section 3).
    NoAccess {
        /// Whether it is no agency at all, instead of one.
        is_any: bool,
    },
    /// The agency counts only a log-in for this request.
    LogInAgain,
    /// The request came from another network than the answer: asked first whether that can be (BCP 247 section 6.1.1).
    Elsewhere(Box<DeviceAsked>),
    /// The request came from another country: it is not let in from here. Its program is told nothing; it stays this session's
    /// until it expires, is denied, or is answered from where the computer is.
    Abroad(Box<DeviceAsked>),
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
    pub whereabouts: Whereabouts,
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
    let mut tx = env.store.read().await?;
    let grant = tx.device_grants().find(errand.id).await?;
    let session = visitor.signed_in.map(|it| it.session.id);
    // Before anybody is asked for a password.
    if !grant.is_some_and(|it| it.is_open_to(session, env.now())) {
        return Ok(Some(over(env, &mut *tx, errand.id, visitor.signed_in).await?));
    }
    drop(tx);
    let Some(signed_in) = visitor.signed_in.filter(|it| is_ready(env, it)) else { return Ok(None) };
    let mut tx = env.store.write().await?;
    let Some(judged) = claim(env, &mut *tx, &errand, signed_in).await? else {
        return Ok(Some(over(env, &mut *tx, errand.id, Some(signed_in)).await?));
    };
    tx.commit().await?;
    let Judged { grant, client, outcome } = judged;
    let whereabouts = Whereabouts::of(env, grant.asked.place.address, visitor.origin.address);
    let distance = whereabouts.distance;
    if distance == Distance::Abroad && !matches!(outcome, Outcome::WrongPerson) {
        note_abroad(env, &grant, &whereabouts, (signed_in, visitor.origin)).await?;
        let asked = DeviceAsked::new(grant, client, (Vec::new(), None), whereabouts);
        return Ok(Some(DeviceView::Abroad(Box::new(asked))));
    }
    let companies: Vec<Company> = match outcome {
        Outcome::NoAccess | Outcome::Open(Choice::Refused) => {
            let is_any = client.company.is_none() && grant.asked.company.is_none();
            return Ok(Some(DeviceView::NoAccess { is_any }));
        }
        Outcome::WrongPerson => {
            let asked_for = grant.asked.login_hint.unwrap_or_default();
            return Ok(Some(DeviceView::WrongPerson { asked_for }));
        }
        Outcome::LogInAgain => return Ok(Some(DeviceView::LogInAgain)),
        Outcome::Open(Choice::NotNeeded) => Vec::new(),
        Outcome::Open(Choice::Company(only)) => vec![only.company],
        Outcome::Open(Choice::Several(several)) => several.into_iter().map(|it| it.company).collect(),
    };
    let permits = (!client.first_party).then(|| permits(&grant.asked, companies.first().map(|it| it.id)));
    let asked = Box::new(DeviceAsked::new(grant, client, (companies, permits), whereabouts));
    let is_warned_of = distance != Distance::Near && !errand.is_theirs;
    Ok(Some(if is_warned_of { DeviceView::Elsewhere(asked) } else { DeviceView::Ask(asked) }))
}

async fn over(
    env: &Env,
    tx: &mut dyn Tx,
    grant: DeviceGrantId,
    by: Option<&SignedIn>,
) -> Result<DeviceView, Fault> {
    let answered = match by {
        Some(signed_in) => came_to(env, tx, grant, signed_in).await?,
        None => None,
    };
    Ok(answered.map_or(DeviceView::Over, DeviceView::Answered))
}

impl DeviceAsked {
    fn new(
        grant: DeviceGrant,
        client: Client,
        (companies, permits): (Vec<Company>, Option<Permitted>),
        whereabouts: Whereabouts,
    ) -> Self {
        Self { client, companies, asked: grant.asked, asked_at: grant.issued_at, whereabouts, permits }
    }
}

/// Once for each request, however often the page is looked at.
async fn note_abroad(
    env: &Env,
    grant: &DeviceGrant,
    whereabouts: &Whereabouts,
    (signed_in, origin): (&SignedIn, &Origin),
) -> Result<(), Fault> {
    let key = EphemeralKey::DeviceAbroad { grant: grant.id.to_string() };
    if !env.ephemeral.put_if_absent(&key, env.policy.device_code_life).await? {
        return Ok(());
    }
    let event = told(env, AuditAction::DeviceAbroad, grant, signed_in, origin)
        .reason("other_country")
        .change("computer_network", None, grant.asked.place.address.as_ref())
        .change("computer_location", None, whereabouts.computer.as_ref())
        .change("location", None, whereabouts.person.as_ref());
    let mut tx = env.store.write().await?;
    tx.audit().record(&event).await?;
    tx.commit().await?;
    Ok(())
}

/// What a client of nobody's is allowed with a yes.
pub(super) fn permits(asked: &DeviceRequest, company: Option<CompanyId>) -> Permitted {
    Permitted {
        scopes: asked.scopes.clone(),
        companies: company.into_iter().collect(),
        resources: asked.resources.clone(),
    }
}
