//! The worker of lists that were confirmed, on one node: woken by its bell, by the clock otherwise. A node that stops leaves
//! its job to the others after the rows that are being carried out.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use idp_service::bulk::{JobWorker, Turn};
use idp_service::env::Queue;
use metrics::counter;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Doorbell;

/// How often is looked for jobs that nobody rang for: those of a node that died.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Carries out what is confirmed until told to stop.
pub(crate) async fn run_jobs(mut worker: JobWorker, bell: Arc<Doorbell>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // Registered before the look: a ring that comes while we look is not lost.
        let mut rung = pin!(bell.of(Queue::Jobs).notified());
        rung.as_mut().enable();
        match worker.turn().await {
            Ok(Turn::Worked(rows)) => counter!("idp_bulk_rows_total").increment(rows),
            Ok(Turn::Ended(rows)) => {
                counter!("idp_bulk_rows_total").increment(rows);
                tracing::info!("a job came to its end");
            }
            Ok(Turn::Idle) => tokio::select! {
                () = stop.cancelled() => {}
                () = rung => {}
                () = sleep(LOOK_EVERY) => {}
            },
            Err(error) => {
                tracing::error!(%error, "a job cannot go on; trying again");
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sleep(LOOK_EVERY) => {}
                }
            }
        }
    }
}
