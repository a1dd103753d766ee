//! Redirect URIs (RFC 6749 section 3.1.2, RFC 8252 section 7.3): what may be registered, and what matches.

use url::Url;

/// Exact string match, except for the port of a loopback address (RFC 8252 section 7.3).
pub(super) fn matches(registered: &str, uri: &str) -> bool {
    registered == uri
        || loopback_without_port(registered).is_some_and(|known| Some(known) == loopback_without_port(uri))
}

/// `http://127.0.0.1:PORT/path` split into what must match; `None` for anything that is not a loopback address.
fn loopback_without_port(uri: &str) -> Option<(&'static str, &str)> {
    ["http://127.0.0.1", "http://[::1]"].into_iter().find_map(|host| {
        let rest = uri.strip_prefix(host)?;
        let rest = match rest.strip_prefix(':') {
            Some(port_and_path) => {
                let end = port_and_path.find('/')?;
                let port = port_and_path.get(..end)?;
                let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
                (is_port && port.parse::<u16>().is_ok()).then(|| &port_and_path[end..])?
            }
            None => rest,
        };
        (rest.starts_with('/') && !rest.contains(['#', '\\'])).then_some((host, rest))
    })
}

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    #[error("is not an absolute URI")]
    NotAbsolute,
    #[error("must not contain a fragment, user name or password")]
    ForbiddenPart,
    #[error("must use https; http is for 127.0.0.1 and [::1] only")]
    NotHttps,
}

/// What may be registered: https, http on the loopback addresses, or a private-use scheme in reverse-DNS form.
///
/// # Errors
/// [`RedirectUriError`].
pub fn check_redirect_uri(uri: &str) -> Result<(), RedirectUriError> {
    let url = Url::parse(uri).map_err(|_| RedirectUriError::NotAbsolute)?;
    if uri.contains(['#', '\\'])
        || !url.username().is_empty()
        || url.password().is_some()
        || uri.contains('*')
    {
        return Err(RedirectUriError::ForbiddenPart);
    }
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" if url.host_str().is_some() => Ok(()),
        "http" if loopback => Ok(()),
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(RedirectUriError::NotHttps),
    }
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

    #[test]
    fn only_safe_redirect_uris_can_be_registered() {
        for good in ["https://a.example/cb", "http://127.0.0.1/cb", "http://[::1]/cb", "com.example.app:/cb"]
        {
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
            "data:text/html,x",
            "app:/cb",
        ] {
            assert!(check_redirect_uri(bad).is_err(), "{bad}");
        }
    }
}
