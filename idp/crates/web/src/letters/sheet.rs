//! The sheet every letter is written on: one column, at most one button with the bare link below it, no image, no table,
//! under 100 KB. Both parts are made of the same blocks, so that they say the same (R38).
//!
//! Whatever goes onto it becomes one line first: no name starts a header or a line of its own (R35).

use askama::Template;
use fluent_templates::fluent_bundle::FluentValue;
use idp_domain::Secret;
use idp_domain::branding::Accent;
use idp_domain::company::Company;
use idp_service::mail::{Composed, LetterFacts};

use crate::locale::{Key, Locale, Texts};

/// A letter in the making.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(super) texts: Texts,
    pub(super) username: String,
    subject: String,
    preheader: String,
    heading: String,
    greeting: String,
    blocks: Vec<Block>,
    /// Whom to ask; nobody where there is no agency.
    contact: Option<String>,
    /// Whether the signature says how.
    is_reachable: bool,
    signature: Vec<String>,
    /// Who really sent it.
    last: String,
    /// Of links and the button.
    accent: &'static str,
}

/// One thing a letter says.
#[derive(Debug)]
enum Block {
    Words(String),
    /// A link somebody follows: the button, and the bare address below it.
    Button(String, Secret<String>),
    /// An address somebody keeps.
    Address(String, String),
    /// To be read here and typed elsewhere.
    Code(Secret<String>),
    /// Labels and values.
    Facts(Vec<(String, String)>),
}

#[derive(Template)]
#[template(path = "letters/letter.html")]
struct Html<'a> {
    sheet: &'a Sheet,
    texts: &'a Texts,
}

/// The accent of the light scheme in `idp.css`: programs that show mails read no stylesheet of ours.
pub(crate) const fn accent_colour(accent: Accent) -> &'static str {
    match accent {
        Accent::Teal => "#0b6b5d",
        Accent::Green => "#2c6e2a",
        Accent::Blue => "#1d5fae",
        Accent::Indigo => "#4650b8",
        Accent::Purple => "#7a3fae",
        Accent::Rose => "#a8295f",
        Accent::Rust => "#94450f",
        Accent::Slate => "#41586b",
    }
}

impl Sheet {
    /// An empty one, signed by the agency, or by the operator where there is none.
    pub(super) fn new(facts: &LetterFacts<'_>) -> Self {
        let mut texts = Texts::new(Locale::default())
            .with("product", facts.product_name.to_owned())
            .with("operator", facts.operator_name.to_owned())
            .with("username", facts.user_name.to_string());
        if let Some(person) = facts.person_name {
            texts = texts.with("person", person.to_owned());
        }
        if let Some(company) = facts.company {
            texts = texts.with("agency", company.name.to_string());
        }
        texts = texts.clone().with("life", texts.t_with("wait-minutes", "count", facts.reset_minutes));
        let greeting =
            facts.person_name.map_or_else(|| texts.t("letter-hello-you"), |_| texts.t("letter-hello"));
        let last =
            facts.company.map_or_else(|| texts.t("letter-from-operator"), |_| texts.t("letter-on-behalf"));
        Self {
            subject: String::new(),
            preheader: String::new(),
            heading: String::new(),
            greeting: one_line(&greeting),
            username: facts.user_name.to_string(),
            blocks: Vec::new(),
            contact: facts.company.map(|company| match is_reachable(company) {
                true => one_line(&texts.t("letter-questions")),
                false => one_line(&texts.t("letter-questions-anyhow")),
            }),
            is_reachable: facts.company.is_some_and(is_reachable),
            signature: facts.company.map_or_else(|| vec![one_line(facts.operator_name)], signature),
            last: one_line(&last),
            accent: accent_colour(facts.company.map_or_else(Accent::default, |it| it.branding.accent)),
            texts,
        }
    }

