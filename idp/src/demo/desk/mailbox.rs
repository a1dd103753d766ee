//! The mailbox: a list, a page for each mail, and the mail's own HTML in a sandbox.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};

use super::Desk;
use super::letter::{self, Letter};
use super::pages::{not_found, page};

/// Nobody reads more in a demo.
const SHOWN: usize = 100;
/// What a mail may do: nothing but open its links in a window of their own.
const MAIL_CSP: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; \
                        sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

#[derive(Template)]
#[template(path = "demo/mailbox.html")]
struct MailboxPage {
    letters: Vec<Letter>,
}

#[derive(Template)]
#[template(path = "demo/letter.html")]
struct LetterPage {
    letter: Letter,
}

/// A piece of plain text; links are for clicking.
enum Piece<'a> {
    Text(&'a str),
    Link(&'a str),
}

impl LetterPage {
    fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        for word in self.letter.text.split_inclusive(char::is_whitespace) {
            let bare = word.trim_end();
            if bare.starts_with("http://") || bare.starts_with("https://") {
                pieces.push(Piece::Link(bare));
                pieces.push(Piece::Text(word.get(bare.len()..).unwrap_or_default()));
            } else {
                pieces.push(Piece::Text(word));
            }
        }
        pieces
    }
}

pub(super) async fn list(State(desk): State<Arc<Desk>>) -> Response {
    let names = letter::names(&desk.mails).unwrap_or_default();
    let letters = names.iter().take(SHOWN).filter_map(|name| letter::read(&desk.mails, name)).collect();
    page(StatusCode::OK, &MailboxPage { letters })
}

pub(super) async fn show(State(desk): State<Arc<Desk>>, Path(name): Path<String>) -> Response {
    match letter::read(&desk.mails, &name) {
        Some(letter) => page(StatusCode::OK, &LetterPage { letter }),
        None => not_found().await,
    }
}

pub(super) async fn html(State(desk): State<Arc<Desk>>, Path(name): Path<String>) -> Response {
    let Some(letter) = letter::read(&desk.mails, &name) else { return not_found().await };
    // As in a mail program: links open in a window of their own.
    let html = letter.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    let headers = [(CONTENT_SECURITY_POLICY, MAIL_CSP), (CONTENT_TYPE, "text/html; charset=utf-8")];
    (headers, html).into_response()
}
