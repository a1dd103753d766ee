//! The fields of "Manage Identity Account", with the guides' labels word for word (R14-R21), and what is wrong in them.

use idp_service::field::{FieldCode, FieldProblem};
use idp_service::provision::MemberDraft;

use crate::locale::Key;
use crate::pages::{Chrome, Problem};

macro_rules! fields {
    ($($variant:ident = $name:literal, $label:expr;)+) => {
        /// A field of the form, in the order of the form.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum MemberField { $($variant),+ }
        impl MemberField {
            pub const VARIANTS: [Self; FIELDS] = [$(Self::$variant),+];
            /// Its id, and its name in the form.
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $name),+ } }
            const fn label(self) -> Key { match self { $(Self::$variant => $label),+ } }
        }
    };
}

const FIELDS: usize = 12;

fields! {
    UserName = "user_name", Key("office-user-name");
    Email = "email", Key("office-email");
    Cell = "cell", Key("office-cell");
    Status = "status", Key("office-status");
    Note = "note", Key("office-note");
    GivenName = "given_name", Key("office-given-name");
    FamilyName = "family_name", Key("office-family-name");
    MemberType = "member_type", Key("office-member-type");
    PersonRef = "person_ref", Key("office-person-ref");
    Role = "role", Key("office-role");
    RoleName = "role_name", Key("office-role-name");
    Authority = "authority", Key("office-authority");
}

/// What stands in the fields, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberTyped([String; FIELDS]);

impl MemberTyped {
    /// An empty form: *Status* is Active (R20) and nobody an administrator, unless somebody says otherwise.
    pub fn empty() -> Self {
        Self::of(|field| match field {
            MemberField::Status => "active".to_owned(),
            MemberField::Authority => "none".to_owned(),
            _ => String::new(),
        })
    }

    pub fn of(value: impl FnMut(MemberField) -> String) -> Self {
        Self(MemberField::VARIANTS.map(value))
    }

    pub fn get(&self, field: MemberField) -> &str {
        self.0.get(field as usize).map_or("", String::as_str)
    }

    #[must_use]
    pub fn with(mut self, field: MemberField, value: &str) -> Self {
        if let Some(slot) = self.0.get_mut(field as usize) {
            value.clone_into(slot);
        }
        self
    }

    /// To be carried on unseen.
    pub fn kept(&self) -> Vec<(&'static str, String)> {
        MemberField::VARIANTS.map(|field| (field.name(), self.get(field).to_owned())).to_vec()
    }

    /// The fields in which the two are not the same.
    pub fn differences(&self, other: &Self) -> Vec<MemberField> {
        MemberField::VARIANTS.into_iter().filter(|field| self.get(*field) != other.get(*field)).collect()
    }

    pub fn draft(&self) -> MemberDraft {
        use MemberField as F;
        let said = |field| self.get(field).to_owned();
        MemberDraft {
            user_name: said(F::UserName),
            email: said(F::Email),
            given_name: said(F::GivenName),
            family_name: said(F::FamilyName),
            person_ref: said(F::PersonRef),
            member_type: said(F::MemberType),
            other_persons: Vec::new(),
            security_role: self.security_role().to_owned(),
            authority: Some(said(F::Authority)),
            status: Some(said(F::Status)),
            cell: Some(said(F::Cell)),
            note: Some(said(F::Note)),
        }
    }

    /// As the wire says it; empty when nothing was chosen (R10).
    fn security_role(&self) -> &str {
        match self.get(MemberField::Role) {
            "named" => self.get(MemberField::RoleName),
            role => role,
        }
    }

    /// What is wrong, in the order of the form, each beside its field.
    pub fn problems(&self, found: &[FieldProblem], chrome: &Chrome) -> Vec<Problem> {
        let told = |field: MemberField| {
            let problem = found.iter().find(|problem| self.field_of(&problem.field) == Some(field))?;
            let text = match problem.field.starts_with(HATS) {
                true => chrome.t("office-wrong-hat"),
                false => sentence(field, problem.code, chrome),
            };
            Some(Problem { field: Some(field.name()), text })
        };
        MemberField::VARIANTS.into_iter().filter_map(told).collect()
    }

