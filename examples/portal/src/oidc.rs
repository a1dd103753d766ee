//! The portal's side of OpenID Connect: log in with the authorization code flow and PKCE (OIDC Core section
//! 3.1, RFC 7636), keep the session with UserInfo and refresh tokens (OIDC Core sections 5.3 and 12), log out
//! (RP-Initiated Logout 1.0), and be told of log-outs (Back-Channel Logout 1.0). The `openidconnect` crate does the
//! protocol; this file says in which order.
//!
//! Never believes an answer from another issuer (RFC 9207), an ID token it could not verify, or UserInfo
//! about somebody else. Never logs a token or a code.

mod claims;
mod http;
mod logout_token;
mod person;
mod provider;
mod tokens;

use std::time::{Duration, Instant, SystemTime};

use openidconnect::core::{CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim};
use openidconnect::{
    AccessToken, AuthorizationCode, ClaimsVerificationError, CsrfToken, LoginHint, LogoutRequest, Nonce,
    NonceVerifier, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl,
    RefreshToken, RequestTokenError, Scope, TokenResponse, UserInfoClaims, UserInfoError,
};
use url::Url;

use self::claims::{TokenAnswer, TokenRefusal};
use self::http::{Client, HttpError};
use self::person::CompanyClaims;
use self::provider::{Provider, Registry};
use crate::cli::Settings;
use crate::flow::Flow;

pub(crate) use self::claims::IdToken;
#[cfg(test)]
pub(crate) use self::claims::SessionClaims;
pub(crate) use self::logout_token::{LogOutNotice, REPLAYABLE, Refusal};
pub(crate) use self::person::{Hat, MemberType, Person};
#[cfg(test)]
pub(crate) use self::tokens::any_tokens;
pub(crate) use self::tokens::{Holder, Tokens};

/// Besides `openid`, which the crate adds.
const SCOPES: [&str; 3] = ["profile", "email", "company"];
/// A provider that cannot be asked, or not be understood, ends no session, but nobody is believed for longer than this.
const BELIEVED_FOR: Duration = Duration::from_secs(60 * 60);
/// Errors of the token endpoint that say "later"; all others say "no".
const LATER: [&str; 3] = ["temporarily_unavailable", "server_error", "slow_down"];

