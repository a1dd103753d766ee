//! Texts that come from the provider, before a terminal, a title or a screen has them.

/// The text without what would not be read but done: control characters, which move a terminal's cursor and more, and those
/// that turn the direction of writing.
pub(crate) fn plain(text: &str) -> String {
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_plain(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_that_a_terminal_would_do() {
        assert_eq!(plain("Zoë Núñez 李"), "Zoë Núñez 李");
        let told = plain("\u{1b}[2JEve\nYour password:\u{202e}\u{7}");
        assert_eq!(told, "\u{fffd}[2JEve\u{fffd}Your password:\u{fffd}\u{fffd}");
    }
}
