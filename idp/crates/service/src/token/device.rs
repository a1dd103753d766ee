//! Device code grant (RFC 8628 sections 3.4 and 3.5): a program polls until the person has answered. Redeemed once; a replay
//! revokes what the code issued.

use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::audit::AuditAction;
use idp_domain::device_grant::{Computer, DeviceGrant, DeviceState};
use idp_domain::grant::{Consented, Grant, RevocationReason};
use idp_domain::id::{AccountId, DeviceGrantId, GrantId};
use idp_domain::ports::{EphemeralKey, Tx};
use idp_domain::secret::Token;

use super::issue::{self, Issue};
use super::{Asked, TokenSet, replay};
use crate::fault::Fault;
use crate::oauth_error::{OAuthCode, OAuthError, Refusal, ensure};
use crate::oxide::{self, CodeEffects, Recovered};
use crate::resources;

/// A poll may come so much earlier than it should: clocks and networks are not exact.
const EARLY: Duration = Duration::from_secs(1);
/// What every library adds when it is told to slow down (section 3.5), whatever interval we asked for: more, and it never keeps up.
const SLOWER: Duration = Duration::from_secs(5);
/// A program that never slows down is not told so in the database for ever.
const SLOWEST: Duration = Duration::from_secs(60);

/// One poll. What it stores, it stores in one transaction.
struct Poll<'a> {
    asked: &'a Asked<'a>,
    now: Timestamp,
    found: Option<Approved>,
    answer: Option<TokenSet>,
}

/// What a person said yes to.
struct Approved {
    id: DeviceGrantId,
    computer: Computer,
    consented: Box<Consented>,
}

pub(super) async fn redeem(asked: &Asked<'_>) -> Result<TokenSet, Refusal> {
    let Asked { env, client, params, .. } = *asked;
    let mut poll = Poll { asked, now: env.now(), found: None, answer: None };
    oxide::redeem_device(&mut poll, client.id.as_str(), params).await?;
    poll.answer.ok_or_else(|| Fault::Broken("the device machine ended without issuing").into())
}

fn invalid() -> OAuthError {
    OAuthError::grant("the device code is invalid or already used")
}

/// What the person approved has ended since: as final as a no.
fn ended() -> OAuthError {
    OAuthError::new(OAuthCode::AccessDenied, "the request was denied")
}

