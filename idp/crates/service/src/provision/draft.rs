//! From what an office typed to a member we can add; every bad field is reported at once, by name.

use std::borrow::Cow;
use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Digest;
use idp_domain::email::{EmailAddress, EmailError};
use idp_domain::member::{Authority, MemberType, Particulars, PersonEntry, PersonRef, SecurityRole, Status};
use idp_domain::text::TextError;

use crate::field::{FieldCode, FieldProblem, Findings};

/// A member as typed; nothing is checked yet.
#[derive(Debug, Clone, Default)]
pub struct MemberDraft {
    pub user_name: String,
    pub email: String,
    pub given_name: String,
    pub family_name: String,
    pub person_ref: String,
    pub member_type: String,
    /// The person's further hats (R79).
    pub other_persons: Vec<PersonDraft>,
    pub security_role: String,
    pub authority: Option<String>,
    pub status: Option<String>,
    pub cell: Option<String>,
    pub note: Option<String>,
}

/// A further hat as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonDraft {
    pub member_type: String,
    pub person_ref: String,
}

impl From<&PersonEntry> for PersonDraft {
    fn from(entry: &PersonEntry) -> Self {
        Self { member_type: entry.member_type.as_str().to_owned(), person_ref: entry.person_ref.to_string() }
    }
}

/// The path of a further hat's reference.
pub(super) fn hat_field(place: usize) -> String {
    format!("other_persons[{place}].person_ref")
}

/// The reference of somebody for whom the office has no number of its own (R25): the address, which nobody else of the
/// agency has either (R31), in the form in which addresses are compared. Of one that is too long for a reference, the
/// beginning and a digest.
pub fn person_ref_from(email: &str) -> String {
    let email = EmailAddress::parse(email)
        .map_or_else(|_| email.trim().to_owned(), |address| address.canonical().to_owned());
    if PersonRef::parse(&email) != Err(TextError::TooLong) {
        return email;
    }
    let digest = Digest::of(email.as_bytes());
    let digest = URL_SAFE_NO_PAD.encode(digest.bytes().get(..12).unwrap_or_default());
    let beginning: String = email.chars().take(40).collect();
    format!("{beginning}~{digest}")
}

/// A member that may be added.
#[derive(Debug, Clone)]
pub struct NewMember {
    pub user_name: EmailAddress,
    pub particulars: Particulars,
    pub status: Status,
}

impl NewMember {
    /// Whether the office calls the person by anything but the address.
    pub(super) fn has_own_reference(&self) -> bool {
        self.particulars.person_ref.as_str() != person_ref_from(self.user_name.as_str())
    }

    /// What the agency is to call the person, under all their hats.
    pub(super) fn references(&self) -> impl Iterator<Item = &PersonRef> {
        let others = self.particulars.other_persons.iter().map(|it| &it.person_ref);
        [&self.particulars.person_ref].into_iter().chain(others)
    }
}

impl MemberDraft {
    /// # Errors
    /// Every problem found, in the order of the form.
    pub fn check(&self) -> Result<NewMember, Vec<FieldProblem>> {
        let mut findings = Findings::default();
        let user_name = self.user_name(&mut findings);
        let particulars = self.particulars(&mut findings);
        let status = self.status(&mut findings);
        let member = user_name.zip(particulars).zip(status);
        findings.unless_any(member.map(|((user_name, particulars), status)| NewMember {
            user_name,
            particulars,
            status,
        }))
    }

    /// The same for an office without a program that knows the person by a number: a blank reference follows from the
    /// address ([`person_ref_from`]).
    ///
    /// # Errors
    /// As for [`Self::check`]; nothing is said about a reference that nobody typed.
    pub fn check_at_office(&self) -> Result<NewMember, Vec<FieldProblem>> {
        if !self.person_ref.trim().is_empty() {
            return self.check();
        }
        let named = Self { person_ref: person_ref_from(&self.email), ..self.clone() };
        named.check().map_err(|mut found| {
            found.retain(|problem| problem.field != "person_ref");
            found
        })
    }