    /// What its texts may mention from here on.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<FluentValue<'static>>) -> Self {
        self.texts = self.texts.with(name, value);
        self
    }

    /// Subject, first line in the list of mails, and heading: the texts `<stem>-subject`, `-preheader`, `-heading`.
    pub(super) fn titled(mut self, stem: &str) -> Self {
        self.subject = self.text(&format!("{stem}-subject"));
        self.preheader = self.text(&format!("{stem}-preheader"));
        self.heading = self.text(&format!("{stem}-heading"));
        self
    }

    /// Something that happened: its heading is its subject.
    pub(super) fn told(mut self, subject: &str) -> Self {
        self.subject = self.text(subject);
        self.preheader = self.text("letter-notice-preheader");
        self.heading.clone_from(&self.subject);
        self
    }

    /// For a mailbox that may be a stranger's: who the person is stays unsaid.
    pub(super) fn unnamed(mut self) -> Self {
        self.greeting = self.text("letter-hello-you");
        self
    }

    pub(super) fn say(self, key: &str) -> Self {
        let words = self.text(key);
        self.with_block(Block::Words(words))
    }

    pub(super) fn button(self, key: &str, link: &str) -> Self {
        let words = self.text(key);
        self.with_block(Block::Button(words, Secret::new(one_line(link))))
    }

    pub(super) fn address(self, key: &str, link: &str) -> Self {
        let words = self.text(key);
        self.with_block(Block::Address(words, one_line(link)))
    }

    pub(super) fn code(self, code: &str) -> Self {
        self.with_block(Block::Code(Secret::new(one_line(code))))
    }

    /// Values with their labels; those that are `None` are left out, and without any, so is the box.
    pub(super) fn facts<const N: usize>(self, facts: [(Key, Option<String>); N]) -> Self {
        let facts =
            facts.into_iter().filter_map(|(label, value)| Some((self.text(label.0), one_line(&value?))));
        let facts: Vec<_> = facts.collect();
        if facts.is_empty() { self } else { self.with_block(Block::Facts(facts)) }
    }

    /// Another sentence above the agency's signature; the second one where that says neither a number nor an address of mail.
    pub(super) fn contact(mut self, below: Key, anyhow: Key) -> Self {
        let Key(key) = if self.is_reachable { below } else { anyhow };
        self.contact = self.contact.is_some().then(|| self.text(key));
        self
    }

    /// # Errors
    /// Only when formatting fails, which means memory ran out.
    pub(crate) fn render(self) -> Result<Composed, askama::Error> {
        let html = Html { sheet: &self, texts: &self.texts }.render()?;
        Ok(Composed { html, text: self.plain(), subject: self.subject })
    }

    fn plain(&self) -> String {
        let heading = format!("{}\n{}", self.text("letter-product"), self.heading);
        let signature = format!("{}\n{}", self.text("letter-sincerely"), self.signature.join("\n"));
        let mut paragraphs = vec![heading, self.greeting.clone()];
        paragraphs.extend(self.blocks.iter().map(Block::plain));
        paragraphs.extend(self.contact.clone());
        paragraphs.extend([signature, self.last.clone()]);
        paragraphs.join("\n\n") + "\n"
    }

    pub(super) fn text(&self, key: &str) -> String {
        one_line(&self.texts.t(key))
    }

    fn with_block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }
}

impl Block {
    fn plain(&self) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Button(words, link) => format!("{words}\n{}", link.expose()),
            Self::Address(words, link) => format!("{words}\n{link}"),
            Self::Code(code) => code.expose().clone(),
            Self::Facts(facts) => {
                let lines: Vec<_> = facts.iter().map(|(label, value)| format!("{label} {value}")).collect();
                lines.join("\n")
            }
        }
    }
}

fn is_reachable(company: &Company) -> bool {
    company.contact.phone.is_some() || company.contact.email.is_some()
}

/// The lines below "Sincerely,": name, address, phone, e-mail.
fn signature(company: &Company) -> Vec<String> {
    let contact = &company.contact;
    let reached =
        [contact.phone.as_ref().map(ToString::to_string), contact.email.as_ref().map(ToString::to_string)];
    let lines = std::iter::once(company.name.to_string())
        .chain(contact.address.lines())
        .chain(reached.into_iter().flatten());
    lines.map(|line| one_line(&line)).collect()
}

/// `value` on one line: CR, LF and other control characters become spaces, invisible direction marks vanish (R35).
fn one_line(value: &str) -> String {
    let spaced: String = value
        .chars()
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `address` may become a link: nothing but the web.
fn is_web_address(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}
