//! The standard claims a person owns (R3; OpenID Connect Core section 5.1).

use idp_domain::account::Account;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::claims::{Address, Profile};
use idp_domain::ports::StoreError;
use idp_domain::text::{Line, TextError};
use url::Url;

use crate::env::Env;
use crate::fault::Fault;
use crate::session::SignedIn;

/// The facts a person owns, as typed. A blank field takes the claim away. The user name, what an office verified and the
/// names an agency has for somebody are not among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileForm {
    pub given_name: String,
    pub family_name: String,
    pub middle_name: String,
    pub nickname: String,
    pub preferred_username: String,
    pub profile: String,
    pub picture: String,
    pub website: String,
    pub gender: String,
    pub birthdate: String,
    pub zoneinfo: String,
    pub locale: String,
    pub phone_number: String,
    pub street_address: String,
    pub locality: String,
    pub region: String,
    pub postal_code: String,
    pub country: String,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileProblem {
    TooLong,
    /// A control or invisible character.
    Control,
    NotAWebAddress,
    NotADate,
    NotATimeZone,
    NotALanguage,
    NotAPhoneNumber,
}

/// A problem with the name of its field.
pub type FieldProblem = (&'static str, ProfileProblem);

/// How an attempt to save ended.
#[derive(Debug)]
pub enum Saved {
    Done,
    Refused(Vec<FieldProblem>),
    /// Changed in another tab meanwhile: nothing was stored.
    Stale,
}

impl ProfileForm {
    /// What is stored, as the person would have typed it.
    pub fn of(account: &Account) -> Self {
        let profile = account.profile.clone();
        let address = profile.address.unwrap_or_default();
        Self {
            given_name: text(profile.given_name),
            family_name: text(profile.family_name),
            middle_name: text(profile.middle_name),
            nickname: text(profile.nickname),
            preferred_username: text(profile.preferred_username),
            profile: text(profile.profile),
            picture: text(profile.picture),
            website: text(profile.website),
            gender: text(profile.gender),
            birthdate: text(profile.birthdate),
            zoneinfo: text(profile.zoneinfo),
            locale: text(profile.locale),
            phone_number: text(profile.phone_number),
            street_address: text(address.street_address),
            locality: text(address.locality),
            region: text(address.region),
            postal_code: text(address.postal_code),
            country: text(address.country),
        }
    }

    /// The profile that is meant.
    ///
    /// # Errors
    /// Every problem, in the order of the form.
    pub fn check(&self) -> Result<Profile, Vec<FieldProblem>> {
        let mut found = Findings::default();
        let profile = Profile {
            given_name: found.line("given_name", &self.given_name),
            family_name: found.line("family_name", &self.family_name),
            middle_name: found.line("middle_name", &self.middle_name),
            nickname: found.line("nickname", &self.nickname),
            preferred_username: found.line("preferred_username", &self.preferred_username),
            profile: found.web_address("profile", &self.profile),
            picture: found.web_address("picture", &self.picture),
            website: found.web_address("website", &self.website),
            gender: found.line("gender", &self.gender),
            birthdate: found.line_like("birthdate", &self.birthdate, is_date, ProfileProblem::NotADate),
            zoneinfo: found.line_like("zoneinfo", &self.zoneinfo, is_zone, ProfileProblem::NotATimeZone),
            locale: found.line_like("locale", &self.locale, is_language, ProfileProblem::NotALanguage),
            phone_number: found.line_like(
                "phone_number",
                &self.phone_number,
                is_phone_number,
                ProfileProblem::NotAPhoneNumber,
            ),
            phone_number_verified: None,
            address: Some(Address {
                street_address: found.line("street_address", &self.street_address),
                locality: found.line("locality", &self.locality),
                region: found.line("region", &self.region),
                postal_code: found.line("postal_code", &self.postal_code),
                country: found.line("country", &self.country),
            })
            .filter(|address| *address != Address::default()),
            updated_at: None,
        };
        if found.0.is_empty() { Ok(profile) } else { Err(found.0) }
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[derive(Default)]
struct Findings(Vec<FieldProblem>);

impl Findings {
    /// A blank field is an absent claim.
    fn line<const MAX: usize>(&mut self, field: &'static str, typed: &str) -> Option<Line<MAX>> {
        self.line_like(field, typed, |_| true, ProfileProblem::Control)
    }

    fn line_like<const MAX: usize>(
        &mut self,
        field: &'static str,
        typed: &str,
        fits: impl Fn(&str) -> bool,
        otherwise: ProfileProblem,
    ) -> Option<Line<MAX>> {
        let problem = match Line::parse(typed) {
            Ok(line) if fits(line.as_str()) => return Some(line),
            Ok(_) => otherwise,
            Err(TextError::Empty) => return None,
            Err(TextError::TooLong) => ProfileProblem::TooLong,
            Err(TextError::Control | TextError::Marks) => ProfileProblem::Control,
        };
        self.0.push((field, problem));
        None
    }

    /// `http` and `https` only: clients show these as links (CWE-79).
    fn web_address(&mut self, field: &'static str, typed: &str) -> Option<Url> {
        let is_web = |text: &str| {
            Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        };
        let line: Line<500> = self.line_like(field, typed, is_web, ProfileProblem::NotAWebAddress)?;
        Url::parse(line.as_str()).ok()
    }
}

/// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY` (OpenID Connect Core section 5.1).
fn is_date(text: &str) -> bool {
    let year = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    // A leap year stands in for the unknown one.
    let known = text.strip_prefix("0000-").map_or_else(|| text.to_owned(), |day| format!("2000-{day}"));
    year(text) || (text.len() == 10 && chrono::NaiveDate::parse_from_str(&known, "%Y-%m-%d").is_ok())
}

/// The form of an IANA time zone name, such as `America/Los_Angeles`.
fn is_zone(text: &str) -> bool {
    text.contains('/') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte))
}

/// The form of a BCP 47 language tag, such as `es-US`.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let short =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    parts.next().is_some_and(|language| (2..=3).contains(&language.len()) && short(language))
        && parts.all(short)
}

