//! The mails, word for word and with hostile names in them.
//! With `IDP_PAGES_OUT` set to a folder, they are written there to be looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use idp_domain::Secret;
use scraper::Html;

use super::*;

const LINK: &str = "https://id.example/activate?ticket=tkt_1.c2VjcmV0";

fn head(agency: &str) -> Letterhead {
    Letterhead {
        locale: Locale::default(),
        product: "Home Identity".into(),
        operator: "Home Care Software".into(),
        agency: agency.into(),
        address_lines: vec!["10 Summit Court".into(), "London, ON N6A 1B2".into()],
        phone: Some("(519) 555-0142".into()),
        email: Some("office@maple.example".into()),
    }
}

fn activation(person: &str, agency: &str) -> ActivationLetter {
    ActivationLetter {
        head: head(agency),
        person: person.into(),
        link: Secret::new(LINK.into()),
        company_code: "99999".into(),
        username: "frank.jones@example.com".into(),
        portal_url: Some("https://maple.example/HTPortal/".into()),
    }
}

fn membership_added(person: &str, agency: &str) -> MembershipAddedLetter {
    MembershipAddedLetter {
        head: head(agency),
        person: person.into(),
        company_code: "99999".into(),
        username: "frank.jones@example.com".into(),
        portal_url: Some("https://maple.example/HTPortal/".into()),
    }
}

fn letters(person: &str, agency: &str) -> [(&'static str, RenderedLetter); 2] {
    [
        ("activation", activation(person, agency).render().unwrap()),
        ("membership_added", membership_added(person, agency).render().unwrap()),
    ]
}

/// What a person reads in the HTML part, with single spaces; head and preheader left out.
fn words_of(html: &str) -> String {
    let sheet = scraper::Selector::parse(".sheet").unwrap();
    let page = Html::parse_document(html);
    let text: Vec<_> =
        page.select(&sheet).flat_map(|sheet| sheet.text()).flat_map(str::split_whitespace).collect();
    text.join(" ")
}

/// Requirements section 5, with the product, operator and agency as variables: the same sentences, the same order.
#[test]
fn the_activation_mail_says_what_the_guide_says_in_its_order() {
    let letter = activation("Frank Jones", "Maple Home Care").render().unwrap();
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
    assert_eq!(
        letter.text.split_whitespace().collect::<Vec<_>>().join(" "),
        sentences,
        "R38: the same facts"
    );
}

#[test]
fn the_letters_look_as_they_did_before() {
    for (name, letter) in letters("Frank Jones", "Maple Home Care") {
        insta::assert_snapshot!(
            format!("{name}_text"),
            format!("Subject: {}\n\n{}", letter.subject, letter.text)
        );
        insta::assert_snapshot!(format!("{name}_html"), letter.html);
    }
}

/// R77: whoever has an account already gets no link with a token.
#[test]
fn the_membership_mail_has_the_same_facts_in_both_parts_and_no_link_but_the_portal() {
    let [_, (_, letter)] = letters("Frank Jones", "Maple Home Care");
    for fact in ["99999", "frank.jones@example.com", "https://maple.example/HTPortal/", "Maple Home Care"] {
        assert!(letter.text.contains(fact) && letter.html.contains(fact), "{fact}");
    }
    for body in [&letter.html, &letter.text] {
        let links: Vec<_> = body.split("https://").skip(1).collect();
        assert!(links.iter().all(|link| link.starts_with("maple.example/HTPortal/")), "{links:?}");
    }
}

/// R38: no token besides the link, which stands in the text part once.
#[test]
fn the_token_is_in_the_link_only() {
    let letter = activation("Frank Jones", "Maple Home Care").render().unwrap();
    assert_eq!(letter.text.matches("tkt_1.c2VjcmV0").count(), 1);
    assert_eq!(letter.html.matches("tkt_1.c2VjcmV0").count(), letter.html.matches(LINK).count());
    assert!(!letter.subject.contains("tkt_1"));
    assert!(!format!("{letter:?} {:?}", activation("a", "b")).contains("c2VjcmV0"), "nor in Debug");
}

/// R35: escaped in HTML, one line in headers and in the lines of the text part.
#[test]
fn hostile_names_neither_break_out_nor_start_a_line() {
    let hostile = "<script>alert(1)</script>\r\nBcc: everybody@example.com\u{0}\u{2028}\u{202e}\"&";
    for (name, letter) in letters(hostile, hostile) {
        assert!(
            letter.subject.ends_with("<script>alert(1)</script> Bcc: everybody@example.com \"&"),
            "{name}"
        );
        assert!(!letter.subject.chars().any(char::is_control), "{name}");
        assert!(!letter.html.contains("<script"), "{name}");
        assert!(!letter.text.lines().any(|line| line.starts_with("Bcc:")), "{name}");
        assert!(!letter.text.contains(['\r', '\0', '\u{2028}', '\u{202e}']), "{name}");
    }
}

#[test]
fn a_portal_address_that_is_not_of_the_web_is_shown_but_never_a_link() {
    let mut letter = activation("Frank Jones", "Maple Home Care");
    letter.portal_url = Some("javascript:alert(1)".into());
    assert!(!letter.render().unwrap().html.contains("href=\"javascript"));
}

#[test]
fn an_agency_without_portal_or_phone_leaves_no_empty_sentence() {
    let mut letter = activation("Frank Jones", "Maple Home Care");
    letter.portal_url = None;
    letter.head.phone = None;
    letter.head.email = None;
    letter.head.address_lines.clear();
    let rendered = letter.render().unwrap();
    for body in [&rendered.html, &rendered.text] {
        assert!(!body.contains("bookmark") && !body.contains("None"), "{body}");
    }
    assert!(!rendered.text.contains("\n\n\n"), "{}", rendered.text);
}

/// Mail programs cut what is larger than about 100 KB; tables and images are not used.
#[test]
fn letters_are_small_and_made_of_one_column() {
    for (name, letter) in letters(&"x".repeat(200), &"y".repeat(200)) {
        assert!(letter.html.len() + letter.text.len() < 100_000, "{name}");
        assert!(!letter.html.contains("<table") && !letter.html.contains("<img"), "{name}");
        let page = Html::parse_document(&letter.html);
        assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
    }
}

#[test]
fn letters_are_written_where_they_can_be_looked_at() {
    let Some(folder) = std::env::var_os("IDP_PAGES_OUT").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for (name, letter) in letters("Frank Jones", "Maple Home Care") {
        std::fs::write(folder.join(format!("letter_{name}.html")), letter.html).unwrap();
        std::fs::write(folder.join(format!("letter_{name}.txt")), letter.text).unwrap();
    }
}
