//! Authorization code with PKCE, back by the loopback interface (RFC 8252 section 7.3, OIDC Core section 3.1): a port of
//! `127.0.0.1` that the system picks, one answer, and then nobody listens any more. What is not the answer to this very
//! log-in (`state`, RFC 9207 `iss`) is shown a page that says so, and the wait goes on.

mod answer;

use std::time::Duration;

use openidconnect::core::CoreAuthenticationFlow;
use openidconnect::{AuthorizationCode, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use self::answer::{Expected, Verdict};
use super::{Granted, Waiting, Wish, scopes, web_address};
use crate::problem::Problem;
use crate::provider::Provider;

/// As long as a code of the device grant is good: whoever has not logged in by then has gone for coffee.
const PATIENCE: Duration = Duration::from_secs(600);
/// A browser that opens a connection to be quick later sends nothing on it.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
const LONGEST_REQUEST: usize = 16 * 1024;

pub(super) struct Departed {
    listener: TcpListener,
    address: Url,
    redirect_uri: RedirectUrl,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// The authorization request, and a port to come back to.
pub(super) async fn depart(provider: &Provider, wish: &Wish) -> Result<Departed, Problem> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(Problem::unusable)?;
    let port = listener.local_addr().map_err(Problem::unusable)?.port();
    let redirect_uri = format!("http://127.0.0.1:{port}{}", answer::PATH);
    let redirect_uri = RedirectUrl::new(redirect_uri).map_err(Problem::unusable)?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let client = provider.client.clone().set_redirect_uri(redirect_uri.clone());
    let mut request = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(scopes())
        .set_pkce_challenge(challenge);
    for (name, value) in wish.parameters() {
        request = request.add_extra_param(name, value);
    }
    let (address, state, nonce) = request.url();
    let address = web_address(address.as_str())?;
    Ok(Departed { listener, address, redirect_uri, state, nonce, verifier })
}

impl Departed {
    pub(super) fn waiting(&self) -> Waiting {
        Waiting { address: self.address.clone(), code: None }
    }

    /// Waits for the person to come back, and redeems what they bring.
    pub(super) async fn answer(self, provider: &Provider) -> Result<Granted, Problem> {
        let Self { listener, redirect_uri, state, nonce, verifier, .. } = self;
        let expected = Expected { state: state.into_secret(), provider: provider.clone() };
        let came_back = timeout(PATIENCE, come_back(&listener, expected)).await;
        let code = came_back.map_err(|_elapsed| Problem::TooLate)??;
        drop(listener);
        let client = provider.client.clone().set_redirect_uri(redirect_uri);
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(Problem::unusable)?;
        let tokens = request.set_pkce_verifier(verifier).request_async(&provider.http).await?;
        Ok(Granted { tokens, nonce: Some(nonce) })
    }
}

/// Takes requests, several at a time because browsers open connections that they do not use, until one is the answer.
async fn come_back(listener: &TcpListener, expected: Expected) -> Result<String, Problem> {
    let expected = std::sync::Arc::new(expected);
    let mut visits = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.map_err(Problem::unusable)?;
                let expected = std::sync::Arc::clone(&expected);
                visits.spawn(async move { receive(stream, &expected).await });
            }
            Some(visit) = visits.join_next() => match visit {
                Ok(Ok(Verdict::Code(code))) => return Ok(code),
                Ok(Ok(Verdict::Refused(problem))) => return Err(problem),
                Ok(Ok(Verdict::NotOurs)) => {}
                Ok(Err(error)) => tracing::debug!(%error, "a request broke off"),
                Err(error) => return Err(Problem::unusable(error)),
            }
        }
    }
}

/// Reads one request, judges it, and tells the browser.
async fn receive(mut stream: TcpStream, expected: &Expected) -> std::io::Result<Verdict> {
    let mut request = Vec::new();
    let read = async {
        while !request.windows(4).any(|four| four == b"\r\n\r\n") && request.len() < LONGEST_REQUEST {
            if stream.read_buf(&mut request).await? == 0 {
                break;
            }
        }
        std::io::Result::Ok(())
    };
    timeout(REQUEST_WITHIN, read).await??;
    let verdict = expected.judge(&String::from_utf8_lossy(&request));
    stream.write_all(verdict.response().as_bytes()).await?;
    stream.shutdown().await?;
    Ok(verdict)
}
