//! Pictures that an office could send, and sending them.

use std::io::Cursor;

use axum::body::Body;
use axum::http::{Method, Request, header};
use image::{ImageFormat, Rgb, RgbImage};

use super::app::TestApp;
use super::described::DESCRIBED;
use super::relying_party::{Answer, answer};

/// A picture of one colour; the shade makes it another one.
pub(crate) fn png(width: u32, height: u32, shade: u8) -> Vec<u8> {
    written(width, height, shade, ImageFormat::Png)
}

pub(crate) fn jpeg(width: u32, height: u32, shade: u8) -> Vec<u8> {
    written(width, height, shade, ImageFormat::Jpeg)
}

fn written(width: u32, height: u32, shade: u8, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let picture = RgbImage::from_pixel(width, height, Rgb([shade, 80, 160]));
    picture.write_to(&mut file, format).expect("a picture");
    file.into_inner()
}

/// Puts a file where the provisioning API takes one; the answer is judged by the description.
pub(crate) async fn put_picture(
    app: &TestApp,
    path: &str,
    token: Option<&str>,
    (content_type, file): (&str, Vec<u8>),
) -> Answer {
    let mut request = Request::put(path).header(header::CONTENT_TYPE, content_type);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let answer = answer(app.send(request.body(Body::from(file)).expect("a request")).await).await;
    DESCRIBED.judge(&Method::PUT, path, &answer);
    answer
}

/// A file that anybody may fetch: its status, its headers and its bytes.
pub(crate) async fn fetch(app: &TestApp, path: &str) -> (u16, axum::http::HeaderMap, Vec<u8>) {
    let (parts, body) =
        app.send(Request::get(path).body(Body::empty()).expect("a request")).await.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    (parts.status.as_u16(), parts.headers, bytes.to_vec())
}
