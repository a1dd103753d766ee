//! The way back to a client that asked for `response_mode=form_post` (OAuth 2.0 Form Post Response Mode, section 2).
//! Its fields hold an authorization code: never cached, never logged.

use askama::Template;
use idp_domain::Secret;

use super::Chrome;

#[derive(Debug, Clone, Template)]
#[template(path = "form_post.html")]
pub struct FormPost {
    pub chrome: Chrome,
    /// The registered redirect URI.
    pub action: String,
    pub fields: Vec<(&'static str, Secret<String>)>,
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for FormPost {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let field = |name, value: &str| (name, Secret::new(value.to_owned()));
        let fields = vec![field("code", "cod_1.secret"), field("state", "\"><script>alert(1)</script>")];
        vec![(
            "code",
            Self { chrome: chrome.clone(), action: "https://portal.example/callback".into(), fields },
        )]
    }
}
