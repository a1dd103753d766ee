//! What a failed attempt means for the mail: another try, or the end of it.
//!
//! Before the mail was offered everything is between the operator and the mail server, whatever code it answers with. After
//! that a 5xx is final (RFC 5321 section 4.2.1), unless it asks us to authenticate (RFC 4954 section 6).

use std::time::Duration;

use idp_domain::ports::Delivery;
use lettre::transport::smtp::Error;

/// As much of a server's answer as is worth storing, in characters.
const MAX_REASON: usize = 300;

/// 530, 534, 535 and 538: authentication required, too weak, failed, or wanting encryption (RFC 4954 section 6).
const ABOUT_AUTHENTICATION: [u16; 4] = [530, 534, 535, 538];

#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("no connection to the mail server: {0}")]
    NoConnection(#[source] Error),
    #[error("the mail server does not offer STARTTLS")]
    NoStartTls,
    #[error("the mail server does not accept our credentials: {0}")]
    NotAuthenticated(#[source] Error),
    #[error("the mail server did not take the mail: {0}")]
    Refused(#[source] Error),
    #[error("the mail server took longer than {} s", .0.as_secs_f32())]
    TooSlow(Duration),
}

impl Failure {
    fn is_final(&self) -> bool {
        let Self::Refused(error) = self else { return false };
        let about_authentication =
            error.status().is_some_and(|code| ABOUT_AUTHENTICATION.contains(&u16::from(code)));
        // A "client" error at this point: the server lacks what this address needs (RFC 6531).
        (error.is_permanent() && !about_authentication) || error.is_client()
    }
}

impl From<Failure> for Delivery {
    fn from(failure: Failure) -> Self {
        let why = presentable(&failure.to_string());
        if failure.is_final() { Self::Dead { why } } else { Self::Retry { why } }
    }
}

/// One line of bounded length with every address masked: servers like to repeat the recipient.
fn presentable(text: &str) -> String {
    let in_address = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\"'".contains(c);
    let mut line = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if in_address(c) {
            word.push(c);
            continue;
        }
        line.push_str(&masked(&word));
        word.clear();
        line.push(if c.is_control() { ' ' } else { c });
    }
    line.trim().chars().take(MAX_REASON).collect()
}

fn masked(word: &str) -> String {
    match word.rsplit_once('@') {
        Some((local, domain)) => {
            format!("{}***@{domain}", local.chars().next().map(String::from).unwrap_or_default())
        }
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_without_anybodys_address() {
        for (said, shown) in [
            ("5.1.1 <frank.jones@example.com>: unknown", "5.1.1 <f***@example.com>: unknown"),
            (
                "mailbox \"Frank+x@Example.com\" full\r\ntry later",
                "mailbox \"F***@Example.com\" full  try later",
            ),
            ("@", "***@"),
            ("to=jörg@xn--bcher-kva.example,", "t***@xn--bcher-kva.example,"),
            ("nobody here", "nobody here"),
        ] {
            assert_eq!(presentable(said), shown);
        }
        assert_eq!(presentable(&"é ".repeat(10_000)).chars().count(), MAX_REASON);
    }
}
