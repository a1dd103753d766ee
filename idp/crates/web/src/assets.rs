//! Stylesheet, scripts and icon, embedded in the binary and served under names that change with their content.
//!
//! An address holds a hash of the bytes behind it, so that browsers may keep them for ever; an old hash is not found.

use std::fmt::Write as _;
use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

/// A file that pages link to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asset {
    Stylesheet,
    PasswordScript,
    ContinueScript,
    RecoveryCodeScript,
    JobScript,
    OfficeScript,
    Icon,
}

/// What a request for an asset is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    pub bytes: &'static [u8],
    pub content_type: &'static str,
}

impl Asset {
    pub const VARIANTS: [Self; 7] = [
        Self::Stylesheet,
        Self::PasswordScript,
        Self::ContinueScript,
        Self::RecoveryCodeScript,
        Self::JobScript,
        Self::OfficeScript,
        Self::Icon,
    ];

    /// Where the asset is, below the issuer's own path: `/assets/idp.0f3a9c1b2d4e.css`.
    pub fn path(self) -> &'static str {
        &PATHS[self as usize]
    }

    /// The asset whose hashed file name (the part after `/assets/`) this is.
    pub fn find(file_name: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|asset| asset.path().strip_prefix(PREFIX) == Some(file_name))
    }

    pub fn served(self) -> Served {
        let (_, _, content_type, content) = self.file();
        Served { bytes: content.as_bytes(), content_type }
    }

    const fn file(self) -> (&'static str, &'static str, &'static str, &'static str) {
        const SCRIPT: &str = "text/javascript; charset=utf-8";
        match self {
            Self::Stylesheet => ("idp", "css", "text/css; charset=utf-8", include_str!("../assets/idp.css")),
            Self::PasswordScript => ("password", "js", SCRIPT, include_str!("../assets/password.js")),
            Self::ContinueScript => ("continue", "js", SCRIPT, include_str!("../assets/continue.js")),
            Self::RecoveryCodeScript => {
                ("recovery-code", "js", SCRIPT, include_str!("../assets/recovery-code.js"))
            }
            Self::JobScript => ("job", "js", SCRIPT, include_str!("../assets/job.js")),
            Self::OfficeScript => ("office", "js", SCRIPT, include_str!("../assets/office.js")),
            Self::Icon => ("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")),
        }
    }
}

const PREFIX: &str = "/assets/";

static PATHS: LazyLock<[String; 7]> = LazyLock::new(|| {
    Asset::VARIANTS.map(|asset| {
        let (stem, extension, _, content) = asset.file();
        format!("{PREFIX}{stem}.{}.{extension}", short_hash(content))
    })
});

