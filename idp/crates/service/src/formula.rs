//! Cells that a spreadsheet would take for a formula (CSV injection, `provisioning.md` section 2): written with an apostrophe
//! before them, and read without it. What comes back from a file of ours is exactly what went into it.

/// How formulas begin in one program or another; the wide signs are those of East Asian keyboards.
const SIGNS: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}'];

/// Whether a formula begins behind apostrophes, which programs take away, and marks that nobody sees.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches(['\'', '\u{FEFF}']).starts_with(SIGNS)
}

/// The cell as no program takes it for a formula.
pub(crate) fn defuse(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell as it was before [`defuse`].
pub(crate) fn restore(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|inside| is_formula(inside)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell of up to four of the characters that matter, an apostrophe that somebody typed among them.
    #[test]
    fn every_cell_is_text_and_comes_back_as_it_was() {
        let letters = ["'", "=", "+", "-", "@", "\t", "\r", "\u{FF1D}", "\u{FEFF}", "a", " "];
        let mut cells = vec![String::new()];
        for _ in 0..4 {
            let longer = cells.iter().flat_map(|cell| letters.map(|letter| format!("{letter}{cell}")));
            cells = longer.chain(cells.iter().cloned()).collect();
        }
        assert!(cells.iter().any(|cell| cell == "'=a"));
        for cell in cells {
            let written = defuse(&cell);
            assert_eq!(restore(&written), cell, "{written:?}");
            assert!(
                !written.trim_start_matches('\u{FEFF}').starts_with(SIGNS),
                "{cell:?} is written {written:?}"
            );
        }
    }

    #[test]
    fn a_name_with_an_apostrophe_is_left_alone() {
        for name in ["O'Hara", "'t Hooft", "Anne-Marie", "'"] {
            assert_eq!((defuse(name).as_str(), restore(name)), (name, name));
        }
        assert_eq!(restore("'+1 555 0100"), "+1 555 0100");
    }
}