/// Why the provider's help could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    /// It cannot be reached or is not well. Trying again later may help.
    #[error("the provider cannot be reached")]
    Unavailable(#[source] anyhow::Error),
    /// It no longer stands by what it gave out: the person has to log in again.
    #[error("the provider refused the grant")]
    Refused(#[source] anyhow::Error),
    /// It answered, but not in a way that may be believed. Nothing the person does helps.
    #[error("the provider's answer cannot be used")]
    Unusable(#[source] anyhow::Error),
}

impl OidcError {
    /// The session ended while the provider was asked.
    pub(crate) fn ended_meanwhile() -> Self {
        Self::Refused(anyhow::anyhow!("the session ended meanwhile"))
    }
}

/// Why a logout token was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoticeError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It may be a good one, but its keys cannot be had.
    #[error(transparent)]
    Provider(#[from] OidcError),
}

/// An authorization request, and what must be remembered until its answer comes.
pub(crate) struct Departure {
    pub(crate) url: Url,
    pub(crate) state: CsrfToken,
    pub(crate) secrets: (Nonce, PkceCodeVerifier),
}

/// The portal as a client of its one provider.
pub(crate) struct RelyingParty {
    registry: Registry,
    http: Client,
}

impl RelyingParty {
    /// Contacts nobody yet: the portal may start before the provider.
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self { registry: Registry::new(settings), http: Client::new(&settings.issuer)? })
    }

    /// An authorization request for whoever stands at the door (OIDC Core section 3.1.2.1).
    pub(crate) async fn depart(&self, hint: Option<LoginHint>, now: Instant) -> Result<Departure, OidcError> {
        let provider = self.registry.provider(&self.http, now).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = provider
            .client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge);
        if let Some(hint) = hint {
            request = request.set_login_hint(hint);
        }
        let (url, state, nonce) = request.url();
        Ok(Departure { url, state, secrets: (nonce, verifier) })
    }

    /// RFC 9207 section 2.4: the `iss` of an answer is our provider's; it may be absent only when the
    /// provider does not announce that it sends it.
    pub(crate) async fn is_answer_of_our_provider(
        &self,
        iss: Option<&str>,
        now: Instant,
    ) -> Result<bool, OidcError> {
        let provider = self.registry.provider(&self.http, now).await?;
        Ok(match iss {
            Some(iss) => iss == provider.metadata.issuer().as_str(),
            None => !provider.announces_iss(),
        })
    }

    /// Redeems a code (OIDC Core section 3.1.3). UserInfo is asked at once: tokens that do not work there end
    /// in an error page, not in a circle of redirects.
    pub(crate) async fn redeem(&self, code: String, flow: Flow, now: Instant) -> Result<Tokens, OidcError> {
        let provider = self.registry.provider(&self.http, now).await?;
        let answer = provider
            .client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(unusable)?
            .set_pkce_verifier(flow.verifier)
            .request_async(&self.http)
            .await
            .map_err(token_error)?;
        let id_token =
            answer.id_token().cloned().ok_or_else(|| unusable(anyhow::anyhow!("there is no ID token")))?;
        let holder = self.verify(&id_token, answer.access_token(), &flow.nonce, now).await?;
        let tokens = Tokens::new(&answer, id_token, holder, now);
        match self.user_info(&tokens, now).await {
            Ok(_) => Ok(tokens),
            Err(OidcError::Refused(cause)) => Err(OidcError::Unusable(cause.context("brand-new tokens"))),
            Err(error) => Err(error),
        }
    }

    /// Who the session belongs to, as the provider sees it now; refreshes an access token that has
    /// expired. [`OidcError::Refused`] means that the session is over.
    pub(crate) async fn current_person(
        &self,
        tokens: &mut Tokens,
        now: Instant,
    ) -> Result<Person, OidcError> {
        match self.ask_for_person(tokens, now).await {
            Ok(person) => {
                tokens.confirmed = now;
                Ok(person)
            }
            Err(OidcError::Unavailable(cause) | OidcError::Unusable(cause))
                if now >= tokens.confirmed + BELIEVED_FOR =>
            {
                Err(OidcError::Refused(cause.context("the provider did not stand by it for too long")))
            }
            Err(error) => Err(error),
        }
    }

    /// What a POST to our `backchannel_logout_uri` says (Back-Channel Logout section 2.6). An unknown `kid` makes us
    /// fetch the keys anew.
    pub(crate) async fn read_notice(&self, token: &str, now: Instant) -> Result<LogOutNotice, NoticeError> {
        let provider = self.registry.provider(&self.http, now).await?;
        match logout_token::verify(&provider, token, SystemTime::now()) {
            Err(Refusal::UnknownKey) => {
                let provider = self.registry.fetch_again(&self.http, &provider, now).await?;
                Ok(logout_token::verify(&provider, token, SystemTime::now())?)
            }
            outcome => Ok(outcome?),
        }
    }

    async fn ask_for_person(&self, tokens: &mut Tokens, now: Instant) -> Result<Person, OidcError> {
        if !tokens.has_expired(now) {
            match self.user_info(tokens, now).await {
                Err(OidcError::Refused(_)) if tokens.refresh.is_some() => {}
                outcome => return outcome,
            }
        }
        self.refresh(tokens, now).await?;
        self.user_info(tokens, now).await
    }

    /// Where to log out at the provider, or `None` when it has no such place or cannot be found (RP-Initiated Logout
    /// section 2). Without tokens the provider asks the person.
    pub(crate) async fn log_out_url(
        &self,
        tokens: Option<&Tokens>,
        back: Url,
        state: CsrfToken,
        now: Instant,
    ) -> Option<Url> {
        let provider = match self.registry.known() {
            Some(provider) => provider,
            None => self.registry.provider(&self.http, now).await.ok()?,
        };
        let mut request = LogoutRequest::from(provider.end_session_endpoint()?.clone());
        if let Some(tokens) = tokens {
            request = request.set_id_token_hint(&tokens.id_token);
        }
        let request = request
            .set_client_id(provider.client.client_id().clone())
            .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(back))
            .set_state(state);
        Some(request.http_get_url())
    }

    /// The origin a log-out form is led to; a content security policy has to name it.
    pub(crate) fn log_out_origin(&self) -> Option<String> {
        let provider = self.registry.known()?;
        Some(provider.end_session_endpoint()?.url().origin().ascii_serialization())
    }

    async fn refresh(&self, tokens: &mut Tokens, now: Instant) -> Result<(), OidcError> {
        let Some(refresh) = tokens.refresh.clone() else {
            return Err(OidcError::Refused(anyhow::anyhow!(
                "the access token has expired, there is no refresh token"
            )));
        };
        let provider = self.registry.provider(&self.http, now).await?;
        let answer = match self.ask_to_refresh(&provider, &refresh).await {
            // The answer may be what was lost. Asked again at once, the provider repeats it; later, it would see a thief.
            Err(OidcError::Unavailable(_)) => self.ask_to_refresh(&provider, &refresh).await?,
            outcome => outcome?,
        };
        // Kept before anything else can fail: the one before is used up. Without a new one the old one stays (RFC 6749
        // section 6).
        tokens.refresh = answer.refresh_token().cloned().or(Some(refresh));
        let mut id_token = tokens.id_token.clone();
        if let Some(renewed) = answer.id_token() {
            // OIDC Core section 12.2: the same person; a nonce need not be there.
            let any_nonce = |_: Option<&Nonce>| Ok(());
            let holder = self.verify(renewed, answer.access_token(), any_nonce, now).await?;
            if holder.sub != tokens.holder.sub {
                return Err(OidcError::Refused(anyhow::anyhow!(
                    "the refreshed ID token is about somebody else"
                )));
            }
            id_token = renewed.clone();
        }
        let renewed = Tokens::new(&answer, id_token, tokens.holder.clone(), now);
        *tokens = Tokens { refresh: tokens.refresh.take(), ..renewed };
        Ok(())
    }

    async fn ask_to_refresh(
        &self,
        provider: &Provider,
        token: &RefreshToken,
    ) -> Result<TokenAnswer, OidcError> {
        let request = provider.client.exchange_refresh_token(token).map_err(unusable)?;
        request.request_async(&self.http).await.map_err(refresh_error)
    }

    /// Verifies an ID token; an unknown `kid` makes us fetch the keys anew (OIDC Core section 10.1.1).
    async fn verify<N>(
        &self,
        id_token: &IdToken,
        access: &AccessToken,
        nonce: N,
        now: Instant,
    ) -> Result<Holder, OidcError>
    where
        N: NonceVerifier + Copy,
    {
        let provider = self.registry.provider(&self.http, now).await?;
        match provider.verify(id_token, access, nonce) {
            Err(refusal) if provider::is_unknown_key(&refusal) => {
                let provider = self.registry.fetch_again(&self.http, &provider, now).await?;
                provider.verify(id_token, access, nonce).map_err(unusable)
            }
            outcome => outcome.map_err(unusable),
        }
    }

    async fn user_info(&self, tokens: &Tokens, now: Instant) -> Result<Person, OidcError> {
        let provider = self.registry.provider(&self.http, now).await?;
        let request = provider
            .client
            .user_info(tokens.access.clone(), Some(tokens.holder.sub.clone()))
            .map_err(unusable)?;
        let claims: UserInfoClaims<CompanyClaims, CoreGenderClaim> =
            request.request_async(&self.http).await.map_err(user_info_error)?;
        Ok(Person::from(claims))
    }
}

