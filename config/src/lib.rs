//! Typed settings: `default.toml` <- `--config FILE` <- `IDP__SECTION__KEY`, validated as a whole before anything starts.
//! Every problem is reported at once, with its key and what to write instead. The only place that looks at the
//! environment; never shows a secret.

mod address;
mod checks;
mod convert;
mod duration;
mod extract;
mod keyword;
mod layers;
mod limits;
mod nearest;
mod private_host;
mod problem;
mod raw;
mod reference;
mod secret;
mod section;
mod settings;
mod show;

use std::path::Path;

pub use address::Network;
pub use keyword::{
    LogFormat, Mode, OtherCountry, PortalAuth, Questions, RegistrationMode, SmtpTls, TransportKind,
};
pub use private_host::PrivateHost;
pub use problem::{ConfigError, Problem};
pub use reference::{Entry, reference, reference_table};
pub use secret::{Secret, SecretSource};
pub use section::{
    Argon2, Audit, Backchannel, Branding, Bulk, CertificatePaths, Device, Links, Log, Portal, Recovery,
    Registration, Server, Session, Throttle, Tokens,
};
pub use settings::{
    Credentials, Database, DatabaseKind, Ephemeral, Issuer, KeyChain, Keys, Mail, NamedKey, Outbound,
    Password, Settings, Smtp, Transport,
};

use layers::{Layers, PREFIX};
use problem::Problems;

/// Every setting with its default and its meaning: the text of `default.toml`, as `idp config show --defaults` prints it.
pub const DEFAULTS: &str = include_str!("../default.toml");

/// Loads, merges and validates the settings, and reads the files that secrets are in. Relative paths are relative to the
/// working directory.
///
/// # Errors
/// Everything that is wrong, in the file, in the environment and between the settings.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Settings, ConfigError> {
    let mut problems = Problems::default();
    let layers = Layers::gather(file, environment, &mut problems);
    if !problems.is_empty() {
        // A file that cannot be read at all would only be followed by complaints about what stands in it.
        return problems.settle(None);
    }
    let raw = extract::extract(&layers, &mut problems);
    let settings = raw.and_then(|raw| {
        limits::check(&raw, &mut problems);
        checks::check(&raw, &layers, &mut problems);
        convert::settings(raw, &mut problems)
    });
    problems.annotate(|key| layers.variable(key));
    problems.settle(settings)
}

/// The same with the environment of this process.
///
/// # Errors
/// As `load`; also if one of our variables is not UTF-8.
pub fn load_from_environment(file: Option<&Path>) -> Result<Settings, ConfigError> {
    let mut variables = Vec::new();
    let mut problems = Problems::default();
    for (name, value) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        match value.into_string() {
            Ok(value) => variables.push((name, value)),
            Err(_) if name.starts_with(PREFIX) => problems.report(name, "is not UTF-8; write it again"),
            Err(_) => {}
        }
    }
    problems.settle(Some(variables)).and_then(|variables| load(file, variables.into_iter()))
}
