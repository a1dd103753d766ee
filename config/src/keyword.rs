//! Settings whose value is one of a few words. The enum is the only list of them: reading, writing and the message about
//! a wrong word all come from it.

/// Declares an enum of words; each variant with the word it is written as.
macro_rules! keyword {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// All of them.
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];

            /// The word it is written as.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let found = Self::VARIANTS.iter().find(|variant| variant.word() == text);
                found.copied().ok_or_else(|| {
                    let words: Vec<_> = Self::VARIANTS.iter().map(|variant| format!("{:?}", variant.word())).collect();
                    format!("{text:?} is unknown here; write {}", words.join(" or "))
                })
            }
        }

        impl From<$name> for &'static str {
            fn from(value: $name) -> Self {
                value.word()
            }
        }
    };
}

keyword! {
    /// What the server is for.
    Mode {
        /// Real people: whatever is only good for trying things out is refused.
        Production = "production",
        /// One machine, loopback, nothing real.
        Development = "development",
    }
}

keyword! {
    /// How the portals that the template makes prove who they are (RFC 6749 section 2.3, RFC 7523).
    PortalAuth {
        /// A secret, shown once when the agency is created.
        ClientSecretBasic = "client_secret_basic",
        /// Assertions signed with keys that the portals publish.
        PrivateKeyJwt = "private_key_jwt",
    }
}

keyword! {
    /// Whether security questions guard a password reset (rule Q10).
    Questions {
        /// Asked after the mailed link, before the new password.
        Required = "required",
        /// The mailed link is enough.
        Off = "off",
    }
}

keyword! {
    /// What becomes of a computer in another country than the person who types its code (rules section 6, "Proximity").
    OtherCountry {
        /// It is not let in.
        Refuse = "refuse",
        /// The person is warned first, as of a computer in another network.
        Warn = "warn",
    }
}

keyword! {
    /// Who may register clients (RFC 7591).
    RegistrationMode {
        /// Nobody: the operator makes every client.
        Off = "off",
        /// Whoever has an initial access token of the operator's.
        Token = "token",
        /// Anybody.
        Open = "open",
    }
}

keyword! {
    /// Where mails go.
    TransportKind {
        /// One `.eml` file for each mail.
        Folder = "folder",
        /// A mail server.
        Smtp = "smtp",
    }
}

keyword! {
    /// How the connection to the mail server is protected.
    SmtpTls {
        /// Plain at first, then required to upgrade (RFC 3207).
        StartTls = "starttls",
        /// TLS from the first byte (RFC 8314).
        Tls = "tls",
        /// Not at all: loopback or development only.
        None = "none",
    }
}

keyword! {
    /// Shape of the log.
    LogFormat {
        /// For people.
        Text = "text",
        /// For machines.
        Json = "json",
    }
}
