//! The pages people see, one typed struct each; the templates are checked when the crate is compiled.
//!
//! A page is filled with finished values and decides nothing. It holds no inline script or style, links to nothing
//! outside, works without JavaScript, and never shows an internal error, a token or somebody else's name.

mod account;
mod agency_list;
mod api;
mod apps;
mod bootstrap;
mod change_password;
mod choose;
mod consent;
mod create_password;
mod device;
mod email_link;
mod error;
mod forgot;
mod form_post;
mod leave;
mod link;
mod log_in;
pub mod office;
mod own;
mod own_email;
mod permission;
mod recovery_code;
mod recovery_stop;
mod reset;
mod security;
mod security_questions;
mod stopped;
mod verify_email;
mod welcome;

#[cfg(any(test, feature = "samples"))]
pub mod samples;
#[cfg(test)]
mod tests;

pub use account::{AccountNews, AccountPage};
pub use agency_list::{AgencyList, AgencySearch, OfferedAgency};
pub use api::ApiPage;
pub use apps::{AppCard, AppsNews, AppsPage};
pub use askama::Template;
pub use bootstrap::{BootstrapLink, BootstrapLinkState, BootstrapPage, OperatorTyped};
pub use change_password::{ChangePassword, PasswordNews, PasswordPlace};
pub use choose::{ChoosePage, ChooseProblem};
pub use consent::{ClientCard, ConsentPage};
pub use create_password::{CreatePassword, PasswordCreated};
pub use device::{
    AskedAgain, ComputerCard, DeviceAbroad, DeviceApproval, DeviceCode, DeviceCodeProblem, DeviceDone,
    DeviceElsewhere, DeviceNoAccess, DeviceOver, DeviceWrongPerson,
};
pub use email_link::{EmailLink, EmailLinkState, PasswordProblem};
pub use error::{ErrorKind, ErrorPage};
pub use forgot::{CheckMail, CodeForm, CodeProblem, Forgot, ForgotProblem, Wanted};
pub use form_post::FormPost;
pub use leave::{ConfirmLogout, NoAccess, SignedOut};
pub use link::{LinkProblem, LinkSent, LinkState};
pub use log_in::{Again, LogIn, LogInProblem, News, Notice, Sender};
pub use own::{
    AccountClosed, ActivityPage, CloseAccount, CloseProblem, CompaniesNews, CompaniesPage, CompanyCard,
    DeviceCard, ExportPage, Happened, SessionsNews, SessionsPage, StayingCard,
};
pub use own_email::{OwnEmailNews, OwnEmailPage, OwnEmailProblem, WaitingAddress};
pub use permission::Permission;
pub use recovery_code::{CodeNews, RecoveryCodePage, RecoveryCodeShown};
pub use recovery_stop::{RecoveryStop, Stop};
pub use reset::{QuestionSet, ResetQuestions, ResetRecoveryCode};
pub use security::{RecoveryWays, SecurityNews, SecurityPage};
pub use security_questions::{QuestionRow, QuestionsNews, QuestionsPlace, SecurityQuestions};
pub use stopped::{Back, Stopped};
pub use verify_email::{CodeMail, VerifyEmail};
pub use welcome::{Visitor, Welcome};

use idp_domain::branding::Accent;
use idp_domain::client::Place;
use idp_domain::question::QuestionId;
use idp_domain::{Secret, Timestamp};
use idp_service::authorize::OwnPage;
use idp_service::endpoint::Endpoint;

use crate::assets::Asset;
use crate::locale::{Key, Locale, Texts};
use crate::moment;

/// Who offers the service; the same for every page (R39). `base` is the path of the issuer, `""` or `"/auth"`.
#[derive(Debug, Clone)]
pub struct Brand {
    pub base: String,
    pub product: String,
    pub operator: String,
}

/// The agency a page speaks for, and how to reach it.
#[derive(Debug, Clone)]
pub struct Agency {
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub accent: Accent,
    pub logo: Option<LogoImage>,
}

/// A picture of ours, and how many pixels it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoImage {
    pub url: String,
    pub width: u32,
    pub height: u32,
}

impl Agency {
    /// For the round mark beside the name.
    pub fn mark(&self) -> String {
        initials(&self.name)
    }

    /// The phone number as a `tel:` address: digits and a leading plus only.
    pub fn dial(&self) -> Option<String> {
        let phone = self.phone.as_deref()?;
        let plus = if phone.trim_start().starts_with('+') { "+" } else { "" };
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        (!digits.is_empty()).then(|| format!("tel:{plus}{digits}"))
    }
}

/// At most two initials of a name.
fn initials(name: &str) -> String {
    let firsts = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    firsts.take(2).flat_map(char::to_uppercase).collect()
}

/// What surrounds every page: language, names, the agency's block, and where the assets are.
#[derive(Debug, Clone)]
pub struct Chrome {
    base: String,
    agency: Option<Agency>,
    texts: Texts,
}

impl Chrome {
    /// `year` is the current one, for the footer (R44).
    pub fn new(brand: &Brand, locale: Locale, year: i32) -> Self {
        let texts = Texts::new(locale)
            .with("product", brand.product.clone())
            .with("operator", brand.operator.clone())
            .with("year", year.to_string());
        Self { base: brand.base.clone(), agency: None, texts }
    }

