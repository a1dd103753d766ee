//! How the agency looks: its name, one colour and a logo, from the command line. A colour is made readable rather than
//! trusted (WCAG 2.2, contrast 4.5 to 1), and a logo is a picture that cannot hold scripts.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, bail, ensure};

/// In bytes.
const LARGEST_LOGO: usize = 256 * 1024;
const READABLE: f64 = 4.5;
/// `--card` of the stylesheet by day and by night: what the colour has to be readable on.
const DAY: Colour = Colour([0xff, 0xff, 0xff]);
const NIGHT: Colour = Colour([0x1a, 0x20, 0x29]);
const WHITE: Colour = Colour([0xff; 3]);
const BLACK: Colour = Colour([0; 3]);

/// A colour as `#rrggbb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour([u8; 3]);

impl FromStr for Colour {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let [_, red, green, blue] =
            u32::from_str_radix(digits.context("write a colour such as #1f6b35")?, 16)?.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Colour {
    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let linear = self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// WCAG 2.2, "contrast ratio".
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance() + 0.05, other.luminance() + 0.05);
        a.max(b) / a.min(b)
    }

    /// A step towards another colour.
    fn towards(self, other: Self) -> Self {
        let mut parts = self.0;
        for (part, goal) in parts.iter_mut().zip(other.0) {
            *part = u8::try_from((u16::from(*part) * 9 + u16::from(goal)) / 10).unwrap_or(goal);
        }
        Self(parts)
    }

    /// This colour, or the nearest on the way to `ink` that can be read on `paper`.
    fn readable_on(self, paper: Self, ink: Self) -> Self {
        let mut colour = self;
        for _ in 0..60 {
            if colour.contrast(paper) >= READABLE {
                return colour;
            }
            colour = colour.towards(ink);
        }
        ink
    }

    /// What is written on this colour.
    fn ink(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }

    /// The two roles of the stylesheet that this colour plays, by day and by night.
    pub(crate) fn style(self) -> String {
        let (day, night) = (self.readable_on(DAY, BLACK), self.readable_on(NIGHT, WHITE));
        let roles = |colour: Self| format!(":root{{--accent:{colour};--on-accent:{}}}", colour.ink());
        format!("{}@media (prefers-color-scheme:dark){{{}}}\n", roles(day), roles(night))
    }
}

/// A picture that stands where the agency's initials would.
#[derive(Clone, Debug)]
pub(crate) struct Logo {
    pub(crate) content_type: &'static str,
    pub(crate) picture: Vec<u8>,
}

impl Logo {
    /// Reads a file and tells by its first bytes what it is.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let picture = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        ensure!(picture.len() <= LARGEST_LOGO, "the logo is larger than 256 KB");
        let content_type = match picture.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            _ => bail!("the logo must be a PNG or a JPEG picture"),
        };
        Ok(Self { content_type, picture })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    #[test]
    fn any_colour_becomes_one_that_can_be_read_by_day_and_by_night() {
        for text in ["#000000", "#ffffff", "#ffff00", "#1f6b35", "#808080", "#a2401b", "#0000ff"] {
            let colour: Colour = text.parse().unwrap();
            for (paper, ink) in [(DAY, BLACK), (NIGHT, WHITE)] {
                let shown = colour.readable_on(paper, ink);
                assert!(shown.contrast(paper) >= READABLE, "{text} on {paper}: {shown}");
                assert!(shown.ink().contrast(shown) >= READABLE, "ink on {shown}");
            }
        }
    }

    #[test]
    fn a_readable_colour_is_taken_as_it_is() {
        let style = "#1f6b35".parse::<Colour>().unwrap().style();
        assert!(style.starts_with(":root{--accent:#1f6b35;--on-accent:#ffffff}"), "{style}");
    }

    /// It becomes part of a stylesheet.
    #[test]
    fn what_is_no_colour_is_refused() {
        for text in ["", "red", "#fff", "#12345g", "#+12345", "#123456;}", "1f6b35", "#ééé"] {
            assert!(text.parse::<Colour>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_logo_is_a_picture_without_scripts_and_not_too_large() {
        let folder = std::env::temp_dir().join(format!("sample-portal-logo-{}", std::process::id()));
        let read = |content: &[u8]| {
            std::fs::write(&folder, content).unwrap();
            let logo = Logo::read(&folder);
            std::fs::remove_file(&folder).unwrap();
            logo
        };
        assert_eq!(read(b"\x89PNG\r\n\x1a\n...").unwrap().content_type, "image/png");
        assert_eq!(read(b"\xff\xd8\xff\xe0...").unwrap().content_type, "image/jpeg");
        assert!(read(b"<svg onload='alert(1)'/>").is_err());
        assert!(read(&[b"\x89PNG".as_slice(), &[0; LARGEST_LOGO]].concat()).is_err());
        assert!(Logo::read(Path::new("/nowhere/logo.png")).is_err());
    }
}
