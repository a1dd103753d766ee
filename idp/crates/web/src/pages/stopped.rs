//! The way back to a client that registered itself and made a mistake before anybody logged in: what happened, and where the
//! button leads. Nobody is sent to a stranger's address by a link that seems to be ours (RFC 9700 section 4.11.2).

use askama::Template;
use idp_domain::Secret;
use idp_domain::client::Place;

use super::Chrome;
use crate::locale::Texts;

#[derive(Debug, Clone, Template)]
#[template(path = "stopped.html")]
pub struct Stopped {
    pub chrome: Chrome,
    /// What the client calls itself.
    pub client: String,
    pub place: Place,
    /// One of our own sentences, for whoever builds the client.
    pub detail: Option<String>,
    pub back: Back,
}

/// How the answer gets to the client.
#[derive(Debug, Clone)]
pub enum Back {
    Link(String),
    /// `response_mode=form_post`.
    Form {
        action: String,
        fields: Vec<(&'static str, Secret<String>)>,
    },
}

impl Stopped {
    fn texts(&self) -> Texts {
        self.chrome.texts.clone().with("place", self.chrome.place(&self.place))
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for Stopped {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let hostile = "\"><script>alert(1)</script>";
        let detail = "scope must contain openid, for which the client must be registered";
        let linked = Self {
            chrome: chrome.clone(),
            client: "Shift Swap".into(),
            place: Place::Host("shifts.example".into()),
            detail: Some(detail.into()),
            back: Back::Link("https://shifts.example/callback?error=invalid_scope".into()),
        };
        let field = |name, value: &str| (name, Secret::new(value.to_owned()));
        let fields = vec![field("error", "invalid_scope"), field("state", hostile)];
        let action = "https://shifts.example/callback".to_owned();
        vec![
            ("posted", Self { back: Back::Form { action, fields }, ..linked.clone() }),
            ("hostile", Self { client: hostile.into(), ..linked.clone() }),
            ("app", Self { place: Place::Device, detail: None, ..linked.clone() }),
            ("linked", linked),
        ]
    }
}
