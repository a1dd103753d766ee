//! Where the parts of the demo listen: three ports on loopback, taken before anything else is done.

use std::net::{Ipv4Addr, SocketAddr};

use idp_config::{ConfigError, Settings};
use tokio::net::TcpListener;

use super::folder::Folder;
use super::{DemoError, Options};

pub(super) struct Places {
    pub(super) provider: TcpListener,
    pub(super) desk: TcpListener,
    ports: Ports,
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    provider: u16,
    desk: u16,
    portal: u16,
}

impl Places {
    /// # Errors
    /// [`DemoError::PortTaken`], which names the flag that chooses another one.
    pub(super) async fn take(options: &Options) -> Result<Self, DemoError> {
        let (provider, provider_port) = take("--port", options.provider_port).await?;
        let (desk, desk_port) = take("--desk-port", options.desk_port).await?;
        // The portal is a process of its own; its port is only tried, and free again when it starts.
        let (_, portal_port) = take("--portal-port", options.portal_port).await?;
        let ports = Ports { provider: provider_port, desk: desk_port, portal: portal_port };
        Ok(Self { provider, desk, ports })
    }

    pub(super) fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.provider)
    }

    pub(super) fn desk_port(&self) -> u16 {
        self.ports.desk
    }

    pub(super) fn desk_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.desk)
    }

    pub(super) fn portal_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports.portal).into()
    }

    /// Without a slash at its end.
    pub(super) fn portal_url(&self) -> String {
        format!("http://{}", self.portal_address())
    }

    /// The settings of the provider: development, SQLite and mails in the demo's folder.
    pub(super) fn settings(&self, folder: &Folder, verbose: bool) -> Result<Settings, ConfigError> {
        let written = [
            ("MODE", "development".to_owned()),
            ("ISSUER__URL", self.issuer()),
            ("SERVER__LISTEN", format!("127.0.0.1:{}", self.ports.provider)),
            ("SERVER__SHUTDOWN_GRACE", "5 s".to_owned()),
            ("DATABASE__URL", folder.database_url()),
            ("MAIL__TRANSPORT", "folder".to_owned()),
            ("MAIL__FOLDER", folder.mails().display().to_string()),
            ("MAIL__FROM_ADDRESS", "no-reply@id.example".to_owned()),
            // The portal is told of log-outs by http, on this machine.
            ("OUTBOUND__ALLOWED_PRIVATE_HOSTS", format!("[\"{}\"]", self.portal_address())),
            ("BRANDING__OPERATOR_NAME", "Maple Care Software Inc.".to_owned()),
            ("LOG__LEVEL", if verbose { "info" } else { "warn" }.to_owned()),
        ];
        idp_config::load(None, written.into_iter().map(|(key, value)| (format!("IDP__{key}"), value)))
    }
}

async fn take(flag: &'static str, port: u16) -> Result<(TcpListener, u16), DemoError> {
    let taken = |why| DemoError::PortTaken { flag, port, why };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(taken)?;
    let port = listener.local_addr().map_err(taken)?.port();
    Ok((listener, port))
}
