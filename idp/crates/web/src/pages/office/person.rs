//! "Manage Identity Account" (R14-R26): one person of the agency, what became of the invitation, and what can be done.

use askama::Template;
use idp_domain::Timestamp;
use idp_domain::mail_failure::MailFailure;

use super::fields::{FieldView, IDENTITY};
use super::standing::reason;
use super::{ActionLink, MemberField, MemberTyped, OfficeMenu, OfficeNews, PersonStanding};
use crate::locale::Key;
use crate::moment::moment;
use crate::pages::{Chrome, Form, Problem, Problems};

#[derive(Debug, Clone, Template)]
#[template(path = "office/person.html")]
pub struct PersonPage {
    pub chrome: Chrome,
    pub menu: OfficeMenu,
    pub news: Option<OfficeNews>,
    /// The fields of [`MemberField`], and `seen`; `action` is `save`.
    pub form: Form,
    /// "Last, First" (R14).
    pub name: String,
    pub member_type: Key,
    pub standing: PersonStanding,
    pub invitation: InvitationWords,
    pub user_name: Option<String>,
    /// What the agency proposed and nobody has confirmed yet.
    pub proposed: Option<String>,
    pub added: Timestamp,
    pub last_log_in: Option<Timestamp>,
    pub edit: Editing,
    pub actions: Vec<ActionLink>,
    pub problems: Vec<Problem>,
}

/// Whether the fields may be changed.
#[derive(Debug, Clone)]
pub enum Editing {
    Open(Box<OpenFields>),
    /// The person left.
    Removed,
    /// The person has more rights than who looks.
    Above,
}

#[derive(Debug, Clone)]
pub struct OpenFields {
    pub typed: MemberTyped,
    /// Which state of the person the fields were filled from: nobody overwrites what they have not seen.
    pub seen: String,
    /// The person has accepted: the address is theirs.
    pub address_is_theirs: bool,
    /// What somebody else saved meanwhile.
    pub now: Option<MemberTyped>,
}

/// What became of the newest mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationWords {
    None,
    Queued,
    Sent(Timestamp),
    Expired(Timestamp),
    Accepted(Timestamp),
    Superseded(Timestamp),
    Revoked(Timestamp),
    CameBack(Timestamp, MailFailure),
}

impl InvitationWords {
    pub(super) fn told(self, chrome: &Chrome) -> String {
        let (Key(key), at) = match self {
            Self::None => return chrome.t("office-mail-none"),
            Self::Queued => return chrome.t("office-mail-queued"),
            Self::Sent(at) => (Key("office-mail-sent"), at),
            Self::Expired(at) => (Key("office-mail-expired"), at),
            Self::Accepted(at) => (Key("office-mail-accepted"), at),
            Self::Superseded(at) => (Key("office-mail-superseded"), at),
            Self::Revoked(at) => (Key("office-mail-revoked"), at),
            Self::CameBack(at, why) => {
                let texts = chrome.texts.clone().with("why", reason(chrome, why));
                return texts.t_with("office-mail-came-back", "moment", moment(&texts, at));
            }
        };
        chrome.texts.t_with(key, "moment", moment(&chrome.texts, at))
    }
}

/// What the agency says beside the identity.
const AGENCY: [MemberField; 7] = [
    MemberField::GivenName,
    MemberField::FamilyName,
    MemberField::MemberType,
    MemberField::PersonRef,
    MemberField::Role,
    MemberField::RoleName,
    MemberField::Authority,
];

impl OpenFields {
    fn identity(&self, chrome: &Chrome) -> Vec<FieldView<'_>> {
        self.views(&IDENTITY, chrome)
    }

    fn agency(&self, chrome: &Chrome) -> Vec<FieldView<'_>> {
        self.views(&AGENCY, chrome)
    }

    fn views(&self, fields: &[MemberField], chrome: &Chrome) -> Vec<FieldView<'_>> {
        fields.iter().map(|field| self.view(*field, chrome)).collect()
    }

    fn view(&self, field: MemberField, chrome: &Chrome) -> FieldView<'_> {
        let is_address = matches!(field, MemberField::UserName | MemberField::Email);
        let theirs = self.now.as_ref().map(|now| now.get(field)).filter(|now| *now != self.typed.get(field));
        let now = theirs.map(|value| chrome.texts.t_with("office-now", "value", field.words(chrome, value)));
        let mut view = FieldView { now, ..FieldView::new(field, &self.typed) };
        if is_address && self.address_is_theirs {
            view.readonly = true;
            view.hint = Some(Key("office-address-is-theirs"));
        }
        view
    }
}

impl PersonPage {
    fn notes(&self) -> Vec<String> {
        self.news.map(|news| news.notes(&self.chrome)).unwrap_or_default()
    }