    /// R17, R18: the user name is the e-mail address, "exactly the same. This is imperative."
    fn user_name(&self, findings: &mut Findings) -> Option<EmailAddress> {
        let user_name = match EmailAddress::parse(&self.user_name) {
            Ok(user_name) => Some(user_name),
            Err(EmailError::Missing) => {
                findings.add("user_name", FieldCode::UsernameMissing, "must be the person's e-mail address");
                None
            }
            Err(EmailError::Invalid | EmailError::TooLong) => {
                findings.add("user_name", FieldCode::UsernameInvalid, "must be a valid e-mail address");
                None
            }
        };
        let email = email(findings, &self.email);
        let (user_name, email) = user_name.zip(email)?;
        if user_name != email {
            findings.add("email", FieldCode::UsernameEmailMismatch, "must be the same as user_name");
            return None;
        }
        Some(user_name)
    }

    fn particulars(&self, findings: &mut Findings) -> Option<Particulars> {
        let given_name = findings.line("given_name", &self.given_name);
        let family_name = findings.line("family_name", &self.family_name);
        let person_ref = findings.line("person_ref", &self.person_ref);
        let member_type = member_type(findings, "member_type", &self.member_type);
        let other_persons = self.other_persons(findings, person_ref.as_ref());
        // Of types that cannot be read nothing is said about the role.
        let may_have_role = member_type.zip(other_persons.as_ref()).is_none_or(|(main, others)| {
            let types = others.iter().map(|entry| entry.member_type);
            types.chain([main]).any(|it| it == MemberType::OfficeStaff)
        });
        let security_role = self.security_role(findings, may_have_role);
        let authority = match self.authority.as_deref().map(str::trim) {
            None | Some("" | "none") => Some(Authority::None),
            Some("administrator") => Some(Authority::Administrator),
            Some(_) => {
                findings.add("authority", FieldCode::ValueInvalid, "must be none or administrator");
                None
            }
        };
        let cell = findings.optional("cell", self.cell.as_deref());
        let note = findings.optional("note", self.note.as_deref());
        Some(Particulars {
            given_name: given_name?,
            family_name: family_name?,
            member_type: member_type?,
            person_ref: person_ref?,
            other_persons: other_persons?,
            security_role: security_role?,
            authority: authority?,
            cell,
            note,
        })
    }

    /// R79: no reference is said twice of one person.
    fn other_persons(&self, findings: &mut Findings, main: Option<&PersonRef>) -> Option<Vec<PersonEntry>> {
        if self.other_persons.len() > PersonEntry::MAX_OTHERS {
            findings.add("other_persons", FieldCode::ValueTooLong, "must be 4 at most");
            return None;
        }
        let mut said: HashSet<PersonRef> = main.cloned().into_iter().collect();
        let mut read = Vec::new();
        for (place, draft) in self.other_persons.iter().enumerate() {
            let field = format!("other_persons[{place}].member_type");
            let member_type = member_type(findings, field, &draft.member_type);
            let person_ref: Option<PersonRef> = findings.line(hat_field(place), &draft.person_ref);
            if person_ref.as_ref().is_some_and(|it| !said.insert(it.clone())) {
                let detail = "must be another than this person's other references";
                findings.add(hat_field(place), FieldCode::ValueInvalid, detail);
            }
            read.push(member_type.zip(person_ref));
        }
        let entries = read
            .into_iter()
            .map(|it| it.map(|(member_type, person_ref)| PersonEntry { member_type, person_ref }));
        entries.collect()
    }

    /// R9, R10: always said, never implied; a caregiver has none, and office staff without a choice are refused.
    fn security_role(&self, findings: &mut Findings, may_have_one: bool) -> Option<SecurityRole> {
        const FIELD: &str = "security_role";
        if self.security_role.trim().is_empty() {
            let detail = "must be said: none, unrestricted, or the name of a role";
            findings.add(FIELD, FieldCode::RoleMissing, detail);
            return None;
        }
        let Ok(role) = SecurityRole::parse(&self.security_role) else {
            findings.add(FIELD, FieldCode::ValueInvalid, "must be a role of at most 64 characters");
            return None;
        };
        if !may_have_one && role != SecurityRole::None {
            findings.add(FIELD, FieldCode::RoleNotAllowed, "must be none for who is not office staff");
            return None;
        }
        Some(role)
    }

    fn status(&self, findings: &mut Findings) -> Option<Status> {
        match self.status.as_deref().map(str::trim) {
            None | Some("" | "active") => Some(Status::Active),
            Some("inactive") => Some(Status::Inactive),
            Some(_) => {
                findings.add("status", FieldCode::ValueInvalid, "must be active or inactive");
                None
            }
        }
    }
}

