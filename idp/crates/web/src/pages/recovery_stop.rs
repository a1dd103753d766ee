//! Where a forgotten password cannot go on (R43, R68, R90; Q8): what happened, and what to do now.
//! A link or a code that is not ours learns nothing: neither that there was an account, nor whose.

use askama::Template;

use super::{Chrome, Form, Way, wait_text};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "recovery_stop.html")]
pub struct RecoveryStop {
    pub chrome: Chrome,
    pub stop: Stop,
    /// How long links and codes work.
    pub minutes: u64,
}

#[derive(Debug, Clone)]
pub enum Stop {
    /// `renew` asks for a new mail to the address on file.
    Expired {
        renew: Form,
    },
    Superseded {
        renew: Form,
    },
    /// Too many wrong tries.
    Burned {
        renew: Form,
    },
    Used {
        log_in_url: String,
    },
    /// Foreign, altered or unknown.
    Invalid {
        ask_url: String,
    },
    /// A typed code that leads nowhere, whether there ever was one or not.
    CodeDead {
        ask_url: String,
    },
    /// Too many wrong answers for this account.
    Paused {
        seconds: u32,
    },
    /// There is nothing to go on with.
    Help,
    /// Sent before the steps that come first.
    StepMissing {
        go_on_url: String,
    },
}

impl Stop {
    fn heading(&self) -> Key {
        match self {
            Self::Expired { .. } => Key("stop-expired"),
            Self::Superseded { .. } => Key("stop-superseded"),
            Self::Burned { .. } => Key("stop-burned"),
            Self::Used { .. } => Key("stop-used"),
            Self::Invalid { .. } => Key("stop-invalid"),
            Self::CodeDead { .. } => Key("stop-code"),
            Self::Paused { .. } => Key("stop-paused"),
            Self::Help => Key("stop-help"),
            Self::StepMissing { .. } => Key("stop-step"),
        }
    }

    fn sentence(&self) -> Key {
        match self {
            Self::Expired { .. } => Key("stop-expired-next"),
            Self::Superseded { .. } => Key("stop-superseded-next"),
            Self::Burned { .. } => Key("stop-burned-next"),
            Self::Used { .. } => Key("stop-used-next"),
            Self::Invalid { .. } => Key("stop-invalid-next"),
            Self::CodeDead { .. } => Key("stop-code-next"),
            Self::Paused { .. } => Key("stop-paused-next"),
            Self::Help => Key("stop-help-next"),
            Self::StepMissing { .. } => Key("stop-step-next"),
        }
    }

    fn renew(&self) -> Option<&Form> {
        match self {
            Self::Expired { renew } | Self::Superseded { renew } | Self::Burned { renew } => Some(renew),
            _ => None,
        }
    }
}

impl RecoveryStop {
    fn sentence(&self) -> String {
        let Key(key) = self.stop.sentence();
        let texts = self.chrome.texts.clone().with("minutes", self.minutes);
        match self.stop {
            Stop::Paused { seconds } => texts.t_with(key, "wait", wait_text(&self.chrome.texts, seconds)),
            _ => texts.t(key),
        }
    }

    /// The id of the link, and where it leads.
    fn way(&self) -> Option<(&'static str, Way)> {
        let (id, url, key) = match &self.stop {
            Stop::Used { log_in_url } => ("log-in", log_in_url, Key("stop-log-in")),
            Stop::Invalid { ask_url } | Stop::CodeDead { ask_url } => {
                ("ask-again", ask_url, Key("stop-ask-again"))
            }
            Stop::StepMissing { go_on_url } => ("go-on", go_on_url, Key("stop-go-on")),
            _ => return None,
        };
        Some((id, Way { url: url.clone(), text: self.chrome.texts.of(key) }))
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for RecoveryStop {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let renew = || form("/reset/resend");
        let ask_url = "/forgot".to_owned();
        let stop = |chrome: &Chrome, stop| Self { chrome: chrome.clone(), stop, minutes: 30 };
        let known = chrome.clone().for_agency(agency());
        vec![
            ("expired", stop(&known, Stop::Expired { renew: renew() })),
            ("superseded", stop(&known, Stop::Superseded { renew: renew() })),
            ("burned", stop(&known, Stop::Burned { renew: renew() })),
            ("used", stop(&known, Stop::Used { log_in_url: "/account".into() })),
            ("invalid", stop(chrome, Stop::Invalid { ask_url: ask_url.clone() })),
            ("code", stop(chrome, Stop::CodeDead { ask_url })),
            ("paused", stop(&known, Stop::Paused { seconds: 86_400 })),
            ("help", stop(&known, Stop::Help)),
            ("step", stop(chrome, Stop::StepMissing { go_on_url: "/reset/questions".into() })),
        ]
    }
}
