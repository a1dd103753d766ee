//! The mails, word for word and with hostile names in them.
//! With `IDP_PAGES_OUT` set to a folder, they are written there to be looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use idp_domain::audit::Place;
use idp_domain::claims::Address;
use idp_domain::company::Contact;
use idp_domain::id::EmailChangeId;
use idp_domain::outbox::SecurityEvent;
use idp_service::mail::{self, LogInAt, NoticeFacts};
use scraper::{Html, Selector};

use super::samples::*;
use super::*;

/// Letters that need no agency.
fn is_without_agency(contents: &Contents) -> bool {
    !matches!(
        contents,
        Contents::Activation { .. }
            | Contents::MembershipAdded { .. }
            | Contents::AgencyReset { .. }
            | Contents::EmailProposed { .. }
    )
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a person reads in the HTML part, with single spaces; head and preheader left out.
fn words_of(html: &str) -> String {
    let page = Html::parse_document(html);
    let sheet = Selector::parse(".sheet").unwrap();
    single_spaced(&page.select(&sheet).flat_map(|sheet| sheet.text()).collect::<Vec<_>>().join(" "))
}

fn hrefs(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let link = Selector::parse("a[href]").unwrap();
    page.select(&link).map(|link| link.attr("href").unwrap().to_owned()).collect()
}

/// Requirements section 5, with the product, operator and agency as variables: the same sentences, the same order.
#[test]
fn the_activation_mail_says_what_the_guide_says_in_its_order() {
    let letter = usual(&activation());
    assert_eq!(letter.subject, "Activate your account for Maple Home Care");
    let sentences = [
        "Home Identity",
        "Account Verification",
        "Hello Frank Jones,",
        "You have been granted access to Maple Home Care. We first need to activate your new Home Identity account \
         and configure a password.",
        "Please click here to activate your account.",
        LINK,
        "Company Code: 99999",
        "UserName: frank.jones@example.com",
        "Please remember or bookmark the following URL so you can easily access this agency in the future:",
        "https://maple.example/HTPortal/",
        "If you have any questions, please contact the agency below.",
        "Sincerely,",
        "Maple Home Care",
        "10 Summit Court",
        "London, ON N6A 1B2",
        "(519) 555-0142",
        "office@maple.example",
        "This is a message from Home Care Software on behalf of Maple Home Care",
    ]
    .join(" ");
    assert_eq!(words_of(&letter.html), sentences);
}

/// R38, L11: word for word the same in both parts.
#[test]
fn both_parts_of_every_letter_say_the_same() {
    for (name, contents) in letters() {
        let letter = usual(&contents);
        assert_eq!(words_of(&letter.html), single_spaced(&letter.text), "{name}");
    }
}

#[test]
fn the_letters_look_as_they_did_before() {
    let texts = letters().into_iter().map(|(name, contents)| {
        let letter = usual(&contents);
        format!("=== {name}\nSubject: {}\n\n{}", letter.subject, letter.text)
    });
    insta::assert_snapshot!("texts", texts.collect::<Vec<_>>().join("\n"));
    insta::assert_snapshot!("activation_html", usual(&activation()).html);
    insta::assert_snapshot!("password_reset_html", usual(&reset()).html);
}

/// An agency without a portal: who has the mail alone finds the way back, on the second day as well.
#[test]
fn without_a_portal_the_mails_say_where_on_this_server_one_logs_in() {
    for address in ["https://id.example/office", "https://id.example/account"] {
        let log_in_at = || LogInAt::Here(address.into());
        let activation = usual(&Contents::Activation { link: LINK.into(), log_in_at: log_in_at() });
        let added = usual(&Contents::MembershipAdded { log_in_at: log_in_at() });
        assert_eq!(hrefs(&activation.html).last().map(String::as_str), Some(address));
        assert!(!hrefs(&added.html).is_empty() && hrefs(&added.html).iter().all(|href| href == address));
        for letter in [activation, added] {
            assert!(letter.text.lines().any(|line| line == address), "{}", letter.text);
            assert!(!letter.text.contains("maple.example/HTPortal"), "{}", letter.text);
        }
    }
}

/// Neither a number nor an address of mail stands below: nobody is sent to look for one there.
#[test]
fn an_agency_that_nobody_can_reach_is_not_said_to_be_below() {
    let mut bare = agency("Maple Home Care");
    (bare.contact.phone, bare.contact.email) = (None, None);
    for (name, contents) in letters() {
        let letter = write(&contents, None, Some(&bare));
        assert!(!letter.text.contains("agency below"), "{name}: {}", letter.text);
        let instead = ["please contact your agency.", "please tell your agency, too."];
        assert!(instead.iter().any(|words| letter.text.contains(words)), "{name}: {}", letter.text);
    }
}

/// R77: whoever has an account already gets no link but the portal's.
#[test]
fn the_membership_mail_links_to_the_portal_only() {
    let letter = usual(&membership_added());
    assert!(hrefs(&letter.html).iter().all(|href| href == "https://maple.example/HTPortal/"));
    assert!(!hrefs(&letter.html).is_empty());
    assert!(letter.text.contains("99999"));
}

/// R38: no secret besides its own link and code, once in the text part; never in a subject or in `Debug`.
#[test]
fn secrets_are_where_they_are_used_and_nowhere_else() {
    for (name, contents) in letters() {
        let letter = usual(&contents);
        let has_code =
            matches!(contents, Contents::PasswordReset { .. } | Contents::EmailVerification { .. });
        let has_link = match &contents {
            Contents::Notice(told) => told.event.undoes().is_some(),
            Contents::Activation { .. }
            | Contents::PasswordReset { .. }
            | Contents::AgencyReset { .. }
            | Contents::EmailChange { .. }
            | Contents::EmailProposed { .. } => true,
            _ => false,
        };
        assert_eq!(letter.text.matches("tkt_1.c2VjcmV0").count(), usize::from(has_link), "{name}");
        assert_eq!(
            letter.html.matches("tkt_1.c2VjcmV0").count(),
            letter.html.matches(LINK).count(),
            "{name}"
        );
        assert_eq!(letter.html.matches(CODE).count(), usize::from(has_code), "{name}");
        assert_eq!(letter.text.matches(CODE).count(), usize::from(has_code), "{name}");
        let shown = format!("{} {letter:?}", letter.subject);
        assert!(!shown.contains("tkt_1") && !shown.contains(CODE), "{name}");
    }
}

/// R35: escaped in HTML, one line in headers and in the lines of the text part.
#[test]
fn hostile_names_neither_break_out_nor_start_a_line() {
    let person = "<script>alert(1)</script>\r\nBcc: everybody@example.com\u{0}\u{2028}\u{202e}\"&";
    let agency = agency("<script>alert(2)</script>\"&");
    for (name, mut contents) in letters() {
        if let Contents::Notice(told) = &mut contents {
            told.left = Some(person.to_owned());
            told.place.user_agent = Some(person.to_owned());
        }
        let letter = write(&contents, Some(person), Some(&agency));
        assert!(!letter.subject.chars().any(char::is_control), "{name}");
        assert!(!letter.html.contains("<script"), "{name}");
        assert!(!letter.text.lines().any(|line| line.starts_with("Bcc:")), "{name}");
        assert!(!letter.text.contains(['\r', '\0', '\u{2028}', '\u{202e}']), "{name}");
    }
    let letter = write(&activation(), Some(person), Some(&agency));
    assert_eq!(letter.subject, "Activate your account for <script>alert(2)</script>\"&");
    assert!(letter.text.contains("Hello <script>alert(1)</script> Bcc: everybody@example.com \"&,"));
}

/// Attack 70: what is no address of the web is shown as it is, and never a link.
#[test]
fn a_portal_address_that_is_not_of_the_web_is_shown_but_never_a_link() {
    let code = mail::CompanyCode {
        name: "Maple Home Care".into(),
        code: "99999".into(),
        portal_url: Some("javascript:alert(1)".into()),
    };
    let letter = usual(&Contents::CompanyCodes(vec![code]));
    assert!(letter.html.contains("javascript:alert(1)"));
    assert!(hrefs(&letter.html).iter().all(|href| href.starts_with("https://")));
}

/// Nothing known of the agency but its name, or no agency at all: no empty line, sentence or box stands for it.
#[test]
fn what_is_not_known_leaves_no_gap() {
    let mut bare = agency("Maple Home Care");
    bare.contact = Contact { address: Address::default(), phone: None, email: None, portal_url: None };
    for (name, contents) in letters() {
        let mut written = vec![write(&contents, None, Some(&bare))];
        if is_without_agency(&contents) {
            written.push(write(&contents, None, None));
        }
        for letter in written {
            assert_eq!(words_of(&letter.html), single_spaced(&letter.text), "{name}");
            for gap in ["agency below", "None", "{", "Phone:", "<p></p>", "\n\n\n"] {
                assert!(!letter.text.contains(gap), "{name}: {gap}\n{}", letter.text);
            }
            assert!(letter.text.contains("\nHello,\n"), "{name}");
        }
    }
}

#[test]
fn the_operator_signs_for_somebody_who_belongs_to_no_agency() {
    for (name, contents) in letters().into_iter().filter(|(_, contents)| is_without_agency(contents)) {
        let letter = write(&contents, Some("Frank Jones"), None);
        let end = "Sincerely,\nHome Care Software\n\nThis is a message from Home Care Software\n";
        assert!(letter.text.ends_with(end), "{name}: {}", letter.text);
        assert!(!letter.text.contains("agency below"), "{name}");
    }
}

/// Mail programs cut what is larger than about 100 KB; tables and images are not used; one button, its address below it.
#[test]
fn letters_are_small_and_made_of_one_column_with_one_button() {
    let button = Selector::parse("a.button").unwrap();
    for (name, contents) in letters() {
        let letter = write(&contents, Some(&"x".repeat(200)), Some(&agency(&"y".repeat(100))));
        assert!(letter.html.len() + letter.text.len() < 100_000, "{name}");
        assert!(!letter.html.contains("<table") && !letter.html.contains("<img"), "{name}");
        let page = Html::parse_document(&letter.html);
        assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
        let buttons: Vec<_> = page.select(&button).map(|link| link.attr("href").unwrap()).collect();
        assert!(buttons.len() <= 1, "{name}: {buttons:?}");
        for href in buttons {
            assert!(letter.text.lines().any(|line| line == href), "{name}: the bare link");
        }
    }
}

/// `pages.md`, "Words": every subject says what it is about, and nobody is spoken to like a machine.
#[test]
fn letters_speak_as_people_do() {
    let preheader = Selector::parse(".pre").unwrap();
    for (name, contents) in letters() {
        let letter = usual(&contents);
        assert!(
            ["Home Identity", "Maple Home Care", "Oak Care"]
                .iter()
                .any(|whose| letter.subject.contains(whose)),
            "{name}: {}",
            letter.subject
        );
        for jargon in ["token", "credential", "authenticat", "recovery", "session", "letter-"] {
            assert!(!letter.text.to_lowercase().contains(jargon), "{name}: {jargon}\n{}", letter.text);
        }
        let page = Html::parse_document(&letter.html);
        let shown = page.select(&preheader).flat_map(|element| element.text()).collect::<String>();
        assert!(shown.contains(' '), "{name}: {shown}");
    }
}

/// L6: the mail was asked for by anybody; its code is typed on the page that asked.
#[test]
fn the_reset_mail_has_a_link_and_a_code_and_says_how_long_they_work() {
    let letter = usual(&reset());
    assert_eq!(letter.subject, "Choose a new password for Home Identity");
    for said in [
        "Somebody asked to reset the password of frank.jones@example.com.",
        "type this code on the page where you asked:",
        "The link and the code work for 30 minutes, and only once.",
        "If you did not ask, do nothing: your password stays as it is.",
    ] {
        assert!(letter.text.contains(said), "{said}\n{}", letter.text);
    }
}

/// R53, R90.
#[test]
fn somebody_without_questions_is_told_whom_to_call_and_gets_nothing_to_click() {
    let letter = usual(&Contents::ResetHelp);
    assert_eq!(hrefs(&letter.html), Vec::<String>::new());
    assert!(letter.text.contains("Phone: (519) 555-0142\nEmail: office@maple.example"), "{}", letter.text);
}

/// R84.
#[test]
fn the_reminder_lists_each_agency_with_its_code_and_its_portal() {
    let mut letters = letters().into_iter();
    let (_, contents) = letters.find(|(name, _)| name == "company_codes").unwrap();
    let letter = usual(&contents);
    assert_eq!(letter.subject, "Your company codes for Home Identity");
    for said in ["Agency: Maple Home Care\nCompany Code: 99999", "Agency: Oak Care\nCompany Code: OAK1"] {
        assert!(letter.text.contains(said), "{}", letter.text);
    }
    assert_eq!(hrefs(&letter.html), ["https://99999.example/HTPortal/", "https://oak1.example/HTPortal/"]);
    let Contents::CompanyCodes(mut codes) = contents else { panic!("the reminder") };
    codes.truncate(1);
    assert_eq!(usual(&Contents::CompanyCodes(codes)).subject, "Your company code for Home Identity");
}

/// R72: an address that was mistyped is a stranger's.
#[test]
fn the_mail_to_a_new_address_names_neither_the_person_nor_the_old_address() {
    for contents in
        [Contents::EmailChange { link: LINK.into() }, Contents::EmailProposed { link: LINK.into() }]
    {
        let letter = usual(&contents);
        for part in [&letter.html, &letter.text] {
            assert!(!part.contains("Frank") && !part.contains("frank.jones"), "{part}");
        }
    }
}

/// R72: who asks is said at both addresses, and that nothing happens without the person's password.
#[test]
fn a_change_that_an_agency_proposes_is_told_in_its_name() {
    let to_new = usual(&Contents::EmailProposed { link: LINK.into() });
    let to_old = usual(&Contents::Notice(Box::new(proposed_by_agency())));
    for text in [&to_new.text, &to_old.text] {
        assert!(text.contains("Maple Home Care") && text.contains("password"), "{text}");
        assert!(!text.contains("Somebody"), "{text}");
    }
    assert!(to_old.text.contains("Keep my old address\nhttps://id.example/activate"), "{}", to_old.text);
}

/// L10: started by an agency, for the person alone; no page waits for a code.
#[test]
fn a_reset_that_an_agency_started_has_its_name_its_life_and_no_code() {
    let letter = usual(&Contents::AgencyReset { link: LINK.into() });
    for said in ["Maple Home Care started this for you", "24 hours", LINK] {
        assert!(letter.text.contains(said), "{said}\n{}", letter.text);
    }
    assert!(!letter.text.contains("code"), "{}", letter.text);
}

/// L7, L11: what, when, from where, and what to do now, each by its own way out.
#[test]
fn every_notice_says_when_and_from_where_and_has_a_way_out() {
    for event in events() {
        let letter = usual(&Contents::Notice(Box::new(notice(event))));
        let place = "When: November 21, 2026 at 2:05 PM UTC\nBrowser: Chrome on Windows\nNetwork address: 203.0.113.7";
        assert!(letter.text.contains(place), "{event:?}: {}", letter.text);
        assert!(letter.text.contains("If it was not you, please tell the agency below, too."), "{event:?}");
        let way_out = match event {
            SecurityEvent::EmailChangeProposed { .. } => {
                Some("Keep my old address\nhttps://id.example/activate")
            }
            SecurityEvent::EmailChanged { .. } => Some("Undo the change\nhttps://id.example/activate"),
            SecurityEvent::QuestionsEnrolled
            | SecurityEvent::RecoveryCodeMade
            | SecurityEvent::RecoveryCodeRemoved
            | SecurityEvent::MembershipRemoved { .. } => {
                Some("Open your account\nhttps://id.example/account/security\n")
            }
            // Nothing to click helps: the questions are off, or the account is gone.
            SecurityEvent::RecoveryPaused | SecurityEvent::AccountClosed => None,
            _ => Some("Choose a new password\nhttps://id.example/forgot\n"),
        };
        match way_out {
            Some(way_out) => assert!(letter.text.contains(way_out), "{event:?}: {}", letter.text),
            None => assert!(hrefs(&letter.html).is_empty(), "{event:?}"),
        }
    }
}

/// R72: both sides of a change are named to the old address, and one that no longer stands offers nothing to undo.
#[test]
fn a_notice_of_a_change_names_the_new_address_and_undoes_only_what_stands() {
    let change = EmailChangeId::from_uuid(Default::default());
    for event in [SecurityEvent::EmailChangeProposed { change }, SecurityEvent::EmailChanged { change }] {
        let letter = usual(&Contents::Notice(Box::new(notice(event))));
        assert!(letter.text.contains("new@example.com"), "{event:?}");
        let gone = usual(&Contents::Notice(Box::new(NoticeFacts { undo: None, ..notice(event) })));
        assert!(gone.text.contains("This change no longer stands"), "{event:?}: {}", gone.text);
        assert_eq!(hrefs(&gone.html), Vec::<String>::new(), "{event:?}");
    }
}

/// Q9, L11: somebody else changed the questions, too: the old answers still open the way, and for how long; once they do not,
/// nobody is sent there.
#[test]
fn a_notice_of_other_questions_says_how_long_the_old_answers_work() {
    let changed = || notice(SecurityEvent::QuestionsChanged);
    let letter = usual(&Contents::Notice(Box::new(changed())));
    for part in ["answer the questions you had before", "until November 28, 2026"] {
        assert!(letter.text.contains(part), "{}", letter.text);
    }
    let late = usual(&Contents::Notice(Box::new(NoticeFacts { former_until: None, ..changed() })));
    assert!(!late.text.contains("you had before"), "{}", late.text);
    assert!(late.text.contains("Open your account\nhttps://id.example/account/security\n"), "{}", late.text);
}

#[test]
fn a_notice_from_nowhere_says_when_only() {
    let told = NoticeFacts { place: Place::default(), ..notice(SecurityEvent::AccountClosed) };
    let letter = usual(&Contents::Notice(Box::new(told)));
    assert!(letter.text.contains("When: November 21, 2026"));
    assert!(!letter.text.contains("Browser:") && !letter.text.contains("Network"), "{}", letter.text);
}

#[test]
fn letters_are_written_where_they_can_be_looked_at() {
    let Some(folder) = std::env::var_os("IDP_PAGES_OUT").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for (name, contents) in letters() {
        let letter = usual(&contents);
        std::fs::write(folder.join(format!("letter_{name}.html")), letter.html).unwrap();
        std::fs::write(folder.join(format!("letter_{name}.txt")), letter.text).unwrap();
    }
}
