//! Mail 1, the activation mail (requirements section 5, R35-R38): the guides' sentences in the guides' order.
//! Its link is the only secret in it.

use askama::Template;
use idp_domain::Secret;

use super::{Letterhead, RenderedLetter, one_line};
use crate::locale::Texts;

/// The facts of an activation mail.
#[derive(Debug, Clone)]
pub struct ActivationLetter {
    pub head: Letterhead,
    pub person: String,
    /// The activation link with its ticket.
    pub link: Secret<String>,
    pub company_code: String,
    pub username: String,
    pub portal_url: Option<String>,
}

#[derive(Template)]
#[template(path = "letters/activation.html")]
struct Html<'a> {
    texts: &'a Texts,
    head: &'a Letterhead,
    letter: &'a ActivationLetter,
}

#[derive(Template)]
#[template(path = "letters/activation.txt", whitespace = "preserve")]
struct Text<'a> {
    texts: &'a Texts,
    head: &'a Letterhead,
    letter: &'a ActivationLetter,
}

impl ActivationLetter {
    /// # Errors
    /// Only when formatting fails, which means memory ran out.
    pub fn render(&self) -> Result<RenderedLetter, askama::Error> {
        let letter = &self.cleaned();
        let head = &letter.head;
        let texts = &head.texts().with("person", letter.person.clone());
        let subject = texts.t("letter-activation-subject");
        RenderedLetter::of(&subject, &Html { texts, head, letter }, &Text { texts, head, letter })
    }

    fn cleaned(&self) -> Self {
        Self {
            head: self.head.cleaned(),
            person: one_line(&self.person),
            link: Secret::new(one_line(self.link.expose())),
            company_code: one_line(&self.company_code),
            username: one_line(&self.username),
            portal_url: self.portal_url.as_deref().map(one_line),
        }
    }
}