fn short_hash(content: &str) -> String {
    Sha256::digest(content).iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use idp_domain::branding::Accent;

    use super::*;

    #[test]
    fn every_asset_is_found_by_its_own_path_and_by_nothing_else() {
        for asset in Asset::VARIANTS {
            let name = asset.path().strip_prefix("/assets/").expect("below /assets/");
            assert_eq!(Asset::find(name), Some(asset));
            assert!(!asset.served().bytes.is_empty(), "{name}");
        }
        for unknown in ["", "idp.css", "idp.000000000000.css", "../assets/idp.css"] {
            assert_eq!(Asset::find(unknown), None, "{unknown}");
        }
    }

    /// Content-Security-Policy `default-src 'none'`: nothing is fetched from anywhere else.
    #[test]
    fn no_asset_refers_to_another_place() {
        for asset in Asset::VARIANTS {
            let content =
                String::from_utf8_lossy(asset.served().bytes).replace("http://www.w3.org/2000/svg", "");
            for outside in ["http:", "https:", "url(", "@import", "import "] {
                assert!(!content.contains(outside), "{} holds {outside}", asset.path());
            }
        }
    }

    /// WCAG 2.2 section 1.4.3 (text 4.5 : 1) and section 1.4.11 (controls and focus 3 : 1), in both schemes.
    #[test]
    fn colours_contrast_enough_in_light_and_in_dark() {
        let text = [
            ("ink", "paper"),
            ("ink", "card"),
            ("ink", "field"),
            ("ink", "good-paper"),
            ("ink", "bad-paper"),
            ("quiet", "paper"),
            ("quiet", "card"),
            ("quiet", "field"),
            ("accent", "card"),
            ("accent", "paper"),
            ("accent", "good-paper"),
            ("accent", "bad-paper"),
            ("on-accent", "accent"),
            ("on-accent", "accent-deep"),
            ("bad", "card"),
            ("bad", "bad-paper"),
            ("good", "good-paper"),
            ("on-mark", "mark"),
        ];
        let controls = [
            ("edge", "card"),
            ("edge", "field"),
            ("focus", "card"),
            ("focus", "paper"),
            ("focus", "field"),
            ("accent", "field"),
            ("bad", "field"),
        ];
        let sheet = Asset::Stylesheet.file().3;
        let (light, dark) = sheet.split_once("@media (prefers-color-scheme: dark)").expect("a dark scheme");
        for (name, scheme) in [("light", light), ("dark", dark)] {
            for (pairs, least) in [(&text[..], 4.5), (&controls[..], 3.0)] {
                for (front, back) in pairs {
                    let ratio = contrast(colour(scheme, front), colour(scheme, back));
                    assert!(ratio >= least, "{name}: {front} on {back} is {ratio:.2}, wanted {least}");
                }
            }
        }
    }

    /// The same for every colour an agency may choose: what its rule leaves alone is the product's.
    #[test]
    fn every_accent_contrasts_enough_in_light_and_in_dark() {
        let sheet = Asset::Stylesheet.file().3;
        let (light, dark) = sheet.split_once("@media (prefers-color-scheme: dark)").expect("a dark scheme");
        let chosen = Accent::VARIANTS.into_iter().filter(|accent| *accent != Accent::default());
        for accent in chosen {
            let opening = format!(":root.accent-{} {{", accent.as_str());
            let mut rules = sheet.split(&opening).skip(1);
            for (scheme, own) in [(light, rules.next()), (dark, rules.next())] {
                let (own, _) = own.and_then(|rule| rule.split_once('}')).expect("a rule in either scheme");
                for paper in ["paper", "card", "field", "good-paper", "bad-paper"] {
                    let ratio = contrast(colour(own, "accent"), colour(scheme, paper));
                    assert!(ratio >= 4.5, "{accent:?} on {paper} is {ratio:.2}");
                    assert!(contrast(colour(own, "focus"), colour(scheme, paper)) >= 3.0, "{accent:?}");
                }
                for (front, back) in
                    [("on-accent", "accent"), ("on-accent", "accent-deep"), ("on-mark", "mark")]
                {
                    let ratio = contrast(colour(own, front), colour(own, back));
                    assert!(ratio >= 4.5, "{accent:?}: {front} on {back} is {ratio:.2}");
                }
            }
            assert_eq!(rules.next(), None);
        }
    }

    /// Letters cannot read the stylesheet: their button has the accent of the light scheme.
    #[test]
    fn letters_wear_the_same_accents() {
        let sheet = Asset::Stylesheet.file().3;
        for accent in Accent::VARIANTS {
            let rule = match accent == Accent::default() {
                true => ":root {".to_owned(),
                false => format!(":root.accent-{} {{", accent.as_str()),
            };
            let (_, rule) = sheet.split_once(&rule).expect("a rule");
            let (_, colour) = rule.split_once("--accent: ").expect("an accent");
            assert!(colour.starts_with(&format!("{};", crate::letters::accent_colour(accent))), "{accent:?}");
        }
    }

    fn colour(scheme: &str, name: &str) -> [f64; 3] {
        let (_, rest) = scheme.split_once(&format!("--{name}: #")).unwrap_or_else(|| panic!("no --{name}"));
        [0, 2, 4].map(|at| {
            let channel = u8::from_str_radix(&rest[at..at + 2], 16).expect("six hex digits");
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn contrast(front: [f64; 3], back: [f64; 3]) -> f64 {
        let luminance = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let (a, b) = (luminance(front), luminance(back));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}
