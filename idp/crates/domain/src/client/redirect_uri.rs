//! Redirect URIs (RFC 6749 section 3.1.2, RFC 8252 section 7.3): what may be registered, and what matches.

use url::Url;

/// Exact string match, except for the port of a loopback address (RFC 8252 section 7.3).
pub(super) fn matches(registered: &str, uri: &str) -> bool {
    registered == uri
        || loopback_without_port(registered).is_some_and(|known| Some(known) == loopback_without_port(uri))
}

/// The origin (`https://host:port`, as browsers write it) that is compared: of a loopback address every port is the same one
/// (RFC 8252 section 7.3).
pub fn comparable_origin(origin: &str) -> &str {
    match loopback_without_port(origin) {
        Some((host, "")) => host,
        _ => origin,
    }
}

/// `http://127.0.0.1:PORT/path` split into what must match; `None` for anything that is not a loopback address.
fn loopback_without_port(uri: &str) -> Option<(&'static str, &str)> {
    ["http://127.0.0.1", "http://[::1]"].into_iter().find_map(|host| {
        let rest = uri.strip_prefix(host)?;
        let rest = match rest.strip_prefix(':') {
            Some(port_and_path) => {
                let end = port_and_path.find('/').unwrap_or(port_and_path.len());
                let port = port_and_path.get(..end)?;
                let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
                (is_port && port.parse::<u16>().is_ok()).then(|| &port_and_path[end..])?
            }
            None => rest,
        };
        let is_path = rest.is_empty() || rest.starts_with('/');
        (is_path && !rest.contains(['#', '\\'])).then_some((host, rest))
    })
}

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    #[error("is not an absolute URI")]
    NotAbsolute,
    #[error("must not contain a fragment, user name, password, backslash, asterisk or white space")]
    ForbiddenPart,
    #[error(
        "must use https, or http on 127.0.0.1 or [::1] (not localhost), or a scheme made of a domain of yours, such as \
         com.example.app:/callback"
    )]
    NotHttps,
}

/// What may be registered: https, http on the loopback addresses (RFC 8252 sections 7.2 and 7.3), or a private-use scheme
/// made of a domain name in reverse order (section 7.1).
///
/// # Errors
/// [`RedirectUriError`].
pub fn check_redirect_uri(uri: &str) -> Result<(), RedirectUriError> {
    let url = Url::parse(uri).map_err(|_| RedirectUriError::NotAbsolute)?;
    // The parser takes white space away and writes hosts anew, but what is compared later is the text as it was registered.
    let is_forbidden = |c: char| matches!(c, '#' | '\\' | '*') || c.is_whitespace() || c.is_control();
    if uri.contains(is_forbidden) || !url.username().is_empty() || url.password().is_some() {
        return Err(RedirectUriError::ForbiddenPart);
    }
    match url.scheme() {
        "https" if uri.to_ascii_lowercase().starts_with("https://") => Ok(()),
        "http" if loopback_without_port(uri).is_some() => Ok(()),
        scheme if is_reversed_domain(scheme) => Ok(()),
        _ => Err(RedirectUriError::NotHttps),
    }
}

/// Whether an answer goes to whichever app on the device has claimed the scheme of this address (RFC 8252 section 7.1), and
/// not to a place that belongs to somebody.
pub fn is_private_use(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| is_reversed_domain(url.scheme()))
}

/// A scheme without a dot is anybody's, and another program on the device may listen to it.
fn is_reversed_domain(scheme: &str) -> bool {
    scheme.contains('.') && scheme.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack 62 (CVE-2023-6291 and others): a match is exact or it is none.
    #[test]
    fn a_redirect_uri_matches_byte_for_byte() {
        let known = ["https://portal.example/cb?a=1", "http://127.0.0.1/cb", "com.example.app:/cb"];
        let has = |uri: &str| known.iter().any(|registered| matches(registered, uri));
        for good in [
            "https://portal.example/cb?a=1",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:49152/cb",
            "com.example.app:/cb",
        ] {
            assert!(has(good), "{good}");
        }
        for hostile in [
            "https://portal.example/cb",
            "https://portal.example/cb?a=1&b=2",
            "https://portal.example/cb?a=1#x",
            "https://portal.example:443/cb?a=1",
            "https://PORTAL.example/cb?a=1",
            "https://portal.example/cb/../cb?a=1",
            "https://portal.example@evil.example/cb?a=1",
            "http://portal.example/cb?a=1",
            "http://localhost/cb",
            "http://127.0.0.1:49152/cb/",
            "http://127.0.0.1:49152@evil.example/cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://[::1]/cb",
            "http://127.0.0.1:80/cb?x=1",
            "",
            "com.example.app:/cb2",
            "http://127.0.0.1:1x/cb",
            "http://127.0.0.1\\@evil.example/cb",
        ] {
            assert!(!has(hostile), "{hostile}");
        }
    }

    /// Only what a browser may write as the origin of a page on this machine loses its port.
    #[test]
    fn the_port_of_a_loopback_origin_does_not_count() {
        for (origin, host) in [
            ("http://127.0.0.1", "http://127.0.0.1"),
            ("http://127.0.0.1:49152", "http://127.0.0.1"),
            ("http://[::1]:49152", "http://[::1]"),
        ] {
            assert_eq!(comparable_origin(origin), host);
        }
        for other in [
            "https://127.0.0.1:49152",
            "http://localhost:49152",
            "http://127.0.0.2:49152",
            "http://127.0.0.1:49152/",
            "http://127.0.0.1:",
            "http://127.0.0.1:99999",
            "http://127.0.0.1.evil.example:80",
            "http://127.0.0.1@evil.example",
            "https://maple.example:8443",
        ] {
            assert_eq!(comparable_origin(other), other);
        }
    }

    #[test]
    fn only_safe_redirect_uris_can_be_registered() {
        for good in [
            "https://a.example/cb",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:8090/cb?a=1",
            "http://[::1]/cb",
            "http://[::1]:49152",
            "com.example.app:/cb",
            "com.example.app://cb",
            "com.example-care.app:/cb",
        ] {
            assert_eq!(check_redirect_uri(good), Ok(()), "{good}");
        }
        for bad in [
            "/cb",
            "https://a.example/cb#f",
            "https://u:p@a.example/cb",
            "http://a.example/cb",
            "http://localhost/cb",
            "javascript:alert(1)",
            "https://*.example/cb",
            "http://LOCALHOST/cb",
            "http://localhost.:8090/cb",
            "http://127.1/cb",
            "http://127.0.0.2/cb",
            "http://[0:0:0:0:0:0:0:1]/cb",
            "http://127.0.0.1:port/cb",
            "data:text/html,x",
            "app:/cb",
            "app.:/cb",
            "com..app:/cb",
            "com.example.app:/cb#f",
            "https://a.example/cb ",
            " https://a.example/cb",
            "https://a.example/c\nb",
            "https://a.example/c\\b",
            "https:a.example",
        ] {
            assert!(check_redirect_uri(bad).is_err(), "{bad}");
        }
    }
}
