//! The folder that every mail of the day goes to, read as its people would.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::support::process::eventually;

/// What a code that is typed is made of (rules section 6).
const CODE_LETTERS: &str = "BCDFGHJKLMNPQRSTVWXZ";

pub(super) struct Mailbox {
    folder: PathBuf,
    /// By the name of the file, which begins with the time.
    letters: BTreeMap<String, Letter>,
}

#[derive(Debug, Clone)]
pub(super) struct Letter {
    to: String,
    subject: String,
    text: String,
}

impl Letter {
    /// Of a file: RFC 5322 headers, then parts in quoted-printable, of which the first one is plain text.
    fn read(file: &str) -> Self {
        let (head, body) = file.split_once("\r\n\r\n").expect("a head and a body");
        let head = head.replace("\r\n ", " ");
        let header = |name: &str| {
            let found = head.split("\r\n").find_map(|line| line.strip_prefix(name));
            found.unwrap_or_else(|| panic!("no {name} in {head}")).to_owned()
        };
        let to = header("To: ");
        let to = to.rsplit_once('<').map_or(to.as_str(), |(_, address)| address).trim_end_matches('>');
        let text = body.replace("=\r\n", "").replace("=3D", "=");
        Self { to: to.to_owned(), subject: header("Subject: "), text }
    }

    /// Where it leads to activate an account, if it does.
    pub(super) fn activation_link(&self) -> Option<String> {
        let link = |word: &&str| word.starts_with("http://127.0.0.1") && word.contains("/activate?ticket=");
        self.text.split_whitespace().find(link).map(str::to_owned)
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
        code.unwrap_or_else(|| panic!("no code in {self:?}")).to_owned()
    }
}

impl Mailbox {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, letters: BTreeMap::new() }
    }

    /// Reads what came since the last look.
    fn look(&mut self) {
        let Ok(files) = std::fs::read_dir(&self.folder) else { return };
        for file in files {
            let name = file.expect("a file").file_name().into_string().expect("ASCII");
            if name.ends_with(".eml") && !self.letters.contains_key(&name) {
                let file = std::fs::read_to_string(self.folder.join(&name)).expect("a whole mail");
                self.letters.insert(name, Letter::read(&file));
            }
        }
    }

    /// Those to somebody whose subject holds these words, the oldest first.
    pub(super) fn letters(&mut self, to: &str, subject: &str) -> Vec<Letter> {
        self.look();
        let wanted = |letter: &&Letter| letter.to == to && letter.subject.contains(subject);
        self.letters.values().filter(wanted).cloned().collect()
    }

    /// Waits for so many of them; the last one.
    pub(super) async fn letter(&mut self, to: &str, subject: &str, nth: usize) -> Letter {
        eventually(&format!("mail {nth} {subject:?} to {to}"), async || {
            let mut letters = self.letters(to, subject);
            assert!(letters.len() <= nth, "{letters:?}");
            letters.pop().filter(|_| letters.len() + 1 == nth)
        })
        .await
    }

    /// How many mails there are of each subject.
    pub(super) fn subjects(&mut self) -> BTreeMap<String, usize> {
        self.look();
        let mut subjects = BTreeMap::new();
        for letter in self.letters.values() {
            *subjects.entry(letter.subject.clone()).or_default() += 1;
        }
        subjects
    }

    /// How many of them lead to an activation, by who got them.
    pub(super) fn invitations(&mut self) -> BTreeMap<String, usize> {
        self.look();
        let mut invited = BTreeMap::new();
        for letter in self.letters.values().filter(|letter| letter.activation_link().is_some()) {
            *invited.entry(letter.to.clone()).or_default() += 1;
        }
        invited
    }
}
