//! Where an activation link leads when it can no longer be used (R43, R67-R69).
//! An unknown or altered link learns nothing: neither that there was an account, nor whose.

use askama::Template;

use super::{Chrome, Form};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "link_problem.html")]
pub struct LinkProblem {
    pub chrome: Chrome,
    pub state: LinkState,
}

/// What has become of a link.
#[derive(Debug, Clone)]
pub enum LinkState {
    /// R68: `renew` asks for a new one; its `flow` is the old ticket.
    Expired { renew: Form },
    /// R69: activated already. `log_in_url` is the agency's portal.
    Used { log_in_url: String },
    /// R67: a newer mail was sent.
    Superseded,
    /// R74: the agency took the invitation back, and sent nothing newer.
    Withdrawn,
    /// Foreign, altered or unknown.
    Invalid,
}

impl LinkState {
    fn heading(&self) -> Key {
        match self {
            Self::Expired { .. } => Key("link-expired"),
            Self::Used { .. } => Key("link-used"),
            Self::Superseded => Key("link-superseded"),
            Self::Withdrawn => Key("link-withdrawn"),
            Self::Invalid => Key("link-invalid"),
        }
    }

    fn sentence(&self) -> Key {
        match self {
            Self::Expired { .. } => Key("link-expired-next"),
            Self::Used { .. } => Key("link-used-next"),
            Self::Superseded => Key("link-superseded-next"),
            Self::Withdrawn => Key("link-withdrawn-next"),
            Self::Invalid => Key("link-invalid-next"),
        }
    }
}

/// After a new link was asked for: the same answer whatever the state of the account (R68).
#[derive(Debug, Clone, Template)]
#[template(path = "link_sent.html")]
pub struct LinkSent {
    pub chrome: Chrome,
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for LinkProblem {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let known = chrome.clone().for_agency(agency());
        let of_agency = |state| Self { chrome: known.clone(), state };
        vec![
            ("expired", of_agency(LinkState::Expired { renew: form("/activate/renew") })),
            ("used", of_agency(LinkState::Used { log_in_url: "/HTPortal/".into() })),
            ("superseded", of_agency(LinkState::Superseded)),
            ("withdrawn", of_agency(LinkState::Withdrawn)),
            ("invalid", Self { chrome: chrome.clone(), state: LinkState::Invalid }),
        ]
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for LinkSent {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        vec![("sent", Self { chrome: chrome.clone().for_agency(super::samples::agency()) })]
    }
}