    fn problems(&self) -> Problems {
        let news = self.news.and_then(|news| news.problem(&self.chrome));
        news.into_iter().chain(self.problems.iter().cloned()).collect()
    }

    fn invitation(&self) -> String {
        self.invitation.told(&self.chrome)
    }

    fn added(&self) -> String {
        moment(&self.chrome.texts, self.added)
    }

    fn last_log_in(&self) -> String {
        match self.last_log_in {
            Some(at) => moment(&self.chrome.texts, at),
            None => self.chrome.t("office-never"),
        }
    }
}

#[cfg(any(test, feature = "samples"))]
impl crate::pages::samples::Samples for PersonPage {
    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use super::{OfficePlace, PersonAction};
        use InvitationWords as I;
        use MemberField as F;
        let now = Timestamp::from_seconds(1_795_262_400);
        let hostile = "\"><script>alert(1)</script>";
        let typed = MemberTyped::empty()
            .with(F::UserName, "frank.jones@example.com")
            .with(F::Email, "frank.jones@example.com")
            .with(F::GivenName, "Frank")
            .with(F::FamilyName, hostile)
            .with(F::MemberType, "caregiver")
            .with(F::PersonRef, "4711")
            .with(F::Role, "none");
        let fields = OpenFields {
            typed: typed.clone(),
            seen: "\"x\"".to_owned(),
            address_is_theirs: false,
            now: None,
        };
        let open = |fields| Editing::Open(Box::new(fields));
        let actions = |wanted: &[PersonAction]| {
            let link = |action: &PersonAction| ActionLink {
                action: *action,
                url: format!("/office/cmp_1/people/mbr_1?ask={}", action.name()),
            };
            wanted.iter().map(link).collect::<Vec<_>>()
        };
        let invited = Self {
            chrome: chrome.clone().for_agency(crate::pages::samples::agency()),
            menu: OfficeMenu::sample(OfficePlace::People),
            news: None,
            form: crate::pages::samples::form("/office/cmp_1/people/mbr_1"),
            name: format!("{hostile}, Frank"),
            member_type: Key("office-type-caregiver"),
            standing: PersonStanding::NotActivated { since: now },
            invitation: I::Sent(now),
            user_name: Some("frank.jones@example.com".to_owned()),
            proposed: None,
            added: now,
            last_log_in: None,
            edit: open(fields.clone()),
            actions: actions(&[PersonAction::Resend, PersonAction::RevokeInvitation, PersonAction::Remove]),
            problems: Vec::new(),
        };
        let active = Self {
            standing: PersonStanding::LockedUntil(now),
            invitation: I::Accepted(now),
            proposed: Some("frank@home.example".to_owned()),
            last_log_in: Some(now),
            edit: open(OpenFields { address_is_theirs: true, ..fields.clone() }),
            actions: actions(PersonAction::VARIANTS),
            ..invited.clone()
        };
        let mail = |invitation| Self { invitation, ..invited.clone() };
        let closed = |edit| Self { edit, actions: Vec::new(), user_name: None, ..active.clone() };
        let wrong = |field, text: &str| Problem { field: Some(field), text: text.to_owned() };
        let theirs = typed.with(F::Cell, hostile).with(F::Status, "inactive");
        let mut samples = vec![
            ("active", active.clone()),
            ("queued", mail(I::Queued)),
            ("expired", mail(I::Expired(now))),
            ("superseded", mail(I::Superseded(now))),
            ("revoked", mail(I::Revoked(now))),
            ("no-mail", mail(I::None)),
            ("removed", closed(Editing::Removed)),
            ("above", closed(Editing::Above)),
            (
                "wrong",
                Self {
                    problems: vec![
                        wrong("user_name", "Enter the whole address."),
                        wrong("email", "Both the User name and Email fields must be the same."),
                        wrong("member_type", "Choose what the person is."),
                        wrong("role_name", "Enter the name of the role."),
                    ],
                    ..invited.clone()
                },
            ),
            (
                "changed-elsewhere",
                Self {
                    edit: open(OpenFields { now: Some(theirs), ..fields }),
                    problems: vec![Problem { field: None, text: chrome.t("office-changed-elsewhere") }],
                    ..invited.clone()
                },
            ),
        ];
        let why = MailFailure::MailboxUnknown;
        let standing = PersonStanding::CameBack { why };
        samples.push(("came-back", Self { standing, ..mail(I::CameBack(now, why)) }));
        samples.extend(
            [
                ("too-old", OfficeNews::TooOld),
                ("status-kept", OfficeNews::StatusKept),
                ("saved", OfficeNews::Saved),
            ]
            .map(|(name, news)| (name, Self { news: Some(news), ..active.clone() })),
        );
        samples.push(("invited", invited));
        samples
    }
}
