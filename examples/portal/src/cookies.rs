//! The portal's three cookies. All are HttpOnly, SameSite=Lax (the provider's redirect back is a
//! cross-site navigation, so Strict would lose them) and opaque: no token and no name is in them.
//!
//! Cookies ignore ports, so the client identifier is in their names: the portals of two agencies on one host, and a
//! provider beside them, leave each other's alone. Under https they carry the `__Host-` prefix, which stops other hosts
//! of the domain from planting them.

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use openidconnect::ClientId;

use crate::flow::LIFETIME;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Names the server-side session. Ends with the browser.
    Session,
    /// Ties log-ins under way to this browser, so that an answer cannot be slipped to somebody else.
    Browser,
    /// Remembers the `state` of a log-out until the provider sends the person back.
    LogOut,
}

/// Writes and reads the portal's cookies.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    /// What all names begin with.
    prefix: String,
    /// Whether browsers reach the portal over TLS.
    secure: bool,
}

impl Cookies {
    pub(crate) fn new(client_id: &ClientId, secure: bool) -> Self {
        let host = if secure { "__Host-" } else { "" };
        // RFC 6265 section 4.1.1: a name is a token.
        let is_safe = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        let client = client_id.replace(|c| !is_safe(c), "-");
        Self { prefix: format!("{host}{client}_"), secure }
    }

    /// The value this browser sent, if any.
    pub(crate) fn read<'jar>(&self, jar: &'jar CookieJar, purpose: Purpose) -> Option<&'jar str> {
        jar.get(&self.name(purpose)).map(Cookie::value)
    }

    pub(crate) fn write(&self, jar: CookieJar, purpose: Purpose, value: &str) -> CookieJar {
        jar.add(self.cookie(purpose, value.to_owned()))
    }

    /// Asks the browser to forget; names the same attributes, or a `__Host-` cookie would stay.
    pub(crate) fn forget(&self, jar: CookieJar, purpose: Purpose) -> CookieJar {
        jar.remove(self.cookie(purpose, String::new()))
    }

    fn cookie(&self, purpose: Purpose, value: String) -> Cookie<'static> {
        let cookie = Cookie::build((self.name(purpose), value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure);
        match purpose {
            Purpose::Session => cookie.build(),
            Purpose::Browser | Purpose::LogOut => {
                cookie.max_age(LIFETIME.try_into().unwrap_or_default()).build()
            }
        }
    }

    fn name(&self, purpose: Purpose) -> String {
        let name = match purpose {
            Purpose::Session => "session",
            Purpose::Browser => "browser",
            Purpose::LogOut => "logout",
        };
        format!("{}{name}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(secure: bool, purpose: Purpose) -> String {
        Cookies::new(&ClientId::new("portal.99999".into()), secure)
            .cookie(purpose, "value".into())
            .to_string()
    }

    #[test]
    fn over_https_every_cookie_is_secure_and_bound_to_the_host() {
        for purpose in [Purpose::Session, Purpose::Browser, Purpose::LogOut] {
            let cookie = written(true, purpose);
            assert!(cookie.starts_with("__Host-portal.99999_"), "{cookie}");
            for flag in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
                assert!(cookie.contains(flag), "{flag} in {cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }

    #[test]
    fn on_loopback_cookies_work_without_tls_and_stay_http_only() {
        let cookie = written(false, Purpose::Session);
        assert!(cookie.starts_with("portal.99999_session=value;"), "{cookie}");
        assert!(cookie.contains("; HttpOnly"), "{cookie}");
        assert!(cookie.contains("SameSite=Lax"), "{cookie}");
        assert!(!cookie.contains("Secure"), "{cookie}");
    }

    #[test]
    fn only_the_session_lives_as_long_as_the_browser() {
        assert!(!written(true, Purpose::Session).contains("Max-Age"));
        assert!(written(true, Purpose::Browser).contains("Max-Age=600"));
        assert!(written(true, Purpose::LogOut).contains("Max-Age=600"));
    }

    #[test]
    fn no_client_identifier_breaks_a_cookie() {
        let cookies = Cookies::new(&ClientId::new("https://maple.example/ü;=".into()), false);
        assert_eq!(cookies.name(Purpose::Session), "https---maple.example----_session");
    }
}
