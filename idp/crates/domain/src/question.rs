//! Security questions (rules Q1-Q7): three different ones from a fixed bank, answered with something of one's own.
//!
//! Never an authenticator: they stand behind an e-mailed link only.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::id::AccountId;
use crate::password::{Password, PasswordHash};
use crate::{Secret, Timestamp};

macro_rules! bank {
    ($($variant:ident = $id:literal),+ $(,)?) => {
        /// The bank: stable ids, texts in the locale files (Q2, Q3).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum QuestionId { $($variant),+ }

        impl QuestionId {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $id),+ } }
            pub fn parse(id: &str) -> Option<Self> { match id { $($id => Some(Self::$variant),)+ _ => None } }
        }
    };
}

bank! {
    FirstStuffedToy = "first-stuffed-toy",
    FirstSchoolTeacher = "first-school-teacher",
    DrivingInstructor = "driving-instructor",
    CollegeNotAttended = "college-not-attended",
    ChildhoodStreetFriend = "childhood-street-friend",
    FirstConcertCompanion = "first-concert-companion",
    GrandparentHouseSmell = "grandparent-house-smell",
    FirstKissPlace = "first-kiss-place",
    ChildhoodImaginaryFriend = "childhood-imaginary-friend",
    FirstJobBossChildDream = "first-job-boss-child-dream",
    ChildhoodHidingPlace = "childhood-hiding-place",
    FirstCookedDish = "first-cooked-dish",
    OldestCousinPet = "oldest-cousin-pet",
    FirstSchoolPlayRole = "first-school-play-role",
    LostTreasure = "lost-treasure",
    FirstFlightDestination = "first-flight-destination",
    ChildhoodBedtimeStory = "childhood-bedtime-story",
    FirstHeartbreakSong = "first-heartbreak-song",
}

impl QuestionId {
    /// Whether the answer is a person's name, which may be as short as "Li" (Q4).
    pub const fn asks_for_name(self) -> bool {
        matches!(
            self,
            Self::FirstSchoolTeacher
                | Self::DrivingInstructor
                | Self::ChildhoodStreetFriend
                | Self::FirstConcertCompanion
                | Self::ChildhoodImaginaryFriend
        )
    }

    /// The fewest characters of an answer once it is normalised (R52, Q4).
    const fn min_chars(self) -> usize {
        if self.asks_for_name() { 2 } else { 4 }
    }
}

impl Serialize for QuestionId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for QuestionId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Self::parse(&id).ok_or_else(|| serde::de::Error::custom("unknown question"))
    }
}

/// How many questions a person answers.
pub const COUNT: usize = 3;

/// An answer as it is compared: NFKC, case-folded, without punctuation, diacritics and double spaces (Q4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer(Secret<String>);

impl Answer {
    pub fn typed(text: &str) -> Self {
        // Upper before lower: the usual approximation of full case folding ("ß" and "ss" are one).
        let folded: String = text.nfkc().collect::<String>().to_uppercase().to_lowercase();
        let bare = folded.nfkd().filter(|c| !is_combining_mark(*c));
        let spaced: String = bare.map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
        let kept = |word: &str| word.to_owned();
        Self(Secret::new(spaced.split_whitespace().map(kept).collect::<Vec<_>>().join(" ")))
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What is hashed: bound to the person and the question, so that equal answers look different (Q6).
    pub fn keyed(&self, account: AccountId, question: QuestionId) -> Password {
        Password::typed(&format!("qa1|{account}|{}|{}", question.as_str(), self.expose()))
    }
}

/// Why an answer or a choice was refused (Q2, Q4, Q5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerProblem {
    NotChosen,
    SameQuestionTwice,
    Empty,
    TooShort { min: usize },
    TooLong,
    SameAnswerTwice,
    TooCommon,
    ContainsUserName,
    EqualsPassword,
    InQuestion,
    OneCharacter,
}

