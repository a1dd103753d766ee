//! The mail a person with an account gets when another agency adds them (R77): company code and portal address.
//! Never holds a link with a token, nor a way to a new password.

use askama::Template;

use super::{Letterhead, RenderedLetter, one_line};
use crate::locale::Texts;

/// The facts of a membership-added mail.
#[derive(Debug, Clone)]
pub struct MembershipAddedLetter {
    pub head: Letterhead,
    pub person: String,
    pub company_code: String,
    pub username: String,
    pub portal_url: Option<String>,
}

#[derive(Template)]
#[template(path = "letters/membership_added.html")]
struct Html<'a> {
    texts: &'a Texts,
    head: &'a Letterhead,
    letter: &'a MembershipAddedLetter,
}

#[derive(Template)]
#[template(path = "letters/membership_added.txt", whitespace = "preserve")]
struct Text<'a> {
    texts: &'a Texts,
    head: &'a Letterhead,
    letter: &'a MembershipAddedLetter,
}

impl MembershipAddedLetter {
    /// # Errors
    /// Only when formatting fails, which means memory ran out.
    pub fn render(&self) -> Result<RenderedLetter, askama::Error> {
        let letter = &self.cleaned();
        let head = &letter.head;
        let texts = &head.texts().with("person", letter.person.clone());
        let subject = texts.t("letter-member-subject");
        RenderedLetter::of(&subject, &Html { texts, head, letter }, &Text { texts, head, letter })
    }

    fn cleaned(&self) -> Self {
        Self {
            head: self.head.cleaned(),
            person: one_line(&self.person),
            company_code: one_line(&self.company_code),
            username: one_line(&self.username),
            portal_url: self.portal_url.as_deref().map(one_line),
        }
    }
}
