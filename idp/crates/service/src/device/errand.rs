//! Why somebody is at the approval page: which request they answer, and in which browser its code was typed.

use idp_domain::Timestamp;
use idp_domain::audit::Origin;
use idp_domain::id::DeviceGrantId;
use serde::{Deserialize, Serialize};

use crate::authorize::{self, Step};
use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;

/// Who is at a page of ours.
#[derive(Debug, Clone, Copy)]
pub struct Visitor<'a> {
    /// Names the browser among all that have our cookie.
    pub browser: &'a str,
    pub signed_in: Option<&'a SignedIn>,
    pub origin: &'a Origin,
}

/// What a page carries, sealed: which request is being answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceErrand {
    pub(super) id: DeviceGrantId,
    /// When its code was typed: a log-in of later than this was for it.
    pub(super) begun: Timestamp,
    /// Where its code was typed. An address of this page that somebody was sent leads nowhere: the code and the warning are seen by
    /// whoever answers (attack 71).
    pub(super) browser: String,
    /// Whether the person said that the computer is theirs although it is elsewhere.
    pub(super) is_theirs: bool,
}

impl DeviceErrand {
    pub(super) fn begin(id: DeviceGrantId, begun: Timestamp, browser: &str) -> Self {
        Self { id, begun, browser: browser.to_owned(), is_theirs: false }
    }

    pub(crate) const fn grant(&self) -> DeviceGrantId {
        self.id
    }

    /// Whether its code was typed in this browser.
    pub(super) fn is_of(&self, visitor: Visitor<'_>) -> bool {
        self.browser == visitor.browser
    }
}

/// What comes next for whoever is in the browser: the log-in, a step that is left to take, or the approval page. Nobody types a
/// password for what is over: the page says so.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn proceed(
    env: &Env,
    errand: DeviceErrand,
    browser: Option<&SignedIn>,
) -> Result<Step, Fault> {
    let grant = env.store.read().await?.device_grants().find(errand.id).await?;
    let session = browser.map(|it| it.session.id);
    let is_open = grant.is_some_and(|it| it.is_open_to(session, env.now()));
    let flow = authorize::answer_device(env, errand)?;
    if !is_open {
        return Ok(Step::Device(flow));
    }
    let Some(signed_in) = browser.filter(|it| is_fresh(env, it)) else { return Ok(Step::LogIn(flow)) };
    Ok(match signed_in.account.required_action(env.policy.questions) {
        Some(action) => Step::Act(action, flow),
        None => Step::Device(flow),
    })
}

fn is_fresh(env: &Env, signed_in: &SignedIn) -> bool {
    signed_in.session.is_fresh(env.policy.device_fresh, env.now())
}

/// Whether the person may let a computer in now: logged in a moment ago, with no step left to take.
pub(super) fn is_ready(env: &Env, signed_in: &SignedIn) -> bool {
    is_fresh(env, signed_in) && signed_in.account.required_action(env.policy.questions).is_none()
}
