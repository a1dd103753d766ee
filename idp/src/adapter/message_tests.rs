#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

const NOW: Timestamp = Timestamp::from_seconds(1_795_290_704);

pub(in crate::adapter) fn envelope() -> Envelope {
    Envelope {
        message_id: "mai_0199@id.example".to_owned(),
        to: EmailAddress::parse("Frank.Jones@Example.com").unwrap(),
        to_name: Some("Frank Jones".to_owned()),
        from_name: "Maple Care Software Inc. on behalf of Maple Home Care".to_owned(),
        reply_to: Some(EmailAddress::parse("office@maple.example").unwrap()),
        subject: "Activate your account".to_owned(),
        html: "<p>Grüße — open <a href=\"https://id.example/activate#tkt_1.secret\">the link</a></p>"
            .to_owned(),
        text: "Grüße — open https://id.example/activate#tkt_1.secret\n.\nEnd\n".to_owned(),
    }
}

fn composed(envelope: &Envelope) -> String {
    let sender = Sender::parse("no-reply@id.example").unwrap();
    String::from_utf8(compose(envelope, &sender, NOW).unwrap().formatted()).unwrap()
}

/// The headers, unfolded.
fn headers(message: &str) -> Vec<String> {
    let head = message.split("\r\n\r\n").next().unwrap();
    head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
}

#[test]
fn every_header_says_what_it_should() {
    let message = composed(&envelope());
    let headers = headers(&message);
    for expected in [
        "Message-ID: <mai_0199@id.example>",
        "Date: Sat, 21 Nov 2026 19:51:44 +0000",
        "From: \"Maple Care Software Inc. on behalf of Maple Home Care\" <no-reply@id.example>",
        "To: \"Frank Jones\" <Frank.Jones@example.com>",
        "Reply-To: office@maple.example",
        "Subject: Activate your account",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "MIME-Version: 1.0",
    ] {
        assert!(headers.iter().any(|header| header == expected), "{expected}\n{headers:#?}");
    }
    assert!(
        headers.iter().any(|header| header.starts_with("Content-Type: multipart/alternative;")),
        "{headers:#?}"
    );
    assert!(!message.contains("List-Unsubscribe"));
    let (plain, html) = (message.find("text/plain").unwrap(), message.find("text/html").unwrap());
    assert!(plain < html, "the last alternative is the one preferred");
    assert!(message.is_ascii(), "any mail server takes it");
}

/// The agency's name and the person's name are typed by people.
#[test]
fn names_and_subjects_cannot_add_headers() {
    let hostile = "Maple\r\nBcc: victim@example.com\r\n\r\nbody";
    let message = composed(&Envelope {
        from_name: hostile.to_owned(),
        to_name: Some(hostile.to_owned()),
        subject: hostile.to_owned(),
        ..envelope()
    });
    let headers = headers(&message);
    assert!(!headers.iter().any(|header| header.starts_with("Bcc")), "{headers:#?}");
    assert_eq!(headers.len(), self::headers(&composed(&envelope())).len(), "{headers:#?}");
}

#[test]
fn names_with_any_letters_commas_and_quotes_are_encoded() {
    for name in ["Zoë \"Z\" O'Neil, RN", "Анна <admin@evil.example>", "家 ケア", "a@b.example"] {
        let message =
            composed(&Envelope { to_name: Some(name.to_owned()), from_name: name.to_owned(), ..envelope() });
        let parsed = headers(&message);
        let to: Vec<_> = parsed.iter().filter(|header| header.starts_with("To: ")).collect();
        assert!(matches!(to.as_slice(), [to] if to.ends_with("<Frank.Jones@example.com>")), "{parsed:#?}");
        assert!(message.is_ascii());
    }
}

#[test]
fn an_internationalised_address_keeps_its_local_part_and_gets_an_ascii_domain() {
    let to = EmailAddress::parse("Jörg@Bücher.example").unwrap();
    let sender = Sender::parse("no-reply@id.example").unwrap();
    let message = compose(&Envelope { to, ..envelope() }, &sender, NOW).unwrap();
    assert_eq!(message.envelope().to()[0].to_string(), "Jörg@xn--bcher-kva.example");
}

#[test]
fn a_sender_must_be_an_address() {
    for wrong in ["", "no-reply", "no-reply@", "Name <a@b.example>", "a@b.example\r\nBcc: c@d.example"] {
        assert!(Sender::parse(wrong).is_err(), "{wrong:?}");
    }
    assert!(Sender::parse("idp@localhost").is_ok());
}
