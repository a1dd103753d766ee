//! What protects an account, at a glance: the password, the questions, the saved code, the address (R3).
//! Shows no answer, no question and no code.

use askama::Template;
use idp_domain::Timestamp;
use idp_service::account::Held;

use super::{Chrome, OwnMenu, Problem, Problems, wait_text};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "security.html")]
pub struct SecurityPage {
    pub chrome: Chrome,
    pub menu: OwnMenu,
    pub username: String,
    pub password_url: String,
    pub email_url: String,
    /// `None` where an installation does without questions (Q10).
    pub recovery: Option<RecoveryWays>,
    pub news: SecurityNews,
}

/// What lets somebody back in who forgot the password.
#[derive(Debug, Clone)]
pub struct RecoveryWays {
    pub questions_url: String,
    pub code_url: String,
    pub code_made_at: Option<Timestamp>,
}

/// What became of the last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityNews {
    Fresh,
    PasswordChanged,
    /// And signed out everywhere else.
    PasswordChangedAlone,
    QuestionsChanged,
    CodeRemoved,
    /// The page was older than the session it belongs to; nothing was changed.
    TooOld,
}

impl SecurityPage {
    fn note(&self) -> Option<String> {
        let key = match self.news {
            SecurityNews::Fresh | SecurityNews::TooOld => return None,
            SecurityNews::PasswordChanged => Key("security-password-changed"),
            SecurityNews::PasswordChangedAlone => Key("security-password-changed-alone"),
            SecurityNews::QuestionsChanged => Key("security-questions-changed"),
            SecurityNews::CodeRemoved => Key("security-code-removed"),
        };
        Some(self.chrome.texts.of(key))
    }

    fn problems(&self) -> Problems {
        too_old(&self.chrome, self.news == SecurityNews::TooOld).into_iter().collect()
    }

    fn code_state(&self, ways: &RecoveryWays) -> String {
        match ways.code_made_at {
            Some(at) => self.chrome.texts.t_with("security-code-made", "date", self.chrome.day(at)),
            None => self.chrome.t("security-code-none"),
        }
    }
}

/// Said on every page of this kind when its form was too old or came from elsewhere.
pub(super) fn too_old(chrome: &Chrome, is_too_old: bool) -> Option<Problem> {
    is_too_old.then(|| Problem { field: None, text: chrome.t("security-too-old") })
}

/// Said when a password could not be looked at (rules section 4).
pub(super) fn held(chrome: &Chrome, held: Held) -> Problem {
    let text = match held {
        Held::Wait(wait) => {
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
            chrome.texts.t_with("log-in-too-many-tries", "wait", wait_text(&chrome.texts, seconds))
        }
        Held::RecoverFirst => chrome.t("security-recover-first"),
    };
    Problem { field: None, text }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for SecurityPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let ways = |code_made_at| RecoveryWays {
            questions_url: "/account/questions".into(),
            code_url: "/account/recovery-code".into(),
            code_made_at,
        };
        let plain = Self {
            chrome: chrome.clone(),
            menu: OwnMenu::sample(idp_service::authorize::OwnPage::Security),
            username: "frank.jones@example.com".into(),
            password_url: "/account/password".into(),
            email_url: "/account/email".into(),
            recovery: Some(ways(None)),
            news: SecurityNews::Fresh,
        };
        let made = Some(ways(Some(Timestamp::from_seconds(1_782_950_400))));
        let told = |news| Self { news, recovery: made.clone(), ..plain.clone() };
        vec![
            ("password-changed", told(SecurityNews::PasswordChanged)),
            ("password-changed-alone", told(SecurityNews::PasswordChangedAlone)),
            ("questions-changed", told(SecurityNews::QuestionsChanged)),
            ("code-removed", Self { news: SecurityNews::CodeRemoved, ..plain.clone() }),
            ("too-old", told(SecurityNews::TooOld)),
            ("no-questions", Self { recovery: None, ..plain.clone() }),
            ("plain", plain),
        ]
    }
}
