//! What a stranger may call itself. Its name stands in sentences of ours, on the page where people write their passwords
//! (attack 70): it must not look like words of ours, nor like nothing.

use idp_domain::text::Line;

use crate::field::{FieldCode, Findings};

/// Beyond what is asked of every name.
pub(super) fn check(name: Option<&str>, findings: &mut Findings) {
    let name = name.unwrap_or_default();
    if name.contains(is_quotation_mark) || has_doubled_mark(name) {
        findings.add("client_name", FieldCode::ValueInvalid, "must not contain quotation marks");
    }
    if name.contains(shows_nothing) {
        findings.add("client_name", FieldCode::ValueInvalid, "contains a character that shows nothing");
    }
}

/// Whether somebody may be called so.
pub(super) fn is_fine(name: &str) -> bool {
    let mut findings = Findings::default();
    check(Some(name), &mut findings);
    Line::<100>::parse(name).is_ok() && findings.unless_any(Some(())).is_ok()
}

/// Unicode's `Quotation_Mark`, what looks like one, and no apostrophe.
fn is_quotation_mark(c: char) -> bool {
    matches!(c,
        '"' | '«' | '»' | '\u{2BA}' | '\u{2DD}' | '\u{2EE}' | '\u{201C}'..='\u{201F}' | '\u{2033}'..='\u{2034}'
        | '\u{2036}'..='\u{2037}' | '‹' | '›' | '\u{2057}' | '\u{275D}'..='\u{275E}' | '\u{2760}' | '\u{276E}'..='\u{276F}'
        | '\u{2E42}' | '\u{300C}'..='\u{300F}' | '\u{3003}' | '\u{301D}'..='\u{301F}' | '\u{FE41}'..='\u{FE44}'
        | '\u{FF02}' | '\u{FF62}'..='\u{FF63}' | '\u{1F676}'..='\u{1F678}')
}

/// Two apostrophes are a quotation mark, too.
fn has_doubled_mark(name: &str) -> bool {
    let is_mark = |c: char| {
        matches!(c,
            '\'' | '`' | '´' | '\u{2B9}' | '\u{2BB}'..='\u{2BD}' | '\u{2CA}'..='\u{2CB}' | '\u{2018}'..='\u{201B}'
            | '\u{2032}' | '\u{2035}' | ',' | '\u{FF07}' | '\u{FF0C}')
    };
    name.chars().zip(name.chars().skip(1)).any(|(one, next)| is_mark(one) && is_mark(next))
}

/// Spaces that are none, and letters that fonts leave blank.
fn shows_nothing(c: char) -> bool {
    matches!(c, '\u{1680}' | '\u{2800}' | '\u{16FE4}' | '\u{1D159}')
        || (c.is_whitespace() && !matches!(c, ' ' | '\u{A0}' | '\u{202F}' | '\u{3000}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name that ends the quotation goes on as if it were us.
    #[test]
    fn a_name_quotes_nobody() {
        for good in ["Frank’s Shifts", "O'Neill, Sons & Co.", "Schicht-Tausch (Köln)", "勤務 交代", "ʻOhana"]
        {
            assert!(is_fine(good), "{good}");
        }
        for mark in [
            "“", "”", "„", "‟", "«", "»", "‹", "›", "\"", "＂", "″", "‶", "〝", "〞", "❝", "❞", "「", "''",
            "’’", "‘‘", "``", "´´", "'’", ",,", "‚‚",
        ] {
            assert!(!is_fine(&format!("Home Identity{mark}. Log in here only. {mark}Maple")), "{mark}");
        }
    }

    #[test]
    fn a_name_shows_all_that_it_holds() {
        for blank in ["\u{2800}", "\u{1D159}", "\u{1680}", "\u{2003}"] {
            assert!(!is_fine(&format!("Home{blank}Identity")), "{blank:?}");
        }
    }
}
