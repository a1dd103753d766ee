//! Authenticated encryption and key derivation under the master keys; what browsers carry for us is opaque.

/// What a sealed value or derived key is for; one purpose's value never opens as another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The authorization request a log-in page carries.
    Flow,
    /// The authorization request that a client pushed, as it is stored.
    PushedRequest,
    /// The activation ticket between landing and password.
    ActivationCookie,
    /// How far somebody who forgot the password has come.
    RecoveryCookie,
    /// The ticket of `idp bootstrap` between landing and form.
    BootstrapCookie,
    /// The ticket of a changed address between landing and button.
    EmailCookie,
    /// In which browsers which accounts logged in before.
    DeviceCookie,
    /// CSRF tokens.
    Csrf,
    /// The successor of a presented refresh token.
    RefreshSuccessor,
    /// The first refresh token of a family that a presented one switched to.
    SwitchedFamily,
    /// The secret behind a mailed link, the same on every retry of one mail.
    MailedTicket,
    /// The code that opens the same ticket as the link.
    MailedCode,
    /// The yes to a list of people to add.
    BulkConfirmation,
    /// What stands for an account that does not exist, so that guesses at it are counted, too.
    Nobody,
    /// What a user code is found by.
    UserCode,
    /// What DPoP proofs must repeat, where the operator wants that.
    DpopNonce,
    /// What shows that the ends of an audit chain are ours.
    AuditChain,
}

impl Purpose {
    pub const VARIANTS: [Self; 17] = [
        Self::Flow,
        Self::PushedRequest,
        Self::ActivationCookie,
        Self::RecoveryCookie,
        Self::BootstrapCookie,
        Self::EmailCookie,
        Self::DeviceCookie,
        Self::Csrf,
        Self::RefreshSuccessor,
        Self::SwitchedFamily,
        Self::MailedTicket,
        Self::MailedCode,
        Self::BulkConfirmation,
        Self::Nobody,
        Self::UserCode,
        Self::DpopNonce,
        Self::AuditChain,
    ];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::PushedRequest => "pushed-request",
            Self::ActivationCookie => "activation-cookie",
            Self::RecoveryCookie => "recovery-cookie",
            Self::BootstrapCookie => "bootstrap-cookie",
            Self::EmailCookie => "email-cookie",
            Self::DeviceCookie => "device-cookie",
            Self::Csrf => "csrf",
            Self::RefreshSuccessor => "refresh-successor",
            Self::SwitchedFamily => "switched-family",
            Self::MailedTicket => "mailed-ticket",
            Self::MailedCode => "mailed-code",
            Self::BulkConfirmation => "bulk-confirmation",
            Self::Nobody => "nobody",
            Self::UserCode => "user-code",
            Self::DpopNonce => "dpop-nonce",
            Self::AuditChain => "audit-chain",
        }
    }
}

pub trait Sealer: Send + Sync {
    /// URL-safe text that only [`Sealer::open`] with the same purpose reads.
    fn seal(&self, purpose: Purpose, plain: &[u8]) -> String;

    /// `None` for anything altered, foreign, sealed for another purpose, or under a key we no longer have.
    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>>;

    /// HMAC-SHA-256 of `input` under a key derived for `purpose` from the active master key.
    fn derive(&self, purpose: Purpose, input: &[u8]) -> [u8; 32];

    /// The same under every master key we have, active first, for checking what was derived before a rotation.
    fn derive_all(&self, purpose: Purpose, input: &[u8]) -> Vec<[u8; 32]>;
}
