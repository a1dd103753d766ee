//! What a member may do in the agency's own programs (R9, R10) and in ours, and how much of it somebody may give to others.

use serde::{Deserialize, Serialize};

use crate::member::Particulars;
use crate::text::Line;

/// What the person may do in the agency's own programs; always said, never left out (R10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityRole {
    /// "No Security": only the predetermined caregiver views (R9).
    None,
    Named(Line<64>),
    /// Everything; must be asked for by name.
    Unrestricted,
}

/// How much a security role opens, as far as we can tell: what a name means, only the agency's own programs know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    Nothing,
    Something,
    Everything,
}

impl SecurityRole {
    pub const fn reach(&self) -> Reach {
        match self {
            Self::None => Reach::Nothing,
            Self::Named(_) => Reach::Something,
            Self::Unrestricted => Reach::Everything,
        }
    }

    /// The value on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "none",
            Self::Named(name) => name.as_str(),
            Self::Unrestricted => "unrestricted",
        }
    }

    /// # Errors
    /// [`crate::text::TextError`] when the text is no name.
    pub fn parse(text: &str) -> Result<Self, crate::text::TextError> {
        match text.trim() {
            "none" => Ok(Self::None),
            "unrestricted" => Ok(Self::Unrestricted),
            name => Line::parse(name).map(Self::Named),
        }
    }
}

/// Who may use the provisioning API and the office pages for this company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    #[default]
    None,
    Administrator,
}

/// The most somebody may give to others, and may change in others: nobody grants above their own (attack 85).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    pub authority: Authority,
    pub reach: Reach,
}

impl Authority {
    pub const VARIANTS: [Self; 2] = [Self::None, Self::Administrator];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Administrator => "administrator",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|authority| authority.as_str() == text)
    }
}

impl Ceiling {
    /// That of the operator.
    pub const NONE: Self = Self { authority: Authority::Administrator, reach: Reach::Everything };

    /// That of somebody with this authority and role.
    pub const fn of(particulars: &Particulars) -> Self {
        Self { authority: particulars.authority, reach: particulars.security_role.reach() }
    }

    /// That of a provisioning client: who may make administrators may give everything.
    pub const fn of_client(may_grant: Authority) -> Self {
        let reach = match may_grant {
            Authority::None => Reach::Something,
            Authority::Administrator => Reach::Everything,
        };
        Self { authority: may_grant, reach }
    }

    pub fn covers(&self, particulars: &Particulars) -> bool {
        particulars.authority <= self.authority && particulars.security_role.reach() <= self.reach
    }
}