/// Answers nobody should give.
const DENIED: [&str; 22] = [
    "none",
    "n a",
    "na",
    "unknown",
    "test",
    "1234",
    "12345",
    "123456",
    "asdf",
    "asdfasdf",
    "qwerty",
    "password",
    "yes",
    "no",
    "nothing",
    "null",
    "answer",
    "abcd",
    "abc123",
    "idk",
    "i dont know",
    "dont know",
];
const MAX_CHARS: usize = 200;

/// One row of the form.
#[derive(Debug, Clone)]
pub struct Choice {
    pub question: Option<QuestionId>,
    pub answer: String,
}

/// What the answers must not give away.
#[expect(missing_debug_implementations, reason = "holds a closure")]
pub struct AnswerContext<'a> {
    /// The canonical user name.
    pub user_name: &'a str,
    /// The localised text of a question.
    pub question_text: &'a (dyn Fn(QuestionId) -> String + Sync),
}

/// Three accepted answers, not yet hashed.
#[derive(Debug)]
pub struct Accepted(pub [(QuestionId, Answer); COUNT]);

/// Checks three rows; every refused row gets its own problem.
///
/// # Errors
/// One optional problem a row, in their order; at least one is set.
pub fn check(
    choices: &[Choice; COUNT],
    context: &AnswerContext<'_>,
) -> Result<Accepted, [Option<AnswerProblem>; COUNT]> {
    let answers = choices.each_ref().map(|choice| Answer::typed(&choice.answer));
    let mut problems = [None; COUNT];
    for (row, problem) in problems.iter_mut().enumerate() {
        *problem = row_problem(row, choices, &answers, context);
    }
    let [a, b, c] = choices.each_ref().map(|choice| choice.question);
    match (problems, a, b, c) {
        ([None, None, None], Some(a), Some(b), Some(c)) => {
            let [x, y, z] = answers;
            Ok(Accepted([(a, x), (b, y), (c, z)]))
        }
        (problems, ..) => Err(problems),
    }
}

fn row_problem(
    row: usize,
    choices: &[Choice; COUNT],
    answers: &[Answer; COUNT],
    context: &AnswerContext<'_>,
) -> Option<AnswerProblem> {
    let (choice, answer) = (choices.get(row)?, answers.get(row)?.expose());
    let Some(question) = choice.question else { return Some(AnswerProblem::NotChosen) };
    if choices.iter().take(row).any(|earlier| earlier.question == Some(question)) {
        return Some(AnswerProblem::SameQuestionTwice);
    }
    let length = answer.chars().count();
    let local_part = context.user_name.split_once('@').map_or("", |(local, _)| local);
    let local_part = Answer::typed(local_part);
    let first = answer.chars().next();
    let single = answer.chars().filter(|c| *c != ' ').all(|c| Some(c) == first);
    let words = Answer::typed(&(context.question_text)(question));
    match () {
        () if length == 0 => Some(AnswerProblem::Empty),
        () if choice.answer.chars().count() > MAX_CHARS => Some(AnswerProblem::TooLong),
        () if single => Some(AnswerProblem::OneCharacter),
        () if DENIED.contains(&answer) => Some(AnswerProblem::TooCommon),
        () if length < question.min_chars() => Some(AnswerProblem::TooShort { min: question.min_chars() }),
        () if answers.iter().take(row).any(|earlier| earlier.expose() == answer) => {
            Some(AnswerProblem::SameAnswerTwice)
        }
        () if contains(answer, local_part.expose()) => Some(AnswerProblem::ContainsUserName),
        () if words.expose().split(' ').any(|word| word == answer) => Some(AnswerProblem::InQuestion),
        () => None,
    }
}

fn contains(answer: &str, local_part: &str) -> bool {
    local_part.chars().count() >= 3 && answer.contains(local_part)
}

/// One enrolled answer at rest.
#[derive(Debug, Clone)]
pub struct EnrolledAnswer {
    pub account: AccountId,
    pub question: QuestionId,
    pub hash: PasswordHash,
    pub enrolled_at: Timestamp,
}

