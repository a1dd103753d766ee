//! Scopes (RFC 6749 section 3.3): a small closed set, kept in a stable order.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Scope { $($(#[$doc])* $variant),+ }

        impl Scope {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

scopes! {
    Openid = "openid",
    Profile = "profile",
    Email = "email",
    Address = "address",
    Phone = "phone",
    OfflineAccess = "offline_access",
    /// The claims of the current company (`company.md` section 3).
    Company = "company",
    /// The list of the person's companies, for clients of the operator's (`company.md` section 3).
    Companies = "companies",
    /// Reads members through the provisioning API.
    MembersRead = "members:read",
    /// Creates and changes members through the provisioning API.
    MembersWrite = "members:write",
    /// Reads companies and their clients through the provisioning API.
    CompaniesRead = "companies:read",
    /// Creates and changes companies and their clients through the provisioning API.
    CompaniesWrite = "companies:write",
    /// Reads the audit log through the provisioning API.
    AuditRead = "audit:read",
    /// Tells of mails that came back (R85).
    BouncesWrite = "bounces:write",
    /// Acts for the operator, at every company. Always said, never implied by belonging to no company.
    Operator = "operator",
}

impl Scope {
    /// Whether the scope belongs to the provisioning API rather than to a person's sign-in.
    pub const fn is_administrative(self) -> bool {
        match self {
            Self::Openid
            | Self::Profile
            | Self::Email
            | Self::Address
            | Self::Phone
            | Self::OfflineAccess
            | Self::Company
            | Self::Companies => false,
            Self::MembersRead
            | Self::MembersWrite
            | Self::CompaniesRead
            | Self::CompaniesWrite
            | Self::AuditRead
            | Self::BouncesWrite
            | Self::Operator => true,
        }
    }

    /// Whether what it allows changes something: a person must have logged in a moment ago for that.
    pub const fn is_for_writing(self) -> bool {
        matches!(self, Self::MembersWrite | Self::CompaniesWrite | Self::BouncesWrite)
    }
}

/// A set of scopes, written in a stable order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Keeps the scopes we know; unknown ones are ignored (Core section 3.1.2.1).
    pub fn parse(text: &str) -> Self {
        Self(text.split(' ').filter_map(Scope::parse).collect())
    }

    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn is_subset(&self, of: &Self) -> bool {
        self.0.is_subset(&of.0)
    }

    pub fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).copied().collect())
    }

    /// Those of the provisioning API.
    #[must_use]
    pub fn administrative(&self) -> Self {
        self.iter().filter(|scope| scope.is_administrative()).collect()
    }

    /// Those of a person's sign-in.
    #[must_use]
    pub fn for_people(&self) -> Self {
        self.iter().filter(|scope| !scope.is_administrative()).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<T: IntoIterator<Item = Scope>>(scopes: T) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.0.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { " " }, scope.as_str())?;
        }
        Ok(())
    }
}

impl Serialize for Scopes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}
