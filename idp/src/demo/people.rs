//! The people in the office's own program. The provider knows nothing of them until the form is used.

/// Somebody the agency knows.
#[derive(Debug)]
pub(super) struct Person {
    /// The agency's own number for this person.
    pub(super) person_ref: &'static str,
    pub(super) given_name: &'static str,
    pub(super) family_name: &'static str,
    pub(super) kind: Kind,
    /// As in the person's profile; empty where the agency has none.
    pub(super) email: &'static str,
    pub(super) cell: &'static str,
    /// What the person may do in the agency's own programs (R10): always said.
    pub(super) security_role: &'static str,
    pub(super) authority: &'static str,
}

/// The person-type icon and word (R11, R14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    OfficeStaff,
    Caregiver,
    Client,
}

impl Kind {
    /// As the provisioning API calls it.
    pub(super) const fn wire(self) -> &'static str {
        match self {
            Self::OfficeStaff => "office_staff",
            Self::Caregiver => "caregiver",
            Self::Client => "client",
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::OfficeStaff => "Office staff",
            Self::Caregiver => "Caregiver",
            Self::Client => "Client",
        }
    }
}

impl Person {
    /// "Jones, Frank" (R14).
    pub(super) fn listed_name(&self) -> String {
        format!("{}, {}", self.family_name, self.given_name)
    }

    pub(super) fn find(person_ref: &str) -> Option<&'static Self> {
        PEOPLE.iter().find(|person| person.person_ref == person_ref)
    }

    /// The caregiver whose mail waits in the mailbox when the demo starts.
    pub(super) fn first_invited() -> Option<&'static Self> {
        Self::find("4711")
    }
}

const fn office_staff(
    person_ref: &'static str,
    (given_name, family_name): (&'static str, &'static str),
    email: &'static str,
    security_role: &'static str,
) -> Person {
    let kind = Kind::OfficeStaff;
    Person { person_ref, given_name, family_name, kind, email, cell: "", security_role, authority: "none" }
}

const fn other(
    person_ref: &'static str,
    kind: Kind,
    (given_name, family_name): (&'static str, &'static str),
    email: &'static str,
    cell: &'static str,
) -> Person {
    Person {
        person_ref,
        given_name,
        family_name,
        kind,
        email,
        cell,
        security_role: "none",
        authority: "none",
    }
}

/// Grace and Henry Adeyemi share an address, which R31 refuses; Wei Chen has none yet.
pub(super) const PEOPLE: &[Person] = &[
    other("4720", Kind::Caregiver, ("Grace", "Adeyemi"), "adeyemi@example.com", "519 555 0117"),
    other("4721", Kind::Caregiver, ("Henry", "Adeyemi"), "adeyemi@example.com", "519 555 0118"),
    other("4733", Kind::Caregiver, ("Wei", "Chen"), "", "519 555 0164"),
    other("4711", Kind::Caregiver, ("Frank", "Jones"), "frank.jones@example.com", "519 555 0199"),
    other("7002", Kind::Client, ("Rose", "Miller"), "rose.miller@example.com", ""),
    Person {
        authority: "administrator",
        ..office_staff("1001", ("Olivia", "Park"), "office@maplehomecare.example", "unrestricted")
    },
    office_staff("1002", ("Sue", "Wright"), "sue.wright@maplehomecare.example", "Scheduler"),
];