    fn field_of(&self, name: &str) -> Option<MemberField> {
        if name == "security_role" {
            let is_named = self.get(MemberField::Role) == "named";
            return Some(if is_named { MemberField::RoleName } else { MemberField::Role });
        }
        // Only by the main reference can the page clash with a hat that it merely shows.
        let name = if name.starts_with(HATS) { MemberField::PersonRef.name() } else { name };
        MemberField::VARIANTS.into_iter().find(|field| field.name() == name)
    }
}

const HATS: &str = "other_persons";

fn sentence(field: MemberField, code: FieldCode, chrome: &Chrome) -> String {
    use FieldCode as C;
    let key = match (field, code) {
        (_, C::UsernameMissing) => Key("office-wrong-user-name-missing"),
        (_, C::EmailMissing) => Key("office-wrong-email-missing"),
        (_, C::UsernameInvalid | C::EmailInvalid) => Key("office-wrong-address"),
        // The guides' sentence (R18).
        (_, C::UsernameEmailMismatch) => Key("office-wrong-mismatch"),
        (_, C::PersonTypeInvalid) => Key("office-wrong-member-type"),
        (MemberField::RoleName, C::RoleMissing) => Key("office-wrong-role-name"),
        (_, C::RoleMissing) => Key("office-wrong-role"),
        (_, C::RoleNotAllowed) => Key("office-wrong-role-not-allowed"),
        (_, C::ValueMissing) => Key("office-wrong-missing"),
        (_, C::ValueTooLong) => Key("office-wrong-too-long"),
        (_, C::ValueInvalid) => Key("office-wrong-character"),
    };
    chrome.texts.t_with(key.0, "field", field.plain_label(chrome))
}

/// A choice of a drop-down: what it sends, and its words.
type Choice = (&'static str, Key);

const STATUS: [Choice; 2] =
    [("active", Key("office-status-active")), ("inactive", Key("office-status-inactive"))];
const TYPES: [Choice; 4] = [
    ("", Key("office-choose")),
    ("office_staff", Key("office-type-office-staff")),
    ("caregiver", Key("office-type-caregiver")),
    ("client", Key("office-type-client")),
];
const ROLES: [Choice; 4] = [
    ("", Key("office-choose")),
    ("none", Key("office-role-none")),
    ("named", Key("office-role-named")),
    ("unrestricted", Key("office-role-unrestricted")),
];
const AUTHORITIES: [Choice; 2] =
    [("none", Key("office-authority-none")), ("administrator", Key("office-authority-administrator"))];

impl MemberField {
    fn choices(self) -> &'static [Choice] {
        match self {
            Self::Status => &STATUS,
            Self::MemberType => &TYPES,
            Self::Role => &ROLES,
            Self::Authority => &AUTHORITIES,
            _ => &[],
        }
    }

    fn hint(self) -> Option<Key> {
        match self {
            Self::UserName => Some(Key("office-user-name-hint")),
            Self::Email => Some(Key("office-email-hint")),
            Self::Cell => Some(Key("office-cell-hint")),
            Self::Note => Some(Key("office-note-hint")),
            Self::PersonRef => Some(Key("office-person-ref-hint")),
            Self::Role => Some(Key("office-role-hint")),
            Self::RoleName => Some(Key("office-role-name-hint")),
            Self::Authority => Some(Key("office-authority-hint")),
            Self::Status | Self::GivenName | Self::FamilyName | Self::MemberType => None,
        }
    }

    /// The keyboard a phone shows.
    const fn inputmode(self) -> &'static str {
        match self {
            Self::UserName | Self::Email => "email",
            Self::Cell => "tel",
            _ => "text",
        }
    }

    /// For sentences: without the colon that the guides' labels end with.
    pub fn plain_label(self, chrome: &Chrome) -> String {
        chrome.texts.of(self.label()).trim_end_matches(':').to_owned()
    }

    /// What is said of a value.
    pub fn words(self, chrome: &Chrome, value: &str) -> String {
        match self.choices().iter().find(|(sent, _)| *sent == value) {
            Some((_, words)) => chrome.texts.of(*words),
            None if value.is_empty() => chrome.t("office-empty"),
            None => value.to_owned(),
        }
    }
}

