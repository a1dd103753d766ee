//! The device grant (RFC 8628) with PKCE: a code to compare, and patience. `slow_down` and time-outs make the crate ask
//! less often; anything else ends the wait.

use std::time::{Duration, Instant};

use openidconnect::core::{CoreDeviceAuthorizationResponse, CoreErrorResponseType, CoreTokenResponse};
use openidconnect::{
    DeviceCodeErrorResponse, DeviceCodeErrorResponseType, PkceCodeChallenge, PkceCodeVerifier,
    RequestTokenError,
};
use url::Url;

use super::{Code, Granted, Waiting, Wish, scopes, web_address};
use crate::problem::Problem;
use crate::provider::{HttpError, Provider};
use crate::text::plain;

/// A provider that does not answer is asked at least so often while a code is good.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

pub(super) struct Asked {
    codes: CoreDeviceAuthorizationResponse,
    verifier: PkceCodeVerifier,
    /// Where the code is typed.
    typed_at: Url,
    address: Url,
    good_until: Instant,
}

/// The device authorization request (section 3.1). Customer and Username are fixed from here on.
pub(super) async fn ask(provider: &Provider, wish: &Wish, device_name: &str) -> Result<Asked, Problem> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let client = provider.device_client()?;
    let mut request = client
        .exchange_device_code()
        .add_scopes(scopes())
        .add_extra_param("device_name", device_name)
        .add_extra_param("code_challenge", challenge.as_str().to_owned())
        .add_extra_param("code_challenge_method", challenge.method().as_str().to_owned());
    for (name, value) in wish.parameters() {
        request = request.add_extra_param(name, value);
    }
    let codes: CoreDeviceAuthorizationResponse = request.request_async(&provider.http).await?;
    let typed_at = web_address(codes.verification_uri().as_str())?;
    let address = match codes.verification_uri_complete() {
        Some(complete) => web_address(complete.secret())?,
        None => typed_at.clone(),
    };
    let asked_at = Instant::now();
    let good_until = asked_at.checked_add(codes.expires_in()).unwrap_or(asked_at);
    Ok(Asked { codes, verifier, typed_at, address, good_until })
}

impl Asked {
    pub(super) fn waiting(&self) -> Waiting {
        let user_code = plain(self.codes.user_code().secret());
        let verification_uri = self.typed_at.to_string();
        let code = Code { user_code, verification_uri, good_until: self.good_until };
        Waiting { address: self.address.clone(), code: Some(code) }
    }

    /// Asks for the tokens until there is an answer (section 3.4).
    pub(super) async fn answer(self, provider: &Provider) -> Result<Granted, Problem> {
        let request = provider.client.exchange_device_access_token(&self.codes).map_err(Problem::unusable)?;
        let tokens: CoreTokenResponse = request
            .add_extra_param("code_verifier", self.verifier.into_secret())
            .set_max_backoff_interval(LONGEST_PAUSE)
            .request_async(&provider.http, tokio::time::sleep, None)
            .await
            .map_err(refusal)?;
        Ok(Granted { tokens, nonce: None })
    }
}

/// Section 3.5.
fn refusal(error: RequestTokenError<HttpError, DeviceCodeErrorResponse>) -> Problem {
    let RequestTokenError::ServerResponse(answer) = &error else { return Problem::unreachable(error) };
    match answer.error() {
        DeviceCodeErrorResponseType::AccessDenied => Problem::Denied,
        DeviceCodeErrorResponseType::ExpiredToken => Problem::TooLate,
        DeviceCodeErrorResponseType::Basic(CoreErrorResponseType::InvalidGrant) => {
            Problem::Refused(error.into())
        }
        _ => Problem::unusable(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    fn answered(word: &str) -> Problem {
        let answer: DeviceCodeErrorResponse =
            serde_json::from_value(serde_json::json!({ "error": word })).unwrap();
        refusal(RequestTokenError::ServerResponse(answer))
    }

    #[test]
    fn every_refusal_ends_the_wait_in_its_own_words() {
        assert!(matches!(answered("access_denied"), Problem::Denied));
        assert!(matches!(answered("expired_token"), Problem::TooLate));
        assert!(matches!(answered("invalid_grant"), Problem::Refused(_)));
        for word in ["invalid_client", "unauthorized_client", "invalid_request", "a_new_word"] {
            assert!(matches!(answered(word), Problem::Unusable(_)), "{word}");
        }
    }
}
