//! The characters of a file: UTF-8; UTF-16, as a spreadsheet's "Unicode text" is; and what Windows programs write as plain
//! "CSV", where there is no doubt. A name is never guessed: what is doubtful is refused with what to do.

use std::borrow::Cow;

use super::csv::NotReadable;

/// # Errors
/// [`NotReadable::NotUtf8`].
pub(super) fn decode(file: &[u8]) -> Result<Cow<'_, str>, NotReadable> {
    let text = match file {
        [0xEF, 0xBB, 0xBF, text @ ..] => std::str::from_utf8(text).ok().map(Cow::Borrowed),
        [0xFF, 0xFE, units @ ..] => utf16(units, u16::from_le_bytes).map(Cow::Owned),
        [0xFE, 0xFF, units @ ..] => utf16(units, u16::from_be_bytes).map(Cow::Owned),
        _ => match std::str::from_utf8(file) {
            Ok(text) => Some(Cow::Borrowed(text)),
            Err(_) => windows_1252(file).map(Cow::Owned),
        },
    };
    // Wider characters, and tables that are no text at all, are full of zeros.
    text.filter(|text| !text.contains('\0')).ok_or(NotReadable::NotUtf8)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().copied().map(unit).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok()).flatten()
}

/// Windows-1252, of which only the letters are read. Below them are those of a Mac's file, and three in a row are words of an
/// alphabet that is not Latin.
fn windows_1252(file: &[u8]) -> Option<String> {
    let is_read = |byte: &u8| {
        let is_text = matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
        is_text || matches!(byte, 0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..)
    };
    let is_other_alphabet = file.windows(3).any(|three| !three.iter().any(u8::is_ascii));
    (file.iter().all(is_read) && !is_other_alphabet).then(|| file.iter().copied().map(char::from).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const NAMES: &str = "Zoë;Peña;Müßig;Ångström;O'Neil";

    #[test]
    fn every_way_of_writing_the_same_names_reads_the_same() {
        let units = |text: &str| text.encode_utf16().collect::<Vec<_>>();
        let marked = format!("\u{FEFF}{NAMES}");
        let windows: Vec<u8> = NAMES.chars().map(|letter| u8::try_from(letter).unwrap()).collect();
        for file in [
            NAMES.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            units(&marked).into_iter().flat_map(u16::to_le_bytes).collect(),
            units(&marked).into_iter().flat_map(u16::to_be_bytes).collect(),
            windows,
        ] {
            assert_eq!(decode(&file).unwrap(), NAMES, "{file:?}");
        }
    }

    /// Each of them would be read as some other name.
    #[test]
    fn what_is_doubtful_is_refused() {
        let unmarked: Vec<u8> = "Zoe".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for file in [
            b"Garc\x92a".as_slice(),          // í of a Mac, ’ of Windows
            b"\xC8\xE2\xE0\xED",              // Иван
            b"Zo\xC3\xAB \xFF",               // UTF-8 that was cut
            b"PK\x03\x04 \xFF",               // a workbook
            b"\xFF\xFEZ\x00o",                // half a character
            b"\xFF\xFE\x00\xD8Z\x00",         // half a pair
            b"\xEF\xBB\xBFZo\xEB",            // says that it is UTF-8
            b"\xFF\xFE\x00\x00Z\x00\x00\x00", // UTF-32
            &unmarked,
        ] {
            assert_eq!(decode(file).unwrap_err(), NotReadable::NotUtf8, "{file:?}");
        }
    }
}