fn is_phone_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (3..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || "+-. ()/x".contains(c))
}

/// Stores what the person typed. From then on every client sees these names (R33).
///
/// # Errors
/// [`Fault`].
pub async fn save_profile(
    env: &Env,
    signed_in: &SignedIn,
    form: &ProfileForm,
    origin: &Origin,
) -> Result<Saved, Fault> {
    let mut profile = match form.check() {
        Ok(profile) => profile,
        Err(problems) => return Ok(Saved::Refused(problems)),
    };
    let now = env.now();
    let mut account = signed_in.account.clone();
    // A number that was verified stays so until it is another one.
    if profile.phone_number == account.profile.phone_number {
        profile.phone_number_verified = account.profile.phone_number_verified;
    } else if profile.phone_number.is_some() {
        profile.phone_number_verified = Some(false);
    }
    profile.updated_at = account.profile.updated_at;
    if profile == account.profile {
        return Ok(Saved::Done);
    }
    profile.updated_at = Some(now.seconds());
    account.profile = profile;
    let mut tx = env.store.write().await?;
    match tx.accounts().update(&account).await {
        Err(StoreError::Stale) => return Ok(Saved::Stale),
        updated => updated?,
    }
    let actor = Actor::Person { account: account.id };
    let event = AuditEvent::new(AuditAction::ProfileChanged, actor, now, env.entropy())
        .from(origin)
        .account(account.id);
    tx.audit().record(&event).await?;
    tx.commit().await?;
    Ok(Saved::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(fill: impl Fn(&mut ProfileForm)) -> Option<FieldProblem> {
        let mut form = ProfileForm::default();
        fill(&mut form);
        form.check().err().map(|problems| problems[0])
    }

    /// OpenID Connect Core section 5.1.
    #[test]
    fn dates_zones_languages_and_addresses_have_the_forms_of_the_specification() {
        for date in ["1980-02-29", "0000-02-29", "1980", ""] {
            assert_eq!(problem(|form| form.birthdate = date.to_owned()), None, "{date}");
        }
        for date in ["1981-02-29", "29.2.1980", "80", "1980-2-9", "1980-13-01"] {
            let refused = Some(("birthdate", ProfileProblem::NotADate));
            assert_eq!(problem(|form| form.birthdate = date.to_owned()), refused, "{date}");
        }
        for (zone, fits) in [("America/Los_Angeles", true), ("Pacific time", false), ("UTC+8", false)] {
            assert_eq!(problem(|form| form.zoneinfo = zone.to_owned()).is_none(), fits, "{zone}");
        }
        for (tag, fits) in [("en", true), ("es-US", true), ("English", false), ("en_US", false)] {
            assert_eq!(problem(|form| form.locale = tag.to_owned()).is_none(), fits, "{tag}");
        }
        for (number, fits) in [("+1 (604) 555-1234", true), ("call me", false), ("12", false)] {
            assert_eq!(problem(|form| form.phone_number = number.to_owned()).is_none(), fits, "{number}");
        }
    }

    /// Attack 70: what a person types is shown by clients as a link.
    #[test]
    fn a_web_address_is_http_or_https() {
        for (address, fits) in [
            ("https://frank.example/", true),
            ("http://frank.example", true),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("frank.example", false),
        ] {
            assert_eq!(problem(|form| form.website = address.to_owned()).is_none(), fits, "{address}");
        }
    }

    #[test]
    fn what_was_stored_comes_back_as_it_was_typed() {
        let form = ProfileForm {
            given_name: "Frank".to_owned(),
            locality: "San Diego".to_owned(),
            ..ProfileForm::default()
        };
        let profile = form.check().expect("fits");
        assert_eq!(profile.address.as_ref().map(Address::lines), Some(vec!["San Diego".to_owned()]));
        assert_eq!(ProfileForm::default().check(), Ok(Profile::default()), "blank fields are absent claims");
    }
}
