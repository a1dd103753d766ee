//! Every letter there is, for tests alone: the unit tests of this crate read them, the browser tests look at them (feature
//! `samples`). Nobody's real name, address or secret is in here.

#![expect(clippy::unwrap_used, reason = "only tests draw samples; one that cannot be drawn fails them")]

use idp_domain::Timestamp;
use idp_domain::audit::Place;
use idp_domain::branding::Branding;
use idp_domain::claims::Address;
use idp_domain::company::{Company, CompanyCode, CompanyState, Contact};
use idp_domain::email::EmailAddress;
use idp_domain::id::{CompanyId, EmailChangeId};
use idp_domain::outbox::SecurityEvent;
use idp_domain::text::Line;
use idp_service::mail::{self, Composed, LogInAt, NoticeFacts};

use super::*;

pub(super) const LINK: &str = "https://id.example/activate?ticket=tkt_1.c2VjcmV0";
pub(super) const CODE: &str = "BCDF-GHJK";
pub(super) const FORGOT: &str = "https://id.example/forgot";
pub(super) const ACCOUNT: &str = "https://id.example/account/security";
/// November 28, 2026.
const FORMER_UNTIL: Timestamp = Timestamp::from_seconds(1_795_824_000);
const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                       Chrome/142.0.0.0 Safari/537.36";

fn line<const MAX: usize>(text: &str) -> Option<Line<MAX>> {
    Some(Line::parse(text).unwrap())
}

pub(super) fn agency(name: &str) -> Company {
    let address = Address {
        street_address: line("10 Summit Court"),
        locality: line("London"),
        region: line("ON"),
        postal_code: line("N6A 1B2"),
        country: None,
    };
    Company {
        id: CompanyId::from_uuid(Default::default()),
        code: CompanyCode::parse("99999").unwrap(),
        slug: None,
        name: Line::parse(name).unwrap(),
        contact: Contact {
            address,
            phone: line("(519) 555-0142"),
            email: Some(EmailAddress::parse("office@maple.example").unwrap()),
            portal_url: idp_domain::web_address::WebAddress::parse("https://maple.example/HTPortal/").ok(),
        },
        branding: Branding::default(),
        logo: None,
        databases: Vec::new(),
        state: CompanyState::Active,
        created_at: Timestamp::from_seconds(0),
        version: 1,
    }
}

pub(super) fn write(contents: &Contents, person_name: Option<&str>, company: Option<&Company>) -> Composed {
    let user_name = &EmailAddress::parse("frank.jones@example.com").unwrap();
    let (product_name, operator_name) = ("Home Identity", "Home Care Software");
    let facts = LetterFacts {
        contents,
        person_name,
        user_name,
        company,
        product_name,
        operator_name,
        reset_minutes: 30,
        agency_reset_minutes: 24 * 60,
    };
    letter(&facts).unwrap().render().unwrap()
}

/// To Frank Jones, from Maple Home Care.
pub(super) fn usual(contents: &Contents) -> Composed {
    write(contents, Some("Frank Jones"), Some(&agency("Maple Home Care")))
}

pub(super) fn activation() -> Contents {
    Contents::Activation { link: LINK.into(), log_in_at: portal() }
}

fn portal() -> LogInAt {
    LogInAt::Portal("https://maple.example/HTPortal/".into())
}

pub(super) fn membership_added() -> Contents {
    Contents::MembershipAdded { log_in_at: portal() }
}

pub(super) fn reset() -> Contents {
    Contents::PasswordReset { link: LINK.into(), code: CODE.into() }
}

pub(super) fn notice(event: SecurityEvent) -> NoticeFacts {
    NoticeFacts {
        event,
        at: Timestamp::from_seconds(1_795_219_200 + 14 * 3600 + 5 * 60),
        place: Place { address: Some([203, 0, 113, 7].into()), user_agent: Some(CHROME.into()) },
        left: Some("Oak Care".into()),
        proposed_by: None,
        new_address: Some(EmailAddress::parse("new@example.com").unwrap()),
        undo: event.undoes().map(|_| LINK.into()),
        forgot: FORGOT.into(),
        account: ACCOUNT.into(),
        former_until: (event == SecurityEvent::QuestionsChanged).then_some(FORMER_UNTIL),
    }
}

/// A change of address that Maple Home Care's office proposed.
pub(super) fn proposed_by_agency() -> NoticeFacts {
    let change = EmailChangeId::from_uuid(Default::default());
    let told = notice(SecurityEvent::EmailChangeProposed { change });
    NoticeFacts { proposed_by: Some("Maple Home Care".into()), ..told }
}

pub(super) fn events() -> [SecurityEvent; 19] {
    let change = EmailChangeId::from_uuid(Default::default());
    let company = CompanyId::from_uuid(Default::default());
    [
        SecurityEvent::PasswordChanged,
        SecurityEvent::PasswordReset,
        SecurityEvent::QuestionsEnrolled,
        SecurityEvent::QuestionsChanged,
        SecurityEvent::EmailChangeProposed { change },
        SecurityEvent::EmailChanged { change },
        SecurityEvent::EmailRestored,
        SecurityEvent::NewDevice,
        SecurityEvent::GuessesThrottled,
        SecurityEvent::PasswordRefused,
        SecurityEvent::RecoveryPaused,
        SecurityEvent::RecoveryCodeMade,
        SecurityEvent::RecoveryCodeUsed,
        SecurityEvent::RecoveryCodeRemoved,
        SecurityEvent::DataDownloaded,
        SecurityEvent::SignedOutEverywhere,
        SecurityEvent::CompanyLeft { company },
        SecurityEvent::MembershipRemoved { company },
        SecurityEvent::AccountClosed,
    ]
}

/// Every letter there is, by name.
pub(super) fn letters() -> Vec<(String, Contents)> {
    let codes = [("Maple Home Care", "99999"), ("Oak Care", "OAK1")].map(|(name, code)| mail::CompanyCode {
        name: name.into(),
        code: code.into(),
        portal_url: Some(format!("https://{}.example/HTPortal/", code.to_lowercase())),
    });
    let mut letters = vec![
        ("activation".to_owned(), activation()),
        ("membership_added".to_owned(), membership_added()),
        ("password_reset".to_owned(), reset()),
        ("agency_reset".to_owned(), Contents::AgencyReset { link: LINK.into() }),
        ("reset_help".to_owned(), Contents::ResetHelp),
        ("company_codes".to_owned(), Contents::CompanyCodes(codes.into())),
        ("email_verification".to_owned(), Contents::EmailVerification { code: CODE.into() }),
        ("email_change".to_owned(), Contents::EmailChange { link: LINK.into() }),
        ("email_proposed".to_owned(), Contents::EmailProposed { link: LINK.into() }),
        ("notice_EmailChangeProposed_by_agency".to_owned(), Contents::Notice(Box::new(proposed_by_agency()))),
    ];
    for event in events() {
        let debug = format!("{event:?}");
        let name = debug.split(' ').next().unwrap();
        letters.push((format!("notice_{name}"), Contents::Notice(Box::new(notice(event)))));
    }
    letters
}

/// The name of each letter and the HTML that a mail program gets.
pub fn all_letters() -> Vec<(String, String)> {
    letters().into_iter().map(|(name, contents)| (name, usual(&contents).html)).collect()
}
