//! Reads the mails in the demo's folder (RFC 5322).

use std::path::Path;
use std::{fs, io};

use mail_parser::{Address, MessageParser};

/// One mail as the mailbox shows it.
#[derive(Debug)]
pub(super) struct Letter {
    /// The file's name without its ending.
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) reply_to: String,
    pub(super) date: String,
    pub(super) html: String,
    pub(super) text: String,
}

/// The names of all mails, the newest first.
pub(super) fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".eml")) {
            names.push(name.to_owned());
        }
    }
    names.sort_by(|a, b| b.cmp(a));
    Ok(names)
}

/// `None` when there is no such mail, or it is none.
pub(super) fn read(folder: &Path, name: &str) -> Option<Letter> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !name.chars().all(plain) {
        return None;
    }
    let bytes = fs::read(folder.join(format!("{name}.eml"))).ok()?;
    let message = MessageParser::default().parse(&bytes)?;
    Some(Letter {
        name: name.to_owned(),
        subject: message.subject().unwrap_or("(no subject)").to_owned(),
        from: mailboxes(message.from()),
        to: mailboxes(message.to()),
        reply_to: mailboxes(message.reply_to()),
        date: message.date().map(readable).unwrap_or_default(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
    })
}

/// `Frank Jones <frank.jones@example.com>`.
fn mailboxes(address: Option<&Address<'_>>) -> String {
    let shown = address.into_iter().flat_map(Address::iter).map(|mailbox| {
        match (mailbox.name(), mailbox.address().unwrap_or_default()) {
            (Some(name), address) => format!("{name} <{address}>"),
            (None, address) => address.to_owned(),
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn readable(date: &mail_parser::DateTime) -> String {
    super::pages::readable_time(&date.to_rfc3339())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const MAIL: &str = "From: \"Operator on behalf of Maple\" <no-reply@id.example>\r\nTo: Frank Jones <frank@example.com>\r\n\
        Subject: =?utf-8?q?Activate_your_=C3=A4ccount?=\r\nDate: Sat, 21 Nov 2026 12:40:00 +0000\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n\
        --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello</p>\r\n--b--\r\n";

    #[test]
    fn a_mail_is_read_with_its_headers_decoded() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("20261121T124000.000Z-mai_1.eml"), MAIL).unwrap();
        fs::write(folder.path().join(".20261121T124001.000Z-mai_2.part"), "half").unwrap();
        assert_eq!(names(folder.path()).unwrap(), ["20261121T124000.000Z-mai_1"]);
        let letter = read(folder.path(), "20261121T124000.000Z-mai_1").unwrap();
        assert_eq!(letter.subject, "Activate your äccount");
        assert_eq!(letter.from, "Operator on behalf of Maple <no-reply@id.example>");
        assert_eq!(letter.date, "21 Nov 2026, 12:40 UTC");
        assert_eq!((letter.text.trim(), letter.html.trim()), ("Hello", "<p>Hello</p>"));
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("secret.eml"), MAIL).unwrap();
        fs::create_dir(folder.path().join("mails")).unwrap();
        assert!(read(folder.path(), "secret").is_some());
        for name in ["../secret", "..%2fsecret", "/etc/passwd", "a\\b", ""] {
            assert!(read(&folder.path().join("mails"), name).is_none(), "{name}");
        }
    }
}
