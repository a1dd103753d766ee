//! One row of a list of people, as the office reads and corrects it (R27-R30).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::Digest;
use idp_domain::bulk::{RowCode, RowOutcome, RowText};

use super::InvitationWords;
use crate::locale::Key;
use crate::pages::Chrome;

/// A row, and what becomes of it.
#[derive(Debug, Clone)]
pub struct RowLine {
    /// As the list counts.
    pub number: u32,
    pub text: RowText,
    pub is_selected: bool,
    /// Whether it makes the person an administrator.
    pub makes_administrator: bool,
    /// Its turn in the job has not come.
    pub waits: bool,
    pub outcome: RowOutcome,
    /// Why, and the cell it is about; empty for the row as a whole.
    pub findings: Vec<(RowCode, String)>,
    /// The person's own page, once there is one.
    pub person_url: Option<String>,
    pub mail: Option<InvitationWords>,
}

/// When a page of rows is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Before the yes: what would become of each.
    Proposed,
    UnderWay,
    /// Nothing more becomes of any.
    Over,
}

/// The cells that can always be corrected.
const ALWAYS: [&str; 2] = ["user_name", "email"];

/// Those that are corrected on the page only where something is wrong with them.
const CELLS: [RowCell; 9] = [
    RowCell::typed("given_name", Key("office-given-name")),
    RowCell::typed("family_name", Key("office-family-name")),
    RowCell::typed("person_ref", Key("office-person-ref")),
    RowCell::chosen("member_type", Key("office-member-type"), &TYPES),
    RowCell::typed("security_role", Key("office-role")),
    RowCell::chosen("authority", Key("office-authority"), &AUTHORITIES),
    RowCell::chosen("status", Key("office-status"), &STATUSES),
    RowCell::typed("cell", Key("office-cell")),
    RowCell::typed("note", Key("office-note")),
];

const TYPES: [(&str, Key); 3] = [
    ("caregiver", Key("office-type-caregiver")),
    ("office_staff", Key("office-type-office-staff")),
    ("client", Key("office-type-client")),
];
const AUTHORITIES: [(&str, Key); 2] =
    [("none", Key("office-authority-none")), ("administrator", Key("office-authority-administrator"))];
const STATUSES: [(&str, Key); 2] =
    [("active", Key("office-status-active")), ("inactive", Key("office-status-inactive"))];

/// A cell with its label.
#[derive(Debug, Clone, Copy)]
pub struct RowCell {
    pub name: &'static str,
    pub label: Key,
    /// What can stand in it; anything where that is empty.
    pub choices: &'static [(&'static str, Key)],
}

impl RowCell {
    const fn typed(name: &'static str, label: Key) -> Self {
        Self { name, label, choices: &[] }
    }

    const fn chosen(name: &'static str, label: Key, choices: &'static [(&'static str, Key)]) -> Self {
        Self { name, label, choices }
    }

    fn is_optional(&self) -> bool {
        matches!(self.name, "authority" | "status" | "cell" | "note")
    }
}

/// Tells whether a row of the form came back as it was shown: who corrects one row leaves the others to whoever corrects
/// those meanwhile. `said` is what stands in a field of the form, if the row has it.
pub(crate) fn fingerprint<'a>(is_selected: bool, said: impl Fn(&str) -> Option<&'a str>) -> String {
    let names = ALWAYS.into_iter().chain(CELLS.iter().map(|cell| cell.name));
    let fields: Vec<_> = names.filter_map(|name| Some((name, said(name)?))).collect();
    let digest = Digest::of(format!("{is_selected} {fields:?}").as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.bytes()[..12])
}

impl RowLine {
    pub(super) fn full_name(&self) -> String {
        let RowText { given_name, family_name, .. } = &self.text;
        match (family_name.trim(), given_name.trim()) {
            ("", "") => String::new(),
            (only, "") | ("", only) => only.to_owned(),
            (family, given) => format!("{family}, {given}"),
        }
    }

    /// The cells to correct beside user name and email. Where nobody can tell which is which: all that hold something, and
    /// those that have to.
    pub(super) fn wrong_cells(&self) -> Vec<RowCell> {
        let may_hold_it = |cell: &RowCell| !cell.is_optional() || !self.cell(cell.name).is_empty();
        let is_asked = |cell: &RowCell| self.is_wrong(cell.name) || self.is_malformed() && may_hold_it(cell);
        CELLS.into_iter().filter(is_asked).collect()
    }

    /// Whether its cells could not be told apart.
    pub(super) fn is_malformed(&self) -> bool {
        self.findings.iter().any(|(code, _)| *code == RowCode::RowMalformed)
    }

    /// The row as its form shows it.
    pub(super) fn fingerprint(&self) -> String {
        let shown: Vec<&str> =
            ALWAYS.into_iter().chain(self.wrong_cells().iter().map(|cell| cell.name)).collect();
        fingerprint(self.is_selected, |name| shown.contains(&name).then(|| self.cell(name)))
    }

    /// Whether the cell holds something that cannot be chosen; it is offered beside what can, so that nothing changes unseen.
    pub(super) fn is_foreign(&self, cell: &RowCell) -> bool {
        cell.choices.iter().all(|(value, _)| *value != self.cell(cell.name))
    }

    pub(super) fn is_wrong(&self, cell: &str) -> bool {
        self.findings.iter().any(|(_, field)| field == cell)
    }

    pub(super) fn cell(&self, name: &str) -> &str {
        cell(&self.text, name)
    }

    pub(super) fn is_trouble(&self) -> bool {
        !self.waits && self.outcome == RowOutcome::Failed
    }