    /// The same page in an agency's name.
    #[must_use]
    pub fn for_agency(mut self, agency: Agency) -> Self {
        self.texts = self.texts.with("agency", agency.name.clone());
        self.agency = Some(agency);
        self
    }

    /// The colours the page's agency chose; `None` are the product's own.
    pub fn accent(&self) -> Option<&'static str> {
        let accent = self.agency.as_ref()?.accent;
        (accent != Accent::default()).then(|| accent.as_str())
    }

    pub fn lang(&self) -> String {
        self.texts.locale().to_string()
    }

    pub fn dir(&self) -> &'static str {
        self.texts.locale().direction()
    }

    /// Whose page it is, for the title: the agency's if there is one, else the product's.
    pub fn name(&self) -> String {
        self.agency.as_ref().map_or_else(|| self.t("chrome-product"), |agency| agency.name.clone())
    }

    /// The text behind `key`.
    pub fn t(&self, key: &str) -> String {
        self.texts.t(key)
    }

    /// The texts, for sentences that mention more.
    pub(crate) fn texts(&self) -> Texts {
        self.texts.clone()
    }

    /// The words of a security question, also for the check that an answer is not one of them (rules Q5).
    pub fn question(&self, question: QuestionId) -> String {
        self.t(&format!("question-{}", question.as_str()))
    }

    /// The day of an instant.
    fn day(&self, at: Timestamp) -> String {
        moment::day(&self.texts, at)
    }

    /// Where a client leads.
    fn place(&self, place: &Place) -> String {
        match place {
            Place::Host(host) => host.clone(),
            Place::Device => self.t("place-device"),
        }
    }

    /// Where `asset` is fetched from.
    pub fn asset(&self, asset: Asset) -> String {
        format!("{}{}", self.base, asset.path())
    }
}

/// Where a form goes, and what goes with it unseen.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    /// Field `csrf`.
    pub csrf: Secret<String>,
    /// Field `flow`: the sealed authorization request or ticket this page belongs to.
    pub flow: Option<Secret<String>>,
}

/// The way between a person's own pages, and out of them.
#[derive(Debug, Clone)]
pub struct OwnMenu {
    items: Vec<MenuItem>,
    log_out_url: String,
}

#[derive(Debug, Clone)]
struct MenuItem {
    url: String,
    label: Key,
    /// `page` on the page itself, `true` on one that lies below it (ARIA `aria-current`).
    current: Option<&'static str>,
}

impl OwnMenu {
    /// `url` says where an endpoint is.
    pub fn new(here: OwnPage, url: impl Fn(Endpoint) -> String) -> Self {
        let items = [
            (OwnPage::Account, Key("menu-account")),
            (OwnPage::Security, Key("menu-security")),
            (OwnPage::Sessions, Key("menu-sessions")),
            (OwnPage::Companies, Key("menu-companies")),
            (OwnPage::Apps, Key("menu-apps")),
            (OwnPage::Activity, Key("menu-activity")),
            (OwnPage::Data, Key("menu-data")),
        ];
        let item = |(page, label): (OwnPage, Key)| {
            let current = match (page == here, page == section(here)) {
                (true, _) => Some("page"),
                (false, true) => Some("true"),
                (false, false) => None,
            };
            MenuItem { url: url(page.endpoint()), label, current }
        };
        Self { items: items.into_iter().map(item).collect(), log_out_url: url(Endpoint::EndSession) }
    }

    /// With the way to the office pages.
    #[must_use]
    pub fn with_office(mut self, url: String) -> Self {
        self.items.push(MenuItem { url, label: Key("menu-office"), current: None });
        self
    }

    #[cfg(any(test, feature = "samples"))]
    fn sample(here: OwnPage) -> Self {
        Self::new(here, |endpoint| endpoint.path().to_owned())
    }
}

/// The page of the menu below which a page lies.
const fn section(page: OwnPage) -> OwnPage {
    match page {
        OwnPage::Password | OwnPage::Questions | OwnPage::Email | OwnPage::RecoveryCode => OwnPage::Security,
        OwnPage::Close => OwnPage::Data,
        page => page,
    }
}

/// A way on: an address and the words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    pub url: String,
    pub text: String,
}

/// What is wrong: stands beside its field, and in the summary on top that links to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The id of the field, if it is one field's.
    pub field: Option<&'static str>,
    pub text: String,
}

/// Everything wrong with what was sent, in the order of the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The first problem of one field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.field == Some(field)).map(|problem| problem.text.as_str())
    }
}

impl FromIterator<Problem> for Problems {
    fn from_iter<I: IntoIterator<Item = Problem>>(problems: I) -> Self {
        Self(problems.into_iter().collect())
    }
}

/// How long to wait, in the unit people would use: seconds up to 90, then minutes and, above 90 of those, hours, rounded up.
pub(crate) fn wait_text(texts: &Texts, seconds: u32) -> String {
    let (Key(key), count) = match seconds {
        0..=90 => (Key("wait-seconds"), seconds.max(1)),
        91..=5400 => (Key("wait-minutes"), seconds.div_ceil(60)),
        _ => (Key("wait-hours"), seconds.div_ceil(3600)),
    };
    texts.t_with(key, "count", count)
}