fn member_type(
    findings: &mut Findings,
    field: impl Into<Cow<'static, str>>,
    text: &str,
) -> Option<MemberType> {
    let known = MemberType::VARIANTS.into_iter().find(|kind| kind.as_str() == text.trim());
    if known.is_none() {
        findings.add(field, FieldCode::PersonTypeInvalid, "must be office_staff, caregiver or client");
    }
    known
}

/// The address of the field `email`.
pub(super) fn email(findings: &mut Findings, text: &str) -> Option<EmailAddress> {
    let (code, detail) = match EmailAddress::parse(text) {
        Ok(email) => return Some(email),
        Err(EmailError::Missing) => (FieldCode::EmailMissing, "is missing"),
        Err(EmailError::Invalid | EmailError::TooLong) => {
            (FieldCode::EmailInvalid, "must be a valid e-mail address")
        }
    };
    findings.add("email", code, detail);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> MemberDraft {
        MemberDraft {
            user_name: "frank.jones@example.com".to_owned(),
            email: "Frank.Jones@example.com".to_owned(),
            given_name: "Frank".to_owned(),
            family_name: "Jones".to_owned(),
            person_ref: "4711".to_owned(),
            member_type: "caregiver".to_owned(),
            security_role: "none".to_owned(),
            ..MemberDraft::default()
        }
    }

    fn named(problem: FieldProblem) -> (&'static str, FieldCode) {
        match problem.field {
            std::borrow::Cow::Borrowed(name) => (name, problem.code),
            std::borrow::Cow::Owned(name) => panic!("{name} is no field of a form"),
        }
    }

    fn codes(draft: &MemberDraft) -> Vec<(&'static str, FieldCode)> {
        draft.check().err().unwrap_or_default().into_iter().map(named).collect()
    }

    /// R18, R20.
    #[test]
    fn a_good_draft_becomes_an_active_member() {
        let member = draft().check().expect("a member");
        assert_eq!(member.user_name.canonical(), "frank.jones@example.com");
        assert_eq!(member.status, Status::Active);
    }

    /// R25, R31: the same person is the same however the address is spelled, and nobody else is; a typed reference stays.
    #[test]
    fn at_the_office_a_blank_reference_follows_from_the_address() {
        let reference =
            |draft: &MemberDraft| draft.check_at_office().map(|it| it.particulars.person_ref.to_string());
        let blank = MemberDraft { person_ref: " ".into(), ..draft() };
        assert_eq!(reference(&blank).as_deref(), Ok("frank.jones@example.com"));
        assert_eq!(reference(&draft()).as_deref(), Ok("4711"));
        assert_eq!(codes(&blank), [("person_ref", FieldCode::ValueMissing)], "the API says who it is");
        let long = |end: &str| {
            let address = format!("{}@{}.example.com", "a".repeat(60), end);
            let draft = MemberDraft { user_name: address.clone(), email: address, ..blank.clone() };
            reference(&draft).expect("a reference")
        };
        assert!(long("one") == long("ONE") && long("one") != long("two"));
        let wrong = MemberDraft { email: String::new(), ..blank }.check_at_office().err().unwrap_or_default();
        assert_eq!(wrong.into_iter().map(named).collect::<Vec<_>>(), [("email", FieldCode::EmailMissing)]);
    }

    /// R9, R10, R11, R17, R18.
    #[test]
    fn every_bad_field_is_named_at_once() {
        use FieldCode as C;
        let bad = MemberDraft {
            member_type: "nurse".into(),
            note: Some("a\u{0}b".into()),
            ..MemberDraft::default()
        };
        assert_eq!(
            codes(&bad),
            [
                ("user_name", C::UsernameMissing),
                ("email", C::EmailMissing),
                ("given_name", C::ValueMissing),
                ("family_name", C::ValueMissing),
                ("person_ref", C::ValueMissing),
                ("member_type", C::PersonTypeInvalid),
                ("security_role", C::RoleMissing),
                ("note", C::ValueInvalid),
            ]
        );
        let mismatch = MemberDraft { email: "other@example.com".into(), ..draft() };
        assert_eq!(codes(&mismatch), [("email", C::UsernameEmailMismatch)]);
        let role = MemberDraft { security_role: "unrestricted".into(), ..draft() };
        assert_eq!(codes(&role), [("security_role", C::RoleNotAllowed)]);
        let silent = MemberDraft { member_type: "office_staff".into(), security_role: " ".into(), ..draft() };
        assert_eq!(codes(&silent), [("security_role", C::RoleMissing)]);
    }
}
