//! Whose fault it is that a request took too long: the sender's, while its body was still awaited (RFC 9110 section 15.5.9),
//! or else ours.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};

use super::failure::{BUSY, Failure};
use crate::pages::ErrorKind;

/// What the layer inside of this one answers when the time is over.
pub(crate) const GIVEN_UP: StatusCode = StatusCode::REQUEST_TIMEOUT;

pub(crate) async fn tell_apart(request: Request, next: Next) -> Response {
    let is_awaited = Arc::new(AtomicBool::new(false));
    let version = request.version();
    let watched = Arc::clone(&is_awaited);
    let request = request.map(|body| Body::new(Watched { body, is_awaited: watched }));
    let response = next.run(request).await;
    if response.status() != GIVEN_UP {
        return response;
    }
    if !is_awaited.load(Ordering::Relaxed) {
        return Failure::from(BUSY).into_response();
    }
    let mut response = Failure::from(ErrorKind::TooSlow).into_response();
    // What still comes of the body is no next request; later versions have no such header (RFC 9113 section 8.2.2).
    if version <= Version::HTTP_11 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A body that notes whether somebody waits for more of it.
struct Watched {
    body: Body,
    is_awaited: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.is_awaited.store(polled.is_pending(), Ordering::Relaxed);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