/// An answer that was replaced. It goes on recovering the account for a while: whoever replaced it may have known the
/// password and not been its person.
#[derive(Debug, Clone)]
pub struct FormerAnswer {
    pub answer: EnrolledAnswer,
    pub replaced_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: [(&str, &str); 3]) -> [Choice; 3] {
        rows.map(|(id, answer)| Choice { question: QuestionId::parse(id), answer: answer.to_owned() })
    }

    fn problems(answers: [(&str, &str); 3]) -> [Option<AnswerProblem>; 3] {
        let text = |_: QuestionId| "What was your first stuffed toy called?".to_owned();
        let context = AnswerContext { user_name: "frank.jones@example.com", question_text: &text };
        check(&rows(answers), &context).err().unwrap_or_default()
    }

    const A: &str = "first-stuffed-toy";
    const B: &str = "driving-instructor";
    const C: &str = "lost-treasure";

    /// Q4: capitals, accents, punctuation and spaces do not matter.
    #[test]
    fn an_answer_has_one_form_however_it_is_typed() {
        for typed in ["Señor Bär!", "senor  bar", " SENOR BÄR", "Sen\u{303}or-ba\u{308}r."] {
            assert_eq!(Answer::typed(typed).expose(), "senor bar", "{typed}");
        }
    }

    /// R52, Q2, Q4, Q5: each refused row has its own reason.
    #[test]
    fn weak_answers_are_refused_row_by_row() {
        use AnswerProblem as P;
        assert_eq!(problems([(A, "Mister Bun"), (B, "Old Henry"), (C, "a red kite")]), [None; 3]);
        assert_eq!(
            problems([("", "x"), (B, ""), (C, "abc")]),
            [Some(P::NotChosen), Some(P::Empty), Some(P::TooShort { min: 4 })]
        );
        assert_eq!(
            problems([(A, "Mister Bun"), (A, "Old Henry"), (C, "mister-bun")])[1],
            Some(P::SameQuestionTwice)
        );
        assert_eq!(
            problems([(A, "Mister Bun"), (B, "Old Henry"), (C, "mister-bun")])[2],
            Some(P::SameAnswerTwice)
        );
        assert_eq!(
            problems([(A, "N/A"), (B, "Frank Jones"), (C, "zzzz")]),
            [Some(P::TooCommon), Some(P::ContainsUserName), Some(P::OneCharacter)]
        );
        assert_eq!(
            problems([(A, "stuffed"), (B, "Old Henry"), (C, &"long ".repeat(50))]),
            [Some(P::InQuestion), None, Some(P::TooLong)]
        );
    }

    /// Q4: people are called Li, and nothing else is as short as that.
    #[test]
    fn a_name_may_be_as_short_as_names_are() {
        use AnswerProblem as P;
        let teacher = "first-school-teacher";
        assert_eq!(problems([(teacher, "Wu"), (B, "Li"), (C, "a red kite")]), [None; 3]);
        assert_eq!(
            problems([(A, "Bo"), (B, "L."), (C, "kit")]),
            [Some(P::TooShort { min: 4 }), Some(P::OneCharacter), Some(P::TooShort { min: 4 })]
        );
    }

    /// Q3: nothing that coworkers read in the office's files, and nothing everybody's relatives know.
    #[test]
    fn no_question_asks_for_what_an_office_knows() {
        let banned =
            ["birth", "favo", "first-car", "nickname", "maiden", "address", "ssn", "certificate", "employer"];
        for id in QuestionId::VARIANTS {
            assert!(!banned.iter().any(|word| id.as_str().contains(word)), "{}", id.as_str());
        }
    }

    #[test]
    fn the_bank_is_large_enough_and_its_ids_read_back() {
        assert!(QuestionId::VARIANTS.len() >= 15);
        for id in QuestionId::VARIANTS {
            assert_eq!(QuestionId::parse(id.as_str()), Some(*id));
        }
    }
}
