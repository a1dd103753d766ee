//! How an agency's pages and mails look, from a palette that was checked for contrast (`company.md` section 3, "Branding").

use serde::{Deserialize, Serialize};

/// What an agency chose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    pub accent: Accent,
}

/// The colour of buttons and links. A name and no free colour: every one of them can be read by everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accent {
    #[default]
    Teal,
    Green,
    Blue,
    Indigo,
    Purple,
    Rose,
    Rust,
    Slate,
}

impl Accent {
    pub const VARIANTS: [Self; 8] = [
        Self::Teal,
        Self::Green,
        Self::Blue,
        Self::Indigo,
        Self::Purple,
        Self::Rose,
        Self::Rust,
        Self::Slate,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Teal => "teal",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Indigo => "indigo",
            Self::Purple => "purple",
            Self::Rose => "rose",
            Self::Rust => "rust",
            Self::Slate => "slate",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|accent| accent.as_str() == text)
    }
}
