//! Our cookies (rules section 5): `__Host-` and `Secure` when the issuer is https, always `HttpOnly`, `SameSite=Lax`.

use std::time::Duration;

use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use idp_service::Env;
use idp_service::devices::KnownDevices;
use idp_service::endpoint::Issuer;

/// Every cookie we set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CookieKind {
    /// The single sign-on session.
    Session,
    /// Names the browser, so that CSRF tokens can be bound to it.
    Browser,
    /// The activation ticket between landing and password, sealed.
    Activation,
    /// How far somebody who forgot the password has come, sealed.
    Recovery,
    /// The ticket of `idp bootstrap` between landing and form, sealed.
    Bootstrap,
    /// The ticket of a changed address between landing and button, sealed.
    EmailTicket,
    /// Who logged in from here before, sealed: wrong passwords are counted apart from strangers'.
    Device,
    /// Which news to tell ("Saved.", "Your password has been reset"), until it was told or somebody logs in.
    Notice,
    /// The remembered user name.
    UserName,
}

impl CookieKind {
    const fn base_name(self) -> &'static str {
        match self {
            Self::Session => "idp_session",
            Self::Browser => "idp_browser",
            Self::Activation => "idp_activation",
            Self::Recovery => "idp_recovery",
            Self::Bootstrap => "idp_bootstrap",
            Self::EmailTicket => "idp_email",
            Self::Device => "idp_device",
            Self::Notice => "idp_notice",
            Self::UserName => "idp_username",
        }
    }

    fn name(self, issuer: &Issuer) -> String {
        let prefix = if issuer.is_https() { "__Host-" } else { "" };
        format!("{prefix}{}", self.base_name())
    }

    pub(crate) fn read(self, issuer: &Issuer, jar: &CookieJar) -> Option<String> {
        jar.get(&self.name(issuer)).map(|cookie| cookie.value().to_owned())
    }

    /// The cookie; without `life` it ends with the browser.
    pub(crate) fn set(self, issuer: &Issuer, value: String, life: Option<Duration>) -> Cookie<'static> {
        let mut cookie = Cookie::build((self.name(issuer), value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(issuer.is_https());
        if let Some(life) = life.and_then(|life| life.try_into().ok()) {
            cookie = cookie.max_age(life);
        }
        cookie.build()
    }

    /// What the browser is known as to those who logged in from it.
    pub(crate) fn known_device(env: &Env, devices: &KnownDevices) -> Cookie<'static> {
        Self::Device.set(&env.issuer, devices.seal(env), Some(env.policy.known_device))
    }

    /// What makes the browser forget it.
    pub(crate) fn clear(self, issuer: &Issuer) -> Cookie<'static> {
        self.set(issuer, String::new(), Some(Duration::ZERO))
    }
}
