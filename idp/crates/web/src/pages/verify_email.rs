//! Proving the address of an account by the code that was mailed to it (R48); Cancel is no access (R51).
//! Never shows the code, nor says whether one was right for anybody else.

use askama::Template;

use super::{Chrome, Form, Problem, Problems, security};
use crate::locale::Key;

#[derive(Debug, Clone, Template)]
#[template(path = "verify_email.html")]
pub struct VerifyEmail {
    pub chrome: Chrome,
    /// Field `code`.
    pub form: Form,
    pub resend: Form,
    pub cancel: Form,
    pub address: String,
    pub news: CodeMail,
}

/// What became of the mail, or of the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeMail {
    /// A code is on its way.
    Fresh,
    /// Another one, as the person asked.
    SentAgain,
    TooMany,
    CodeMissing,
    CodeWrong {
        left: u32,
    },
    /// It was too old, or typed wrong too often; `renewed` when another one is on its way.
    NoMore {
        renewed: bool,
    },
    TooOld,
}

impl VerifyEmail {
    fn lead(&self) -> String {
        self.chrome.texts.t_with("verify-email-lead", "address", self.address.clone())
    }

    fn note(&self) -> Option<String> {
        (self.news == CodeMail::SentAgain).then(|| self.chrome.t("verify-email-sent"))
    }

    fn problems(&self) -> Problems {
        let texts = &self.chrome.texts;
        let code = |text| Some(Problem { field: Some("code"), text });
        let page = |Key(key): Key| Some(Problem { field: None, text: texts.t(key) });
        let problem = match self.news {
            CodeMail::Fresh | CodeMail::SentAgain => None,
            CodeMail::TooMany => page(Key("verify-email-too-many")),
            CodeMail::CodeMissing => code(texts.t("verify-email-missing")),
            CodeMail::CodeWrong { left } => code(texts.t_with("verify-email-wrong", "left", left)),
            CodeMail::NoMore { renewed: true } => page(Key("verify-email-renewed")),
            CodeMail::NoMore { renewed: false } => page(Key("verify-email-no-more")),
            CodeMail::TooOld => security::too_old(&self.chrome, true),
        };
        problem.into_iter().collect()
    }
}

#[cfg(any(test, feature = "samples"))]
impl super::samples::Samples for VerifyEmail {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::samples::{agency, form};
        let fresh = Self {
            chrome: chrome.clone().for_agency(agency()),
            form: form("/verify-email"),
            resend: form("/verify-email/resend"),
            cancel: form("/no-access"),
            address: "frank.jones@example.com".into(),
            news: CodeMail::Fresh,
        };
        let told = |news| Self { news, ..fresh.clone() };
        vec![
            ("sent-again", told(CodeMail::SentAgain)),
            ("too-many", told(CodeMail::TooMany)),
            ("missing", told(CodeMail::CodeMissing)),
            ("wrong", told(CodeMail::CodeWrong { left: 4 })),
            ("wrong-once-more", told(CodeMail::CodeWrong { left: 1 })),
            ("renewed", told(CodeMail::NoMore { renewed: true })),
            ("no-more", told(CodeMail::NoMore { renewed: false })),
            ("too-old", told(CodeMail::TooOld)),
            ("fresh", fresh),
        ]
    }
}