    pub(super) fn is_good(&self) -> bool {
        !self.waits
            && matches!(self.outcome, RowOutcome::Created | RowOutcome::MembershipAdded | RowOutcome::Resent)
    }

    /// What becomes of it, or became.
    pub(super) fn told(&self, chrome: &Chrome, standing: Standing) -> String {
        chrome.texts.of(match (standing, self.waits) {
            (Standing::Proposed, _) => would(self.outcome),
            (Standing::UnderWay, true) => Key("bulk-row-waits"),
            (Standing::Over, true) => Key("bulk-row-left"),
            (_, false) => did(self.outcome),
        })
    }

    /// Why, and what to do: each sentence once.
    pub(super) fn reasons(&self, chrome: &Chrome) -> Vec<String> {
        let told = self.findings.iter().filter(|(code, _)| !self.is_said_of_email(*code));
        let mut told: Vec<String> = told.map(|(code, _)| chrome.texts.of(words(*code))).collect();
        told.dedup();
        told
    }

    /// One mistake in both columns is one mistake: what is said of the email is enough.
    fn is_said_of_email(&self, code: RowCode) -> bool {
        let of_email = match code {
            RowCode::UsernameInvalid => RowCode::EmailInvalid,
            RowCode::UsernameMissing => RowCode::EmailMissing,
            _ => return false,
        };
        let is_same = self.text.user_name.trim() == self.text.email.trim();
        is_same && self.findings.iter().any(|(code, _)| *code == of_email)
    }

    pub(super) fn mail_told(&self, chrome: &Chrome) -> Option<crate::moment::Told> {
        self.mail.map(|mail| mail.told(chrome))
    }
}

/// A cell by its name.
pub(crate) fn cell<'a>(text: &'a RowText, name: &str) -> &'a str {
    match name {
        "user_name" => &text.user_name,
        "email" => &text.email,
        "given_name" => &text.given_name,
        "family_name" => &text.family_name,
        "person_ref" => &text.person_ref,
        "member_type" => &text.member_type,
        "security_role" => &text.security_role,
        "authority" => &text.authority,
        "status" => &text.status,
        "cell" => &text.cell,
        "note" => &text.note,
        _ => "",
    }
}

const fn would(outcome: RowOutcome) -> Key {
    match outcome {
        RowOutcome::Created => Key("bulk-would-create"),
        RowOutcome::MembershipAdded => Key("bulk-would-add"),
        RowOutcome::Resent => Key("bulk-would-resend"),
        RowOutcome::Skipped => Key("bulk-would-skip"),
        RowOutcome::Failed => Key("bulk-would-fail"),
    }
}

const fn did(outcome: RowOutcome) -> Key {
    match outcome {
        RowOutcome::Created => Key("bulk-did-create"),
        RowOutcome::MembershipAdded => Key("bulk-did-add"),
        RowOutcome::Resent => Key("bulk-did-resend"),
        RowOutcome::Skipped => Key("bulk-did-skip"),
        RowOutcome::Failed => Key("bulk-did-fail"),
    }
}

const fn words(code: RowCode) -> Key {
    match code {
        RowCode::EmailMissing => Key("bulk-why-email-missing"),
        RowCode::EmailInvalid => Key("bulk-why-email-invalid"),
        RowCode::UsernameMissing => Key("bulk-why-username-missing"),
        RowCode::UsernameInvalid => Key("bulk-why-username-invalid"),
        RowCode::UsernameEmailMismatch => Key("bulk-why-mismatch"),
        RowCode::PersonTypeInvalid => Key("bulk-why-type"),
        RowCode::RoleMissing => Key("bulk-why-role-missing"),
        RowCode::RoleNotAllowed => Key("bulk-why-role-not-allowed"),
        RowCode::ValueInvalid => Key("bulk-why-value-invalid"),
        RowCode::ValueMissing => Key("bulk-why-value-missing"),
        RowCode::ValueTooLong => Key("bulk-why-value-too-long"),
        RowCode::RowMalformed => Key("bulk-why-malformed"),
        RowCode::DuplicateInBatch => Key("bulk-why-duplicate"),
        RowCode::SharedEmailInBatch => Key("bulk-why-shared-email-in-list"),
        RowCode::SharedEmailInCompany => Key("bulk-why-shared-email"),
        RowCode::PersonHasIdentity => Key("bulk-why-has-identity"),
        RowCode::AlreadyMember => Key("bulk-why-already-member"),
        RowCode::AlreadyMemberInactive => Key("bulk-why-already-inactive"),
        RowCode::InvitationPending => Key("bulk-why-pending"),
        RowCode::UndeliverableAddress => Key("bulk-why-undeliverable"),
        RowCode::RateLimited => Key("bulk-why-rate-limited"),
        RowCode::NotSelected => Key("bulk-why-not-selected"),
        RowCode::NotStored => Key("bulk-why-not-stored"),
    }
}

#[cfg(any(test, feature = "samples"))]
impl RowLine {
    pub(super) fn sample(number: u32, outcome: RowOutcome, codes: &[(RowCode, &str)]) -> Self {
        Self {
            number,
            text: RowText {
                user_name: format!("carla.{number}@example.com"),
                email: format!("carla.{number}@example.com"),
                given_name: "Carla".to_owned(),
                family_name: "\"><script>alert(1)</script>".to_owned(),
                person_ref: format!("C-{number}"),
                member_type: "caregiver".to_owned(),
                ..RowText::default()
            },
            is_selected: number.is_multiple_of(2),
            makes_administrator: false,
            waits: false,
            outcome,
            findings: codes.iter().map(|(code, field)| (*code, (*field).to_owned())).collect(),
            person_url: None,
            mail: None,
        }
    }
}
