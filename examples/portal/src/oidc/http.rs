//! The portal's one way out: reqwest behind the crate's `AsyncHttpClient`. Follows no redirects (a redirected
//! token request would carry the secret elsewhere), waits and reads within bounds.

use std::pin::Pin;
use std::time::Duration;

use anyhow::Context;
use openidconnect::{AsyncHttpClient, HttpClientError, HttpRequest, HttpResponse, IssuerUrl};

use crate::cli::is_this_machine;

const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Twice this is less than the ten seconds in which the provider answers a refresh again (docs/clients.md).
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
const LARGEST_ANSWER: usize = 1024 * 1024;

pub(crate) type HttpError = HttpClientError<reqwest::Error>;

pub(crate) struct Client(reqwest::Client);

impl Client {
    pub(crate) fn new(issuer: &IssuerUrl) -> anyhow::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .https_only(issuer.url().scheme() == "https");
        if is_this_machine(issuer.url().host()) {
            builder = builder.no_proxy();
        }
        Ok(Self(builder.build().context("preparing the HTTP client")?))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request).map_err(Box::new)?;
        let mut response = self.0.execute(request).await.map_err(Box::new)?;
        // Busy, or being restarted: as good as no answer, and nobody is logged out for it.
        if response.status().is_server_error() || response.status() == reqwest::StatusCode::TOO_MANY_REQUESTS
        {
            return Err(HttpClientError::Other(format!("the answer was {}", response.status())));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Box::new)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_ANSWER {
                return Err(HttpClientError::Other(format!(
                    "the answer is longer than {LARGEST_ANSWER} bytes"
                )));
            }
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Client {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
