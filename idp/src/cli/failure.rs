//! Why a command ended without success: one message each, which says what to do.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use idp_config::ConfigError;
use idp_domain::client::{ClientId, Profile};
use idp_domain::id::InitialTokenId;
use idp_migration::SchemaError;
use idp_service::Fault;
use idp_service::access::AccessError;
use idp_service::audit_log::VerifyError;
use idp_service::bootstrap::BootstrapError;
use idp_service::clients::ClientError;
use idp_service::companies::CompanyError;
use idp_service::field::FieldProblem;
use idp_service::operators::AccountError;
use idp_service::seed::SeedError;

use crate::adapter::certificate::Complaint;
use crate::compose::ComposeError;
use crate::demo::DemoError;
use crate::node::NodeError;
use crate::seed_file::SeedFileError;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}\n`idp config show --defaults` explains every setting.")]
    Config(#[from] ConfigError),
    #[error(transparent)]
    SeedFile(#[from] SeedFileError),
    #[error("a seed is for test rigs and is refused in production; write mode = \"development\" there")]
    SeedInProduction,
    #[error("the seed was not stored: {0}")]
    Seed(#[from] SeedError),
    #[error(transparent)]
    Compose(#[from] ComposeError),
    #[error("{}", obstacles(.0))]
    Obstacles(Vec<ComposeError>),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error(transparent)]
    Demo(#[from] DemoError),
    #[error(transparent)]
    Certificate(#[from] Complaint),
    #[error("the signing keys: {0}")]
    Keys(#[source] Fault),
    #[error("{}", client(.0))]
    Client(#[from] ClientError),
    #[error("{client} stays as it is:{}", listed(found))]
    ClientStays { client: ClientId, found: Vec<FieldProblem> },
    #[error(
        "{client} would be gone for good: what it holds is revoked, and its id is never given again; if that is what you want, \
         say --yes. `idp client disable {client}` stops it, and can be taken back"
    )]
    Unconfirmed { client: ClientId },
    #[error("--jwks {}: {why}", path.display())]
    Jwks { path: PathBuf, why: String },
    #[error("{client} does not satisfy the profile {}", profile.as_str())]
    ClientLacks { client: ClientId, profile: Profile },
    #[error("there is no initial access token {0}; `idp client invite list` shows them")]
    UnknownInitialToken(InitialTokenId),
    #[error("the initial access tokens: {0}")]
    Registration(#[source] Fault),
    #[error("there is no company {0}")]
    UnknownCompany(String),
    #[error("{}", company(.0))]
    Company(#[from] CompanyError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error("the audit log: {0}")]
    Audit(#[source] Fault),
    #[error(
        "the audit log is not what was recorded; keep the database as it is, and find out who could write to it"
    )]
    AuditBroken,
    #[error(
        "the audit log is empty, and there was one: it was deleted; keep the database as it is, and find out who could write to it"
    )]
    AuditEmptied,
    #[error(
        "this master key does not belong to this database: neither its signing keys nor the audit log are sealed under it; \
         correct keys.master, or put the key file back beside the database"
    )]
    ForeignMasterKey,
    #[error("--noted {}: {why}", path.display())]
    Noted { path: PathBuf, why: String },
    #[error("cannot write the answer: {0}")]
    Output(#[source] io::Error),
    #[error("cannot start: {0}")]
    Runtime(#[source] io::Error),
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::ForeignMasterKey => Self::ForeignMasterKey,
            VerifyError::Fault(fault) => Self::Audit(fault),
        }
    }
}

impl Failure {
    /// 2 where something that was written has to be corrected, 1 where something outside failed.
    pub fn exit_code(&self) -> ExitCode {
        let wrong_input = match self {
            Self::SeedFile(error) => !matches!(error, SeedFileError::Fault(_)),
            Self::Config(_) | Self::SeedInProduction | Self::Seed(SeedError::UnknownCompany { .. }) => true,
            Self::Compose(error) | Self::Node(NodeError::Compose(error)) => is_wrong_setting(error),
            Self::Obstacles(errors) => errors.iter().all(is_wrong_setting),
            Self::Certificate(_) => true,
            Self::Client(error) => !matches!(error, ClientError::Fault(_)),
            Self::UnknownCompany(_)
            | Self::UnknownInitialToken(_)
            | Self::ClientStays { .. }
            | Self::Unconfirmed { .. }
            | Self::Jwks { .. }
            | Self::Noted { .. }
            | Self::ForeignMasterKey => true,
            Self::Company(error) => !matches!(error, CompanyError::Fault(_)),
            Self::Account(error) => !matches!(error, AccountError::Fault(_)),
            Self::Bootstrap(error) => !matches!(error, BootstrapError::Fault(_)),
            _ => false,
        };
        ExitCode::from(if wrong_input { 2 } else { 1 })
    }
}

/// Whether a setting is to be corrected, or the file it names.
fn is_wrong_setting(error: &ComposeError) -> bool {
    matches!(
        error,
        ComposeError::Locations(_)
            | ComposeError::Certificate(_)
            | ComposeError::Sender(_)
            | ComposeError::Smtp(_)
            | ComposeError::Outbound(_)
    )
}

/// Each of what stops a server.
fn obstacles(found: &[ComposeError]) -> String {
    match found {
        [one] => one.to_string(),
        several => {
            let listed: String = several.iter().map(|error| format!("\n  {error}")).collect();
            format!("the server would not start, for {} reasons:{listed}", several.len())
        }
    }
}

fn client(error: &ClientError) -> String {
    match error {
        ClientError::Invalid(found) => format!("the client cannot be registered:{}", listed(found)),
        other => other.to_string(),
    }
}

/// Every bad field at once.
fn listed(found: &[FieldProblem]) -> String {
    found.iter().map(|problem| format!("\n  {} {}", problem.field, problem.detail)).collect()
}

fn company(error: &CompanyError) -> String {
    match error {
        CompanyError::Invalid(found) => format!("the company cannot be opened:{}", listed(found)),
        other => other.to_string(),
    }
}
