//! Connections to the mail server, some of them kept open between mails.
//!
//! A connection is kept only after its mail was accepted. Any other one is closed, also when the attempt was abandoned
//! half way: on a reused connection the late reply to one mail would be taken for the reply to the next.

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::failure::Failure;
use super::{SmtpError, SmtpOptions, SmtpSecurity};

pub(super) struct MailServer {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
    kept: Mutex<Vec<AsyncSmtpConnection>>,
    keep_at_most: usize,
}

enum Security {
    StartTls(TlsParameters),
    Tls(TlsParameters),
    None,
}

impl MailServer {
    pub(super) fn new(options: SmtpOptions) -> Result<Self, SmtpError> {
        let tls = || tls_parameters(&options.host, options.extra_roots.as_deref());
        let security = match options.security {
            SmtpSecurity::StartTls => Security::StartTls(tls()?),
            SmtpSecurity::Tls => Security::Tls(tls()?),
            SmtpSecurity::None => Security::None,
        };
        let credentials =
            options.credentials.map(|(user, password)| Credentials::new(user, password.expose().clone()));
        Ok(Self {
            host: options.host,
            port: options.port,
            security,
            credentials,
            hello: ClientId::default(),
            kept: Mutex::default(),
            keep_at_most: options.pool_size,
        })
    }

    /// A connection ready for a mail: one that was kept and still answers, or a new one.
    pub(super) async fn connection(&self) -> Result<AsyncSmtpConnection, Failure> {
        while let Some(mut kept) = self.take() {
            if kept.test_connected().await {
                return Ok(kept);
            }
        }
        self.connect().await
    }

    /// Keeps a connection whose mail was accepted.
    pub(super) fn keep(&self, connection: AsyncSmtpConnection) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < self.keep_at_most {
            kept.push(connection);
        }
    }

    fn take(&self) -> Option<AsyncSmtpConnection> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let from_the_start = match &self.security {
            Security::Tls(tls) => Some(tls.clone()),
            Security::StartTls(_) | Security::None => None,
        };
        let mut connection = self.open(from_the_start).await.map_err(Failure::NoConnection)?;
        if let Security::StartTls(tls) = &self.security {
            if !connection.can_starttls() {
                return Err(Failure::NoStartTls);
            }
            connection.starttls(tls.clone(), &self.hello).await.map_err(Failure::NoConnection)?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(Failure::NotAuthenticated)?;
        }
        Ok(connection)
    }

    async fn open(&self, tls: Option<TlsParameters>) -> Result<AsyncSmtpConnection, Error> {
        // The time limit of the whole attempt is the caller's.
        AsyncSmtpConnection::connect_tokio1((self.host.as_str(), self.port), None, &self.hello, tls, None)
            .await
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

fn tls_parameters(host: &str, extra_roots: Option<&Path>) -> Result<TlsParameters, SmtpError> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(path) = extra_roots {
        let unreadable = |why: String| SmtpError::Roots { path: path.to_owned(), why };
        let pem = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
        // A file without any certificate parses as well, as none.
        if !pem.windows(17).any(|window| window == b"BEGIN CERTIFICATE") {
            return Err(unreadable("there is no PEM certificate in it".to_owned()));
        }
        let roots = Certificate::from_pem(&pem).map_err(|error| unreadable(error.to_string()))?;
        parameters = parameters.add_root_certificate(roots);
    }
    parameters.build_rustls().map_err(SmtpError::Tls)
}
