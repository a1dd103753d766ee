//! A visit to a page of our own, by somebody who may have to log in first: where it goes on afterwards. Sealed, it is carried
//! from page to page; never does it lead to another site, or anywhere but to the page it is for.

use idp_domain::Timestamp;
use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, Issuer};
use crate::env::Env;
use crate::session::SignedIn;

/// The longest address that is kept, in bytes; a longer one leads to where its pages begin.
const LONGEST: usize = 1024;

/// A page of our own that only its person may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OwnPage {
    Account,
    Security,
    Password,
    Questions,
    Email,
    RecoveryCode,
    Sessions,
    Activity,
    Companies,
    /// The same page, to leave an agency there: only an invitation takes that back.
    LeaveCompany,
    Apps,
    Data,
    Close,
    /// Looking after the people of an agency.
    Office,
}

impl OwnPage {
    pub const fn endpoint(self) -> Endpoint {
        match self {
            Self::Account => Endpoint::Account,
            Self::Security => Endpoint::Security,
            Self::Password => Endpoint::OwnPassword,
            Self::Questions => Endpoint::OwnQuestions,
            Self::Email => Endpoint::OwnEmail,
            Self::RecoveryCode => Endpoint::OwnRecoveryCode,
            Self::Sessions => Endpoint::Sessions,
            Self::Activity => Endpoint::Activity,
            Self::Companies | Self::LeaveCompany => Endpoint::OwnCompanies,
            Self::Apps => Endpoint::Apps,
            Self::Data => Endpoint::OwnData,
            Self::Close => Endpoint::CloseAccount,
            Self::Office => Endpoint::Office,
        }
    }

    /// Whether the page changes how the account is protected, so that the person must have logged in a moment ago (Q9): a
    /// session left open at a shared PC opens none of these.
    pub const fn needs_fresh_log_in(self) -> bool {
        matches!(
            self,
            Self::Questions
                | Self::Email
                | Self::RecoveryCode
                | Self::LeaveCompany
                | Self::Data
                | Self::Close
        )
    }
}

/// Where somebody is going among our own pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    page: OwnPage,
    /// The very page that was asked for, with its query.
    path: Option<String>,
    /// Only a log-in of later than this counts.
    after: Option<Timestamp>,
}

impl Visit {
    pub const fn to(page: OwnPage) -> Self {
        Self { page, path: None, after: None }
    }

    /// To this very page of the office: path and query as the browser asked for them. Anything else is left out.
    #[must_use]
    pub fn at(self, issuer: &Issuer, asked: &str) -> Self {
        let is_there = self.page == OwnPage::Office
            && asked.len() <= LONGEST
            && issuer.is_within(self.page.endpoint(), asked);
        Self { path: is_there.then(|| asked.to_owned()), ..self }
    }

    /// Whoever logged in no later than this must do so again.
    #[must_use]
    pub fn after(self, ended: Timestamp) -> Self {
        Self { after: Some(ended), ..self }
    }

    /// The path it leads to, on our own host.
    pub fn address(&self, issuer: &Issuer) -> String {
        self.path.clone().unwrap_or_else(|| issuer.path(self.page.endpoint()))
    }

    /// Whether nothing stands between this person and the page but a step that is left to take.
    pub(super) fn is_open_to(&self, signed_in: &SignedIn, env: &Env) -> bool {
        let is_late = self.after.is_none_or(|ended| signed_in.session.auth_time > ended);
        is_late && signed_in.may_open(self.page, env)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn leads_to(base: &str, page: OwnPage, asked: &str) -> String {
        let issuer = Issuer::new(format!("https://id.example{base}")).unwrap();
        Visit::to(page).at(&issuer, asked).address(&issuer)
    }

    #[test]
    fn a_page_of_the_office_is_kept_with_its_query() {
        for base in ["", "/auth"] {
            for page in [
                "/office",
                "/office?q=jones",
                "/office/cmp_1/people/mbr_2",
                "/office/cmp_1?q=J%C3%B6&after=x",
            ] {
                let asked = format!("{base}{page}");
                assert_eq!(leads_to(base, OwnPage::Office, &asked), asked);
            }
        }
    }

    /// No open redirect (RFC 9700 section 4.11): nothing that a browser would read as another site, or another page.
    #[test]
    fn nothing_leads_elsewhere() {
        let long = format!("/office/{}", "x".repeat(LONGEST));
        for asked in [
            "",
            "//evil.example",
            "/\\evil.example",
            "///evil.example",
            "https://evil.example/office",
            "javascript:alert(1)",
            "\\\\evil.example/office",
            "/office@evil.example",
            "/officer",
            "/office/../account",
            "/office/%2e%2E/account",
            "/office/..\\account",
            "/account",
            "/logout",
            "office",
            "/office/x#y",
            "/office/\r\nLocation: //evil.example",
            "/office\t",
            " /office",
            "/office/\u{202e}",
            &long,
        ] {
            assert_eq!(leads_to("", OwnPage::Office, asked), "/office", "{asked:?}");
        }
        assert_eq!(leads_to("/auth", OwnPage::Office, "/office/cmp_1"), "/auth/office");
        assert_eq!(leads_to("", OwnPage::Account, "/office/cmp_1"), "/account");
        assert_eq!(leads_to("", OwnPage::Sessions, "/account/sessions?x=y"), "/account/sessions");
    }
}