fn unusable(cause: impl Into<anyhow::Error>) -> OidcError {
    OidcError::Unusable(cause.into())
}

/// RFC 6749 section 5.2. An error that is not JSON comes from something in between.
fn token_error(error: RequestTokenError<HttpError, TokenRefusal>) -> OidcError {
    match &error {
        RequestTokenError::ServerResponse(refusal)
            if *refusal.error() == CoreErrorResponseType::InvalidGrant =>
        {
            OidcError::Refused(error.into())
        }
        RequestTokenError::ServerResponse(_) => unusable(error),
        RequestTokenError::Request(_) | RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            OidcError::Unavailable(error.into())
        }
    }
}

/// The same in a refresh: whatever is wrong, with the grant or with us as a client, there will be no more tokens.
fn refresh_error(error: RequestTokenError<HttpError, TokenRefusal>) -> OidcError {
    match &error {
        RequestTokenError::ServerResponse(refusal) if LATER.contains(&refusal.error().as_ref()) => {
            OidcError::Unavailable(error.into())
        }
        RequestTokenError::ServerResponse(_) => OidcError::Refused(error.into()),
        _ => token_error(error),
    }
}

/// RFC 6750 section 3.1: 401 says that the access token is no longer good. OIDC Core section 5.3.2: one that is about
/// somebody else is no better.
fn user_info_error(error: UserInfoError<HttpError>) -> OidcError {
    match &error {
        UserInfoError::Response(status, ..) if status.as_u16() == 401 => OidcError::Refused(error.into()),
        UserInfoError::ClaimsVerification(ClaimsVerificationError::InvalidSubject(_)) => {
            OidcError::Refused(error.into())
        }
        UserInfoError::Response(status, ..) if status.is_server_error() => {
            OidcError::Unavailable(error.into())
        }
        UserInfoError::Request(_) => OidcError::Unavailable(error.into()),
        _ => unusable(error),
    }
}
