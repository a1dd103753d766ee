//! One keep-alive connection (RFC 9112 section 9.3), as cheap as hyper can make it: the load generator runs on the cores
//! of the server it measures. Never connects anew by itself: a connection that ends is an error of the run.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Longer than any answer takes that is not lost.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Connection {
    host: HeaderValue,
    sender: http1::SendRequest<String>,
    driver: http1::Connection<TokioIo<TcpStream>, String>,
}

impl Connection {
    /// # Errors
    /// When nobody answers there.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self { host: HeaderValue::try_from(address.to_string())?, sender, driver })
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// When the connection ends before the answer does, or nothing comes for half a minute.
    pub(crate) async fn send(&mut self, mut request: Request<String>) -> Result<Answer> {
        ensure!(!self.sender.is_closed(), "the server closed the connection");
        request.headers_mut().insert(HOST, self.host.clone());
        let (sender, driver) = (&mut self.sender, &mut self.driver);
        let mut answer = pin!(tokio::time::timeout(PATIENCE, async {
            sender.ready().await?;
            let (head, mut body) = sender.send_request(request).await?.into_parts();
            let body = read(&mut body).await?;
            anyhow::Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
        }));
        // The connection is driven only while an answer is awaited: no task of its own, no switch between tasks.
        tokio::select! {
            biased;
            // What arrived before the end is still read.
            _ended = driver => answer.await,
            answer = &mut answer => answer,
        }
        .context("no answer came in time")?
    }
}

async fn read(body: &mut Incoming) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
        if let Ok(part) = frame?.into_data() {
            bytes.extend_from_slice(&part);
        }
    }
    Ok(bytes)
}

pub(crate) fn get(path: &str) -> Result<Request<String>> {
    Ok(Request::get(path).body(String::new())?)
}

/// An `application/x-www-form-urlencoded` request.
pub(crate) fn post(path: &str, fields: &[(&str, &str)]) -> Result<Request<String>> {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::builder().method(Method::POST).uri(path);
    Ok(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form)?)
}

/// The request with one header more.
pub(crate) fn with(mut request: Request<String>, name: HeaderName, value: &HeaderValue) -> Request<String> {
    request.headers_mut().insert(name, value.clone());
    request
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The answer, if it has this status.
    ///
    /// # Errors
    /// What the server said instead.
    pub(crate) fn expect(self, status: u16) -> Result<Self> {
        if self.status != status {
            let body = String::from_utf8_lossy(&self.body);
            let said: String =
                body.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
            bail!("status {} instead of {status}: {said}", self.status);
        }
        Ok(self)
    }

    /// Where a redirect leads.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn location(self) -> Result<String> {
        let answer = self.expect(303)?;
        let location = answer.headers.get(LOCATION).context("a redirect without a location")?;
        Ok(location.to_str()?.to_owned())
    }

    pub(crate) fn text(&self) -> Result<&str> {
        Ok(std::str::from_utf8(&self.body)?)
    }
}
