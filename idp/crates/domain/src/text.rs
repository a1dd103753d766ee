//! Text typed by people: bounded, free of control characters, never silently changed in meaning.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must not be empty")]
    Empty,
    #[error("is too long")]
    TooLong,
    #[error("contains a control or invisible formatting character")]
    Control,
    #[error("has too many marks on one letter")]
    Marks,
}

/// No script writes more marks on one letter; a heap of them is drawn over the lines around it.
const MARKS_IN_A_ROW: usize = 4;

/// One line of text of at most `MAX` characters: NFC, outer spaces removed, no control or bidi characters, no heaps of marks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    /// # Errors
    /// [`TextError`] when the text shows nothing, is too long, holds control characters or heaps marks up.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text: String = text.trim().nfc().collect();
        if text.chars().all(is_blank) {
            return Err(TextError::Empty);
        }
        if text.chars().count() > MAX {
            return Err(TextError::TooLong);
        }
        if text.chars().any(is_forbidden) {
            return Err(TextError::Control);
        }
        if text.split(|c| !is_combining_mark(c)).any(|marks| marks.chars().count() > MARKS_IN_A_ROW) {
            return Err(TextError::Marks);
        }
        Ok(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::fmt::Display for Line<MAX> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it leaves nothing on the page but room: spaces, and letters that are drawn as one.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{2800}' | '\u{16FE4}' | '\u{1D159}')
}

/// Control characters, line separators, and whatever reorders or hides text: Unicode's
/// `Default_Ignorable_Code_Point` property and the bidirectional controls.
pub fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Line<100>, TextError> {
        Line::parse(text)
    }

    /// Names of many languages carry two or three marks on a letter; eighty are drawn over the whole page.
    #[test]
    fn marks_are_few_on_one_letter() {
        let letters = [
            "Nguy\u{1EC5}n",
            "\u{5E9}\u{5BC}\u{5C1}\u{5B8}",
            "\u{E17}\u{E35}\u{E48}",
            "x\u{300}\u{301}\u{302}\u{303}",
        ];
        for text in letters {
            assert!(parsed(text).is_ok(), "{text}");
            assert!(parsed(&text.repeat(5)).is_ok(), "{text}");
        }
        for heap in [
            format!("x{}", "\u{300}".repeat(5)),
            "\u{489}".repeat(80),
            format!("PC{}2", "\u{20DD}".repeat(9)),
        ] {
            assert_eq!(parsed(&heap), Err(TextError::Marks));
        }
    }

    #[test]
    fn a_line_is_normalised_bounded_and_shows_everything_it_holds() {
        assert_eq!(parsed(" Zoe\u{308} ").map(|line| line.to_string()), Ok("Zo\u{EB}".to_owned()));
        for blank in [" \u{3000} ", "\u{2800}", "\u{2800} \u{1D159}", "\u{A0}\u{16FE4}"] {
            assert_eq!(parsed(blank), Err(TextError::Empty), "{blank:?}");
        }
        assert!(parsed("\u{2813}\u{2800}\u{2817}").is_ok(), "a space between words in braille");
        assert_eq!(parsed(&"x".repeat(101)), Err(TextError::TooLong));
        for hidden in ["a\nb", "a\u{202E}b", "a\u{200B}b"] {
            assert_eq!(parsed(hidden), Err(TextError::Control), "{hidden:?}");
        }
    }
}