impl CodeEffects for Poll<'_> {
    async fn recover(&mut self, code: &str) -> Result<Recovered, Refusal> {
        let token = Token::<DeviceGrantId>::parse(code).ok_or_else(invalid)?;
        let found =
            self.asked.env.store.read().await?.device_grants().find(token.id).await?.ok_or_else(invalid)?;
        // Attack 35: another client's code is nobody's.
        ensure(token.proves(&found.digest) && found.client == self.asked.client.id, invalid)?;
        if let DeviceState::Redeemed { grant } = found.state {
            let tx = self.asked.env.store.write().await?;
            return Err(self.replayed(tx, grant).await?.into());
        }
        ensure(self.now < found.expires_at, || {
            OAuthError::new(OAuthCode::ExpiredToken, "the device code has expired: ask for a new one")
        })?;
        let consented = match found.state {
            DeviceState::Approved { consented } => consented,
            DeviceState::Denied => return Err(ended().into()),
            _ => return Err(self.wait(&found).await?.into()),
        };
        let recovered = Recovered {
            owner: consented.account.to_string(),
            redirect_uri: None,
            scopes: consented.scopes.clone(),
            code_challenge: found.asked.code_challenge.clone(),
        };
        self.found = Some(Approved { id: found.id, computer: found.asked.computer(), consented });
        Ok(recovered)
    }

    async fn issue(&mut self) -> Result<(), Refusal> {
        let approved = self.found.take().ok_or(Fault::Broken("issue before recover"))?;
        let audience = resources::granted(self.asked.params, &approved.consented, self.asked.client)?;
        let mut tx = self.asked.env.store.write().await?;
        let id = approved.id;
        let grant = self.new_grant(approved);
        // A changed password, a withdrawal or the client's end at this moment comes before or after, not in between.
        tx.accounts().lock(grant.consented.account).await?;
        tx.clients().hold(&self.asked.client.id).await?;
        let won = tx.device_grants().redeem(id, &self.asked.client.id, grant.id, self.now).await?;
        if !won {
            return Err(self.lost(tx, id).await?.into());
        }
        let (Asked { env, client, key, .. }, audience) = (*self.asked, audience.as_ref());
        let issue = Issue { env, client, grant: &grant, audience, key, refusal: ended };
        match issue.begin(tx, issue::fresh(env, self.now)).await {
            Ok(tokens) => self.answer = Some(tokens),
            Err(Refusal::OAuth(refusal)) => {
                self.deny(id, grant.consented.account).await?;
                return Err(refusal.into());
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }
}

impl Poll<'_> {
    /// Nobody has answered yet. Who asks too soon pauses longer from then on, for good and at every node (section 3.5).
    async fn wait(&self, of: &DeviceGrant) -> Result<OAuthError, Fault> {
        if self.is_in_time(of, of.interval).await? {
            return Ok(OAuthError::new(OAuthCode::AuthorizationPending, "nobody has answered yet"));
        }
        if of.interval < SLOWEST {
            let longer = of.interval + SLOWER;
            // The longer pause begins with this poll, not with the next one that keeps it.
            self.is_in_time(of, longer).await?;
            let mut tx = self.asked.env.store.write().await?;
            tx.device_grants().slow_down(of.id, of.interval, longer).await?;
            tx.commit().await?;
        }
        Ok(OAuthError::new(OAuthCode::SlowDown, "this was too soon: wait longer between two requests"))
    }

    /// Whether the last poll is at least `pause` ago; if it is, the next pause begins.
    async fn is_in_time(&self, of: &DeviceGrant, pause: Duration) -> Result<bool, Fault> {
        let polled = EphemeralKey::DevicePolled { grant: of.id.to_string(), pause: pause.as_secs() };
        Ok(self.asked.env.ephemeral.put_if_absent(&polled, pause.saturating_sub(EARLY)).await?)
    }

    /// What it stood on has ended, and may come back: the program was told that it was denied, and that stays so.
    async fn deny(&self, id: DeviceGrantId, account: AccountId) -> Result<(), Fault> {
        let mut tx = self.asked.env.store.write().await?;
        tx.device_grants().deny_approved(id, account, self.now).await?;
        Ok(tx.commit().await?)
    }

    /// On its own from here on: it does not end with the browser session of the person who approved it (R54).
    fn new_grant(&self, Approved { computer, consented, .. }: Approved) -> Grant {
        let policy = &self.asked.env.policy;
        Grant {
            id: GrantId::new(self.now, self.asked.env.entropy()),
            client: self.asked.client.id.clone(),
            consented: *consented,
            nonce: None,
            created_at: self.now,
            expires_at: self.now + policy.device_session.absolute,
            outlives_session: true,
            switched_from: None,
            computer: Some(computer),
            key: self.asked.family_key(),
            revoked: None,
        }
    }

    /// Somebody redeemed, denied or outlived it between our look and our update.
    async fn lost(&self, mut tx: Box<dyn Tx>, id: DeviceGrantId) -> Result<OAuthError, Fault> {
        let state = tx.device_grants().find(id).await?.map(|it| it.state);
        match state {
            Some(DeviceState::Redeemed { grant }) => self.replayed(tx, grant).await,
            _ => Ok(ended()),
        }
    }

    /// As with an authorization code (RFC 6749 section 4.1.2): deny, and revoke all tokens issued on the code, and what was
    /// switched from them.
    async fn replayed(&self, tx: Box<dyn Tx>, grant: GrantId) -> Result<OAuthError, Fault> {
        let told = (RevocationReason::DeviceCodeReplayed, AuditAction::DeviceCodeReplayed);
        replay::revoke((self.asked.env, self.asked.client), tx, grant, told).await?;
        Ok(invalid())
    }
}
