//! Reading members: one, a page of those an office asks for, or how many there are of each kind.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Digest;
use idp_domain::id::{CompanyId, MembershipId};
use idp_domain::member_list::{AsOf, MemberCounts, MemberQuery};

use super::state::{self, MemberState};
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::fault::Fault;

/// The most members of one page.
pub const MAX_PAGE: u64 = 200;

/// One member of the caller's company; a foreign or unknown id is `None`.
///
/// # Errors
/// [`Fault`].
pub async fn find(env: &Env, scope: &CompanyScope, id: MembershipId) -> Result<Option<MemberState>, Fault> {
    let mut tx = env.store.read().await?;
    state::load(env, &mut *tx, scope, id).await
}

/// Some of the members asked for, and where the others begin.
#[derive(Debug, Clone)]
pub struct MemberPage {
    pub members: Vec<MemberState>,
    /// The cursor of the next page, if there is one.
    pub next: Option<String>,
}

/// A page of at most `limit` members (1 to [`MAX_PAGE`]), the first without a cursor. `None` when the cursor is none of this
/// company and query.
///
/// # Errors
/// [`Fault`].
pub async fn list(
    env: &Env,
    scope: &CompanyScope,
    query: &MemberQuery,
    (cursor, limit): (Option<&str>, u64),
) -> Result<Option<MemberPage>, Fault> {
    let binding = Binding::of(scope.id(), query);
    let after = match cursor.map(|cursor| binding.open(cursor)) {
        Some(None) => return Ok(None),
        after => after.flatten(),
    };
    let limit = limit.clamp(1, MAX_PAGE);
    let mut tx = env.store.read().await?;
    let page = (after, limit + 1);
    let mut found = tx.memberships().list_in_context(scope.id(), query, &as_of(env), page).await?;
    let has_more = found.len() as u64 > limit;
    if has_more {
        found.pop();
    }
    let next = found.last().filter(|_| has_more).map(|last| binding.cursor(last.membership.id));
    let members = found.into_iter().map(|member| MemberState::seen(env, member)).collect();
    Ok(Some(MemberPage { members, next }))
}

/// How many members there are of each kind.
///
/// # Errors
/// [`Fault`].
pub async fn counts(env: &Env, scope: &CompanyScope) -> Result<MemberCounts, Fault> {
    let mut tx = env.store.read().await?;
    Ok(tx.memberships().count(scope.id(), &as_of(env)).await?)
}

fn as_of(env: &Env) -> AsOf {
    let now = env.now();
    AsOf { now, expired: now - env.policy.activation_life, guesses: env.policy.password_guesses }
}

/// What a cursor is for: one company, one query. A cursor names the last member of a page and nothing else, so that no name gets
/// into an address or a log; it is no secret, and opens nothing that its holder may not list.
struct Binding([u8; 8]);

impl Binding {
    fn of(company: CompanyId, query: &MemberQuery) -> Self {
        let MemberQuery { state, words, member_type, authority, order } = query;
        let words: Vec<_> = words.iter().collect();
        let text = format!("{company} {state:?} {words:?} {member_type:?} {authority:?} {order:?}");
        let mut binding = [0; 8];
        binding.iter_mut().zip(Digest::of(text.as_bytes()).bytes()).for_each(|(to, from)| *to = *from);
        Self(binding)
    }

    fn cursor(&self, last: MembershipId) -> String {
        URL_SAFE_NO_PAD.encode([last.to_string().as_bytes(), &self.0].concat())
    }

    fn open(&self, cursor: &str) -> Option<MembershipId> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        std::str::from_utf8(bytes.strip_suffix(&self.0)?).ok()?.parse().ok()
    }
}
