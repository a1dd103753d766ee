//! Calls to addresses that clients name: their keys, their sector, the end of a session (`protocol.md`, "Dynamic
//! registration").
//!
//! A stranger chooses the address and must not choose what we reach (CWE-918): https to public addresses and nothing else,
//! except for hosts that the operator named. Never follows a redirect, never asks the environment for a proxy, never
//! reads or waits beyond its bounds, and tells nobody where a name led.

mod address;
mod names;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use idp_config::{Outbound as OutboundSettings, PrivateHost};
use idp_domain::ports::{Outbound, OutboundError};
use reqwest::dns::Resolve;
use reqwest::{Certificate, Client, RequestBuilder, Response, redirect, retry};
use tokio::sync::Semaphore;
use url::{Host, Url};

pub(super) use address::is_public;
use names::{NoPublicAddress, PublicNames, SystemNames};

/// Calls at the same time; the others wait, within their own time limit.
const CONCURRENT_CALLS: usize = 64;
const USER_AGENT: &str = concat!("idp/", env!("CARGO_PKG_VERSION"));

/// Why there can be no outbound calls.
#[derive(Debug, thiserror::Error)]
pub enum GuardedClientError {
    #[error("extra_roots: the certificates in {path} cannot be read: {why}")]
    Roots { path: PathBuf, why: String },
    #[error(
        "extra_roots: TLS cannot be set up: {0}; install the system's certificate authorities (ca-certificates), or name some in extra_roots"
    )]
    Tls(String),
}

/// The one client for outbound calls.
#[derive(Debug)]
pub struct GuardedClient {
    /// Connects to public addresses only.
    public: Client,
    /// Connects anywhere, for `private_hosts` alone; the same as `public` where there are none.
    private: Client,
    private_hosts: Vec<PrivateHost>,
    permits: Semaphore,
    timeout: Duration,
    max_body: usize,
}

impl GuardedClient {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`GuardedClientError`].
    pub fn new(settings: &OutboundSettings) -> Result<Self, GuardedClientError> {
        Self::with_names(settings, Arc::new(SystemNames))
    }

    fn with_names(settings: &OutboundSettings, names: Arc<dyn Resolve>) -> Result<Self, GuardedClientError> {
        let roots = settings.extra_roots.as_deref().map(read_roots).transpose()?.unwrap_or_default();
        let client = |names: Arc<dyn Resolve>| {
            client(settings.timeout, &roots, names).map_err(|error| {
                let why = root_cause(&error).to_string();
                // Where there are roots of our own, missing ones of the system are no failure.
                match settings.extra_roots.clone() {
                    Some(path) => GuardedClientError::Roots { path, why },
                    None => GuardedClientError::Tls(why),
                }
            })
        };
        let public = client(Arc::new(PublicNames::new(Arc::clone(&names))))?;
        let private_hosts = settings.allowed_private_hosts.clone();
        Ok(Self {
            private: if private_hosts.is_empty() { public.clone() } else { client(names)? },
            public,
            private_hosts,
            permits: Semaphore::new(CONCURRENT_CALLS),
            timeout: settings.timeout,
            max_body: settings.max_body,
        })
    }

    /// The client that may call this URL. Names are judged by where they lead, when they are connected to.
    fn client_for(&self, url: &Url) -> Result<&Client, OutboundError> {
        let is_plain = url.username().is_empty() && url.password().is_none();
        let is_named = self.private_hosts.iter().any(|host| host.is_at(url));
        let may_be_public = match url.host() {
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
            None => false,
        };
        match url.scheme() {
            "http" | "https" if is_plain && is_named => Ok(&self.private),
            "https" if is_plain && may_be_public => Ok(&self.public),
            _ => Err(forbidden(url)),
        }
    }

    /// Runs a call when it is its turn; waiting counts as time it takes.
    async fn bounded<T>(
        &self,
        call: impl Future<Output = Result<T, OutboundError>>,
    ) -> Result<T, OutboundError> {
        let in_turn = async {
            let _permit = self.permits.acquire().await.map_err(|closed| unreachable_because(&closed))?;
            call.await
        };
        tokio::time::timeout(self.timeout, in_turn).await.unwrap_or_else(|_elapsed| {
            let seconds = self.timeout.as_secs_f32();
            Err(OutboundError::Unreachable(format!("nothing complete within {seconds} s")))
        })
    }
}

#[async_trait]
impl Outbound for GuardedClient {
    async fn get(&self, url: &Url) -> Result<Vec<u8>, OutboundError> {
        let request = self.client_for(url)?.get(url.clone());
        self.bounded(async { body(answer(url, request).await?, self.max_body).await }).await
    }

    async fn post_form(&self, url: &Url, fields: &[(&str, &str)]) -> Result<(), OutboundError> {
        let request = self.client_for(url)?.post(url.clone()).form(fields);
        self.bounded(async { answer(url, request).await.map(drop) }).await
    }
}

/// An answer with a good status, its body still to come.
async fn answer(url: &Url, request: RequestBuilder) -> Result<Response, OutboundError> {
    let response = request.send().await.map_err(|error| {
        if causes(&error).any(|cause| cause.is::<NoPublicAddress>()) {
            forbidden(url)
        } else {
            unreachable_because(&error)
        }
    })?;
    match response.status() {
        status if status.is_success() => Ok(response),
        status => Err(OutboundError::Status(status.as_u16())),
    }
}

/// The whole body; counted as it arrives, because a stated length may be wrong or missing.
async fn body(mut response: Response, limit: usize) -> Result<Vec<u8>, OutboundError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable_because(&error))? {
        if chunk.len() > limit - body.len() {
            return Err(OutboundError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn client(timeout: Duration, roots: &[Certificate], names: Arc<dyn Resolve>) -> reqwest::Result<Client> {
    // Compression stays off: what is counted must be what is kept.
    Client::builder()
        .user_agent(USER_AGENT)
        .dns_resolver(names)
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .http1_only()
        .connect_timeout(timeout)
        .tls_certs_merge(roots.iter().cloned())
        .build()
}

fn read_roots(path: &Path) -> Result<Vec<Certificate>, GuardedClientError> {
    let unreadable = |why: String| GuardedClientError::Roots { path: path.to_owned(), why };
    let pem = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let roots = Certificate::from_pem_bundle(&pem).map_err(|error| unreadable(error.to_string()))?;
    if roots.is_empty() {
        return Err(unreadable("there is no PEM certificate in it".to_owned()));
    }
    Ok(roots)
}

/// Names the host as the client did.
fn forbidden(url: &Url) -> OutboundError {
    OutboundError::Forbidden(url.host_str().unwrap_or(url.scheme()).to_owned())
}

/// Only the root cause: what wraps it repeats the URL, and a URL may hold secrets.
fn unreachable_because(error: &(dyn Error + 'static)) -> OutboundError {
    OutboundError::Unreachable(root_cause(error).to_string())
}

fn root_cause<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
