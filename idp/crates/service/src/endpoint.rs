//! The issuer and the addresses under it. Links are built from configuration only (L5, CVE-2025-48936).

use idp_domain::id::TicketId;
use idp_domain::secret::Token;
use url::{Position, Url};

macro_rules! endpoints {
    ($($(#[$doc:meta])* $variant:ident = $path:literal),+ $(,)?) => {
        /// Every address the provider answers at, relative to the issuer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Endpoint { $($(#[$doc])* $variant),+ }

        impl Endpoint {
            pub const VARIANTS: &'static [Self] = &[$(Self::$variant),+];
            /// The route, beginning with a slash.
            pub const fn path(self) -> &'static str { match self { $(Self::$variant => $path),+ } }
        }
    };
}

endpoints! {
    Home = "/",
    Authorization = "/authorize",
    /// Where clients push what a browser is to bring to the authorization endpoint (RFC 9126).
    PushedAuthorizationRequest = "/par",
    Continue = "/continue",
    LogIn = "/login",
    DismissNotice = "/login/notice",
    Questions = "/questions",
    CancelQuestions = "/questions/cancel",
    NoAccess = "/no-access",
    /// What a client that is not the agency's own may know.
    Consent = "/consent",
    Token = "/token",
    DeviceAuthorization = "/device_authorization",
    /// Where somebody types the code that a computer shows (`verification_uri`).
    Device = "/device",
    /// Whether that computer may go on.
    DeviceApproval = "/device/approve",
    /// It may, or may not: back to the computer.
    DeviceDone = "/device/done",
    /// Which of the person's agencies, and as whom.
    Choose = "/choose",
    Introspection = "/introspect",
    Revocation = "/revoke",
    /// Where programs make themselves clients (RFC 7591 section 3).
    Registration = "/register",
    /// Where such a client comes back to its metadata (RFC 7592 section 2).
    ClientConfiguration = "/register/{client}",
    Userinfo = "/userinfo",
    Jwks = "/jwks",
    EndSession = "/logout",
    ConfirmLogout = "/logout/confirm",
    SignedOut = "/signed-out",
    /// A person's own facts.
    Account = "/account",
    /// The clients a person allowed something, and taking it back.
    Apps = "/account/apps",
    /// Asking for a mail to choose a new password.
    Forgot = "/forgot",
    /// Typing the code from that mail.
    ForgotCode = "/forgot/code",
    /// Asking for one's company codes (R84).
    CompanyCodes = "/forgot/company-code",
    /// Where the mailed link of a forgotten password leads.
    Reset = "/reset",
    /// The three questions, after the mailbox is proven (Q1).
    ResetQuestions = "/reset/questions",
    /// The saved recovery code instead of them.
    ResetRecoveryCode = "/reset/recovery-code",
    ResetPassword = "/reset/password",
    /// A new link to the address on file.
    ResendReset = "/reset/resend",
    /// Required action: proving the address.
    VerifyEmail = "/verify-email",
    ResendVerification = "/verify-email/resend",
    /// Required action: another password.
    ChangePassword = "/change-password",
    /// Where the mail to a new address leads.
    ConfirmEmail = "/email/confirm",
    /// Where the mail to the old address leads.
    UndoEmail = "/email/undo",
    /// How the account is protected.
    Security = "/account/security",
    OwnPassword = "/account/password",
    OwnQuestions = "/account/questions",
    OwnEmail = "/account/email",
    OwnRecoveryCode = "/account/recovery-code",
    /// Where the person is signed in, and signing out there.
    Sessions = "/account/sessions",
    SignOutEverywhere = "/account/sessions/all",
    /// Recent sign-ins and changes.
    Activity = "/account/activity",
    /// The agencies the person belongs to, and leaving one.
    OwnCompanies = "/account/companies",
    /// Everything stored about the person, and the way out.
    OwnData = "/account/data",
    DownloadData = "/account/data/download",
    CloseAccount = "/account/close",
    /// Where the link of `idp bootstrap` leads.
    Bootstrap = "/bootstrap",
    /// The office pages: the agencies somebody looks after.
    Office = "/office",
    /// One agency's people. In links the agency is always its id, which no word of ours can be.
    OfficePeople = "/office/{company}",
    OfficeAdd = "/office/{company}/add",
    OfficePerson = "/office/{company}/people/{member}",
    /// To everybody who has not activated.
    OfficeResend = "/office/{company}/resend",
    /// One printed page for everybody: company code and portal.
    OfficeInstructions = "/office/{company}/instructions",
    OfficeBulk = "/office/{company}/bulk",
    OfficeBatch = "/office/{company}/bulk/{job}",
    OfficeBatchResult = "/office/{company}/bulk/{job}/result.csv",
    OfficeLogo = "/office/{company}/logo",
    OfficeRemoveLogo = "/office/{company}/logo/remove",
    /// Operators only.
    OfficeNewCompany = "/office/companies/new",
    Activate = "/activate",
    ResendActivation = "/activate/resend",
    CreatePassword = "/create-password",
    Companies = "/admin/v1/companies",
    /// And its verbs: `{company}:suspend`.
    Company = "/admin/v1/companies/{company}",
    CompanyLogo = "/admin/v1/companies/{company}/logo",
    CompanyAliases = "/admin/v1/companies/{company}/aliases",
    CompanyAlias = "/admin/v1/companies/{company}/aliases/{alias}",
    Clients = "/admin/v1/companies/{company}/clients",
    /// And its verbs: `{client}:rotate-secret`.
    Client = "/admin/v1/companies/{company}/clients/{client}",
    Members = "/admin/v1/companies/{company}/members",
    Member = "/admin/v1/companies/{company}/members/{member}",
    /// The audit log of a company.
    Audit = "/admin/v1/companies/{company}/audit",
    /// What belongs to no company.
    PlatformAudit = "/admin/v1/audit",
    /// Mail that came back, as the operator's mail provider tells it.
    Bounces = "/admin/v1/bounces",
    BulkInvitations = "/admin/v1/companies/{company}/bulk-invitations",
    /// A job; `job_...:cancel` stops it.
    Job = "/admin/v1/companies/{company}/jobs/{job}",
    JobRows = "/admin/v1/companies/{company}/jobs/{job}/rows",
    JobResult = "/admin/v1/companies/{company}/jobs/{job}/result.csv",
    Readiness = "/admin/v1/companies/{company}/readiness",
    OpenApi = "/admin/v1/openapi.json",
    /// The description of the provisioning API as a page.
    ApiDocs = "/admin/v1/docs",
    Live = "/health/live",
    Ready = "/health/ready",
    Metrics = "/metrics",
    Asset = "/assets/{name}",
    /// The logos of agencies, each under a name that nobody guesses.
    Logo = "/logos/{name}",
}

/// The issuer identifier, byte for byte as configured, and what is derived from it.
#[derive(Debug, Clone)]
pub struct Issuer {
    text: String,
    url: Url,
}

impl Issuer {
    /// # Errors
    /// The parse error of an issuer that is no URL; everything else the configuration has checked.
    pub fn new(text: String) -> Result<Self, url::ParseError> {
        let url = Url::parse(&text)?;
        Ok(Self { text, url })
    }

    /// The `iss` value.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What every path starts with: empty, or `/auth` for an issuer with a path.
    pub fn base(&self) -> &str {
        self.url.path().trim_end_matches('/')
    }

    /// The path of an endpoint on this host.
    pub fn path(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.base(), endpoint.path())
    }

    /// The absolute address of an endpoint.
    pub fn address(&self, endpoint: Endpoint) -> String {
        format!("{}{}", self.text.trim_end_matches('/'), endpoint.path())
    }

    /// The audience of the provisioning API.
    pub fn admin_audience(&self) -> String {
        format!("{}/admin/v1", self.text.trim_end_matches('/'))
    }

    /// Whether a browser that is sent to this path, with or without a query, asks for a page of ours at or below the
    /// endpoint, written just so: it is no other site's, climbs out of nowhere, and has no second reading.
    pub fn is_within(&self, endpoint: Endpoint, path: &str) -> bool {
        let Ok(read) = self.url.join(path) else { return false };
        let page = self.path(endpoint);
        let below = read.path().strip_prefix(&page);
        read.origin() == self.url.origin()
            && &read[Position::BeforePath..] == path
            && read.fragment().is_none()
            && below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    }

    /// `https://host:port`, as browsers send it in `Origin`.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// What stands in a mail: from configuration only, whatever a request said (L5, CVE-2025-48936).
    pub fn mailed_link(&self, endpoint: Endpoint, token: &Token<TicketId>) -> String {
        format!("{}?ticket={}", self.address(endpoint), token.reveal())
    }

    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or("localhost")
    }

    /// Whether cookies may carry `Secure` and the `__Host-` prefix (rules section 5).
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// RFC 8414 section 3.1 puts the well-known segment before the issuer's path; OpenID Connect Discovery after it.
    pub fn well_known_paths(&self) -> [String; 3] {
        let base = self.base();
        [
            format!("{base}/.well-known/openid-configuration"),
            format!("/.well-known/oauth-authorization-server{base}"),
            format!("/.well-known/openid-configuration{base}"),
        ]
    }
}