/// The block of the guides' form, in their order.
pub(super) const IDENTITY: [MemberField; 5] =
    [MemberField::UserName, MemberField::Email, MemberField::Cell, MemberField::Status, MemberField::Note];

/// A field as it is drawn.
#[derive(Debug)]
pub(super) struct FieldView<'a> {
    pub(super) name: &'static str,
    pub(super) label: Key,
    pub(super) value: &'a str,
    pub(super) inputmode: &'static str,
    pub(super) choices: &'static [Choice],
    pub(super) readonly: bool,
    pub(super) hint: Option<Key>,
    /// What somebody else wrote there meanwhile.
    pub(super) now: Option<String>,
}

impl<'a> FieldView<'a> {
    pub(super) fn new(field: MemberField, typed: &'a MemberTyped) -> Self {
        Self {
            name: field.name(),
            label: field.label(),
            value: typed.get(field),
            inputmode: field.inputmode(),
            choices: field.choices(),
            readonly: false,
            hint: field.hint(),
            now: None,
        }
    }

    pub(super) fn is_chosen(&self, value: &str) -> bool {
        self.value == value
    }

    /// The ids of what describes the field.
    pub(super) fn described_by(&self, is_wrong: bool) -> Option<String> {
        let parts = [("wrong", is_wrong), ("now", self.now.is_some()), ("hint", self.hint.is_some())];
        let ids =
            parts.iter().filter(|(_, is_there)| *is_there).map(|(part, _)| format!("{}-{part}", self.name));
        let ids: Vec<String> = ids.collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "tests")]
    use super::*;
    use MemberField as F;

    fn frank() -> MemberTyped {
        MemberTyped::empty()
            .with(F::UserName, "frank@example.com")
            .with(F::Email, "frank@example.com")
            .with(F::GivenName, "Frank")
            .with(F::FamilyName, "Jones")
            .with(F::MemberType, "office_staff")
            .with(F::PersonRef, "4711")
            .with(F::Role, "named")
            .with(F::RoleName, "Scheduler")
    }

    /// R10: a role is chosen, or the field says so; R20: Active unless said otherwise.
    #[test]
    fn what_is_typed_becomes_a_draft_or_a_problem_beside_its_field() {
        let member = frank().draft().check().expect("a member");
        assert_eq!(member.particulars.security_role.as_str(), "Scheduler");
        assert_eq!(frank().with(F::Role, "none").draft().security_role, "none");
        let chrome = crate::pages::tests::chrome();
        let nothing = MemberTyped::empty();
        let found = nothing.draft().check().expect_err("nothing was typed");
        let fields: Vec<_> = nothing.problems(&found, &chrome).iter().filter_map(|it| it.field).collect();
        let expected =
            ["user_name", "email", "given_name", "family_name", "member_type", "person_ref", "role"];
        assert_eq!(fields, expected);
        let nameless = frank().with(F::RoleName, "");
        let found = nameless.draft().check().expect_err("no name");
        assert_eq!(nameless.problems(&found, &chrome)[0].field, Some("role_name"));
    }

    #[test]
    fn differences_are_found_field_by_field() {
        assert_eq!(frank().differences(&frank()), []);
        assert_eq!(frank().with(F::Cell, "555").with(F::Note, "x").differences(&frank()), [F::Cell, F::Note]);
    }
}
