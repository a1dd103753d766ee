//! The demo's mailbox, read as a person would: who it is to, what it is about, where it leads.

use scraper::{Html, Selector};

use super::demo::Demo;
use crate::support::process::eventually;
use crate::support::rig::http;

/// What a user code is made of (rules section 6).
const CODE_LETTERS: &str = "BCDFGHJKLMNPQRSTVWXZ";

/// The plain text of a mail.
pub(super) struct Letter {
    text: String,
}

impl Letter {
    /// Of the file of a mail, which is quoted-printable.
    pub(super) fn of_file(file: &str) -> Self {
        Self { text: file.replace("=\r\n", "").replace("=3D", "=") }
    }

    /// The one link to this address of the provider.
    pub(super) fn link(&self, provider: &str, path: &str) -> String {
        let address = format!("{provider}{path}?");
        let mut links = self.text.split_whitespace().filter(|word| word.starts_with(&address));
        let link = links.next().unwrap_or_else(|| panic!("no link to {address} in:\n{}", self.text));
        assert_eq!(links.next(), None, "one link");
        link.to_owned()
    }

    /// The code to type, as it stands there: `BCDF-GHJK`.
    pub(super) fn code(&self) -> String {
        let is_code = |word: &&str| {
            let (first, second) = word.split_once('-').unwrap_or_default();
            [first, second]
                .iter()
                .all(|half| half.len() == 4 && half.chars().all(|c| CODE_LETTERS.contains(c)))
        };
        let code = self.text.split_whitespace().find(is_code);
        code.unwrap_or_else(|| panic!("no code in:\n{}", self.text)).to_owned()
    }
}

impl Demo {
    /// Waits for a mail to somebody whose subject holds these words; the newest of them.
    pub(super) async fn letter(&self, to: &str, subject: &str) -> Letter {
        eventually(&format!("the mail {subject:?} to {to}"), async || {
            let list = self.page("/mailbox").await;
            let row = Selector::parse("ul.rows a").expect("a selector");
            let part = |row: scraper::ElementRef<'_>, css: &str| -> String {
                row.select(&Selector::parse(css).expect("a selector")).flat_map(|part| part.text()).collect()
            };
            let row = list
                .select(&row)
                .find(|row| part(*row, ".who").contains(to) && part(*row, "strong").contains(subject))?;
            let letter = self.page(row.attr("href")?).await;
            let text = letter
                .select(&Selector::parse("pre").expect("a selector"))
                .flat_map(|pre| pre.text())
                .collect();
            Some(Letter { text })
        })
        .await
    }

    async fn page(&self, path: &str) -> Html {
        let answer = http().get(format!("{}{path}", self.desk)).send().await.expect("the desk answers");
        Html::parse_document(&answer.text().await.expect("a page"))
    }
}
