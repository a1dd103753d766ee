//! The request that a browser comes back with (RFC 6749 section 4.1.2, RFC 9207), judged; and the small page that it is
//! shown. The page repeats nothing of the request.

use url::Url;

use crate::problem::Problem;
use crate::provider::Provider;

/// The path of the redirect URI; its port is any.
pub(super) const PATH: &str = "/callback";

/// What the answer to this log-in has to say.
pub(super) struct Expected {
    pub(super) state: String,
    pub(super) provider: Provider,
}

#[derive(Debug)]
pub(super) enum Verdict {
    /// To be redeemed, once.
    Code(String),
    /// The answer is no.
    Refused(Problem),
    /// An icon that the browser asks for, or somebody's guess: the wait goes on.
    NotOurs,
}

impl Expected {
    pub(super) fn judge(&self, request: &str) -> Verdict {
        let is_issuer = |iss: Option<&str>| self.provider.is_issuer_of_answer(iss);
        judge(request, &self.state, is_issuer)
    }
}

fn judge(request: &str, state: &str, is_issuer: impl Fn(Option<&str>) -> bool) -> Verdict {
    let Some(address) = target(request).filter(|address| address.path() == PATH) else {
        return Verdict::NotOurs;
    };
    let sent = |name: &str| {
        let mut values =
            address.query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        // Sent twice is sent by somebody else (RFC 6749 section 3.1).
        values.next().filter(|_| values.next().is_none())
    };
    if sent("state").as_deref() != Some(state) || !is_issuer(sent("iss").as_deref()) {
        return Verdict::NotOurs;
    }
    match (sent("code"), sent("error").as_deref()) {
        (Some(code), None) => Verdict::Code(code),
        (None, Some("access_denied")) => Verdict::Refused(Problem::Denied),
        (None, Some("temporarily_unavailable" | "server_error")) => {
            Verdict::Refused(Problem::unreachable(anyhow::anyhow!("the provider is not well")))
        }
        (None, Some(error)) => Verdict::Refused(Problem::unusable(anyhow::anyhow!("the answer was {error}"))),
        _ => Verdict::NotOurs,
    }
}

/// The address of a GET request.
fn target(request: &str) -> Option<Url> {
    let mut words = request.lines().next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_get = method == "GET" && target.starts_with('/') && version.starts_with("HTTP/1.");
    Url::parse("http://127.0.0.1").ok()?.join(target).ok().filter(|_| is_get)
}

impl Verdict {
    /// The whole answer to the browser.
    pub(super) fn response(&self) -> String {
        let (status, title, text) = match self {
            Self::Code(_) => {
                ("200 OK", "You may close this window", "Go back to Care Desktop: it goes on there.")
            }
            Self::Refused(_) => {
                ("200 OK", "You are not logged in", "Close this window and go back to Care Desktop.")
            }
            Self::NotOurs => {
                ("404 Not Found", "There is nothing here", "Go back to Care Desktop and press Log In.")
            }
        };
        let page = PAGE.replace("TITLE", title).replace("TEXT", text);
        format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n\
             Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n\
             Connection: close\r\n\r\n{page}",
            page.len()
        )
    }
}

const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>TITLE</title>\
<meta name=\"viewport\" content=\"width=device-width\"><style>:root{color-scheme:light dark}body{\
font:1.0625rem/1.5 system-ui,sans-serif;max-width:26rem;margin:20vh auto;padding:0 1rem;text-align:center}\
h1{font-size:1.5rem}</style><main><h1>TITLE</h1><p>TEXT</p></main></html>\n";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    fn judged(target: &str) -> Verdict {
        let request = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        judge(&request, "s1", |iss| iss == Some("https://id.example"))
    }

    #[test]
    fn the_answer_with_our_state_and_issuer_carries_the_code() {
        let verdict = judged("/callback?code=c%201&state=s1&iss=https%3A%2F%2Fid.example");
        assert!(matches!(&verdict, Verdict::Code(code) if code == "c 1"), "{verdict:?}");
        assert!(verdict.response().contains("You may close this window"));
        assert!(!verdict.response().contains("c 1"), "the page repeats nothing");
    }

    #[test]
    fn a_no_is_an_answer_as_well() {
        let iss = "iss=https://id.example";
        let denied = judged(&format!("/callback?error=access_denied&state=s1&{iss}"));
        assert!(matches!(denied, Verdict::Refused(Problem::Denied)), "{denied:?}");
        let unwell = judged(&format!("/callback?error=server_error&state=s1&{iss}"));
        assert!(matches!(unwell, Verdict::Refused(Problem::Unreachable(_))), "{unwell:?}");
    }

    /// RFC 9207, RFC 6749 sections 3.1 and 10.12: what could be somebody else's is nobody's.
    #[test]
    fn whatever_else_comes_does_not_end_the_wait() {
        for target in [
            "/favicon.ico",
            "/",
            "/callback",
            "/callback?code=c&state=s2&iss=https://id.example",
            "/callback?code=c&iss=https://id.example",
            "/callback?code=c&state=s1",
            "/callback?code=c&state=s1&iss=https://evil.example",
            "/callback?code=c&state=s1&state=s1&iss=https://id.example",
            "/callback?code=c&code=d&state=s1&iss=https://id.example",
            "/callback?code=c&error=e&state=s1&iss=https://id.example",
            "/callback/x?code=c&state=s1&iss=https://id.example",
            "//evil.example/callback?code=c&state=s1&iss=https://id.example ",
        ] {
            let verdict = judged(target);
            assert!(matches!(verdict, Verdict::NotOurs), "{target}: {verdict:?}");
        }
        for request in
            ["", "\r\n\r\n", "POST /callback?state=s1 HTTP/1.1\r\n\r\n", "GET", "\u{fffd}\u{fffd} x y"]
        {
            assert!(matches!(judge(request, "s1", |_| true), Verdict::NotOurs), "{request:?}");
        }
    }
}
