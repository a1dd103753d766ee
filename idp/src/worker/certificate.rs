//! Looks whether the certificate and key of native TLS were replaced, at once when asked to, takes what can be taken, and tells in time when the
//! certificate ends: in the log once a day, and as a metric.

use std::sync::Arc;
use std::time::Duration;

use idp_domain::{Clock, Timestamp};
use metrics::gauge;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Looks, NextLook};
use crate::adapter::CertificateFiles;
use crate::adapter::certificate::{Look, Outlook};

/// Two looks make a new pair ours.
const LOOK_EVERY: Duration = Duration::from_secs(4);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Until told to stop.
pub(crate) async fn watch_certificate(
    files: Arc<CertificateFiles>,
    (clock, asked): (Arc<dyn Clock>, Arc<Notify>),
    stop: CancellationToken,
) {
    let mut told = Told::default();
    told.taken(&files);
    told.outlook(files.outlook(clock.now()), clock.now());
    let mut looks = Looks::every(LOOK_EVERY, stop);
    while let Some(look) = looks.next_or(&asked).await {
        let now = clock.now();
        let looked_at = Arc::clone(&files);
        let look = move || match (looked_at.look(now), look) {
            // Whoever asks says that the files are written to their end.
            (Ok(Look::Changing), NextLook::Asked) => looked_at.look(now),
            (looked, _) => looked,
        };
        let looked = match tokio::task::spawn_blocking(look).await {
            Ok(looked) => looked.map_err(|error| error.to_string()),
            Err(broken) => Err(broken.to_string()),
        };
        match looked {
            Ok(Look::Taken) => told.taken(&files),
            Ok(Look::Unchanged) => told.refused = None,
            Ok(Look::Changing) => {}
            Err(error) => told.refused(error),
        }
        told.outlook(files.outlook(now), now);
    }
}

/// What was said last, so that it is not said at every look.
#[derive(Default)]
struct Told {
    refused: Option<String>,
    outlook: Option<(Outlook, Timestamp)>,
}

impl Told {
    fn taken(&mut self, files: &CertificateFiles) {
        *self = Self::default();
        let until = files.not_after();
        gauge!("idp_tls_certificate_expiration_timestamp_seconds").set(until.seconds() as f64);
        tracing::info!(until = until.to_rfc3339(), "speaking TLS with the certificate of server.tls");
    }

    fn refused(&mut self, error: String) {
        if self.refused.as_ref() != Some(&error) {
            tracing::error!(
                error,
                "server.tls cannot be used as it is now; going on with the pair of before"
            );
            self.refused = Some(error);
        }
    }

    /// A different one at once, the same one once a day.
    fn outlook(&mut self, outlook: Outlook, now: Timestamp) {
        let again = |(last, at): &(Outlook, Timestamp)| {
            std::mem::discriminant(last) == std::mem::discriminant(&outlook) && now.since(*at) < DAY
        };
        if self.outlook.as_ref().is_some_and(again) {
            return;
        }
        match &outlook {
            Outlook::Good => {}
            Outlook::EndsSoon { days } => {
                tracing::warn!(days, "the certificate of server.tls ends soon; renew it")
            }
            Outlook::Bad(complaint) => {
                tracing::error!(%complaint, "browsers and clients will not take this certificate")
            }
        }
        self.outlook = Some((outlook, now));
    }
}
