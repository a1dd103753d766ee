//! "Manage Identity Account" (R14-R26): one person of the agency, what became of the invitation, and what can be done.

use askama::Template;
use idp_domain::Timestamp;
use idp_domain::mail_failure::MailFailure;

use super::fields::{FieldView, IDENTITY};
use super::standing::reason;
use super::{ActionLink, MemberField, MemberTyped, OfficeMenu, OfficeNews, PersonStanding};
use crate::locale::Key;
use crate::moment::Told;
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
    /// Type and reference of each further hat (R79); shown, and changed through the API alone.
    pub hats: Vec<(Key, String)>,
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
    /// The person logs in without ever having been invited.
    NotNeeded,
    Queued,
    Sent(Timestamp),
    Expired(Timestamp),
    Accepted(Timestamp),
    Superseded(Timestamp),
    Revoked(Timestamp),
    CameBack(Timestamp, MailFailure),
}

impl InvitationWords {
    pub(super) fn told(self, chrome: &Chrome) -> Told {
        let (key, at) = match self {
            Self::None => return Told::plain(chrome.t("office-mail-none")),
            Self::NotNeeded => return Told::plain(chrome.t("office-mail-not-needed")),
            Self::Queued => return Told::plain(chrome.t("office-mail-queued")),
            Self::Sent(at) => (Key("office-mail-sent"), at),
            Self::Expired(at) => (Key("office-mail-expired"), at),
            Self::Accepted(at) => (Key("office-mail-accepted"), at),
            Self::Superseded(at) => (Key("office-mail-superseded"), at),
            Self::Revoked(at) => (Key("office-mail-revoked"), at),
            Self::CameBack(at, why) => {
                let texts = chrome.texts.clone().with("why", reason(chrome, why));
                return Told::with_moment(&texts, Key("office-mail-came-back"), at);
            }
        };
        Told::with_moment(&chrome.texts, key, at)
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

    fn invitation(&self) -> Told {
        self.invitation.told(&self.chrome)
    }

    fn added(&self) -> Told {
        Told::moment(&self.chrome.texts, self.added)
    }

    fn last_log_in(&self) -> Told {
        match self.last_log_in {
            Some(at) => Told::moment(&self.chrome.texts, at),
            None => Told::plain(self.chrome.t("office-never")),
        }
    }
}

#[cfg(any(test, feature = "samples"))]
mod samples {
    use super::super::{OfficePlace, PersonAction};
    use super::*;
    use InvitationWords as I;
    use MemberField as F;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_262_400);
    const HOSTILE: &str = "\"><script>alert(1)</script>";

    fn fields() -> OpenFields {
        let typed = MemberTyped::empty()
            .with(F::UserName, "frank.jones@example.com")
            .with(F::Email, "frank.jones@example.com")
            .with(F::GivenName, "Frank")
            .with(F::FamilyName, HOSTILE)
            .with(F::MemberType, "caregiver")
            .with(F::PersonRef, "4711")
            .with(F::Role, "none");
        OpenFields { typed, seen: "\"x\"".to_owned(), address_is_theirs: false, now: None }
    }

    fn open(fields: OpenFields) -> Editing {
        Editing::Open(Box::new(fields))
    }

    fn actions(wanted: &[PersonAction]) -> Vec<ActionLink> {
        let url = |action: PersonAction| format!("/office/cmp_1/people/mbr_1?ask={}", action.name());
        wanted.iter().map(|&action| ActionLink { action, url: url(action) }).collect()
    }

    fn invited(chrome: &Chrome) -> PersonPage {
        PersonPage {
            chrome: chrome.clone().for_agency(crate::pages::samples::agency()),
            menu: OfficeMenu::sample(OfficePlace::People),
            news: None,
            form: crate::pages::samples::form("/office/cmp_1/people/mbr_1"),
            name: format!("{HOSTILE}, Frank"),
            member_type: Key("office-type-caregiver"),
            hats: Vec::new(),
            standing: PersonStanding::NotActivated { since: NOW },
            invitation: I::Sent(NOW),
            user_name: Some("frank.jones@example.com".to_owned()),
            proposed: None,
            added: NOW,
            last_log_in: None,
            edit: open(fields()),
            actions: actions(&[PersonAction::Resend, PersonAction::RevokeInvitation, PersonAction::Remove]),
            problems: Vec::new(),
        }
    }

    fn active(chrome: &Chrome) -> PersonPage {
        PersonPage {
            standing: PersonStanding::LockedUntil(NOW),
            invitation: I::Accepted(NOW),
            proposed: Some("frank@home.example".to_owned()),
            last_log_in: Some(NOW),
            edit: open(OpenFields { address_is_theirs: true, ..fields() }),
            actions: actions(PersonAction::VARIANTS),
            ..invited(chrome)
        }
    }

    fn two_hats(chrome: &Chrome) -> PersonPage {
        let hats = vec![
            (Key("office-type-office-staff"), "S-12".to_owned()),
            (Key("office-type-client"), HOSTILE.to_owned()),
        ];
        PersonPage { hats, ..active(chrome) }
    }

    fn wrong(chrome: &Chrome) -> PersonPage {
        let wrong =
            |field: F| Problem { field: Some(field.name()), text: format!("{} is wrong.", field.name()) };
        let fields = [F::UserName, F::Email, F::MemberType, F::RoleName];
        PersonPage { problems: fields.map(wrong).to_vec(), ..invited(chrome) }
    }

    fn changed_elsewhere(chrome: &Chrome) -> PersonPage {
        let theirs = fields().typed.with(F::Cell, HOSTILE).with(F::Status, "inactive");
        PersonPage {
            edit: open(OpenFields { now: Some(theirs), ..fields() }),
            problems: vec![Problem { field: None, text: chrome.t("office-changed-elsewhere") }],
            ..invited(chrome)
        }
    }

    impl crate::pages::samples::Samples for PersonPage {
        fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
            let mail = |invitation| Self { invitation, ..invited(chrome) };
            let closed = |edit| Self { edit, actions: Vec::new(), user_name: None, ..active(chrome) };
            let news = |news| Self { news: Some(news), ..active(chrome) };
            let why = MailFailure::MailboxUnknown;
            let standing = PersonStanding::CameBack { why };
            vec![
                ("invited", invited(chrome)),
                ("active", active(chrome)),
                ("two-hats", two_hats(chrome)),
                ("queued", mail(I::Queued)),
                ("expired", Self { standing: PersonStanding::Expired { at: NOW }, ..mail(I::Expired(NOW)) }),
                ("superseded", mail(I::Superseded(NOW))),
                ("revoked", mail(I::Revoked(NOW))),
                ("no-mail", mail(I::None)),
                ("never-invited", Self { invitation: I::NotNeeded, ..active(chrome) }),
                ("came-back", Self { standing, ..mail(I::CameBack(NOW, why)) }),
                ("removed", closed(Editing::Removed)),
                ("above", closed(Editing::Above)),
                ("wrong", wrong(chrome)),
                ("changed-elsewhere", changed_elsewhere(chrome)),
                ("too-old", news(OfficeNews::TooOld)),
                ("status-kept", news(OfficeNews::StatusKept)),
                ("saved", news(OfficeNews::Saved)),
            ]
        }
    }
}
