//! The one way out: reqwest behind the crate's `AsyncHttpClient`. Follows no redirects, waits and reads within bounds.
//!
//! An answer of 500 and above, or of 429, is passed on as no answer at all: whoever asked waits and tries again (RFC 8628
//! section 3.5), and nobody is logged out because a server is busy or is being restarted.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpClientError, HttpRequest, HttpResponse, IssuerUrl};
use url::Url;

use crate::cli::is_this_machine;

const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// Twice this is less than the ten seconds in which the provider answers a refresh again (docs/clients.md).
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
const LARGEST_ANSWER: usize = 1024 * 1024;

pub(crate) type HttpError = HttpClientError<reqwest::Error>;

#[derive(Clone, Debug)]
pub(crate) struct Http(reqwest::Client);

impl Http {
    pub(crate) fn new(issuer: &IssuerUrl) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .https_only(issuer.url().scheme() == "https");
        if is_this_machine(issuer.url()) {
            builder = builder.no_proxy();
        }
        builder.build().map(Self)
    }

    /// Sends a form to which the answer is 200 and nothing else of interest.
    pub(crate) async fn post(&self, address: &Url, form: &[(&str, &str)]) -> Result<(), reqwest::Error> {
        self.0.post(address.clone()).form(form).send().await?.error_for_status()?;
        Ok(())
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request).map_err(Box::new)?;
        let mut response = self.0.execute(request).await.map_err(Box::new)?;
        if response.status().is_server_error() || response.status() == reqwest::StatusCode::TOO_MANY_REQUESTS
        {
            return Err(HttpClientError::Other(format!("the answer was {}", response.status())));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Box::new)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_ANSWER {
                return Err(HttpClientError::Other(format!("longer than {LARGEST_ANSWER} bytes")));
            }
        }
        let mut answer = HttpResponse::new(body);
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
