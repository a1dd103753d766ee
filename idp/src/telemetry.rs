//! The log on standard error and the metrics for Prometheus. Never a secret: what is logged is chosen where it happens.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::{self, Next};
use idp_config::{Log, LogFormat};
use metrics::{counter, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Upper bounds for everything measured in seconds.
const SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Libraries that tell at `info` what belongs at `debug`.
const QUIET: &str = "sea_orm_migration=warn,sqlx=warn";

/// Renders all metrics in the text format of Prometheus.
pub(crate) type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// The recorder of this process; `None` when another was there first, as in tests.
#[derive(Clone)]
pub(crate) struct Metrics(Option<PrometheusHandle>);

impl Metrics {
    pub(crate) fn render(&self) -> Option<RenderMetrics> {
        let handle = self.0.clone()?;
        Some(Arc::new(move || handle.render()))
    }

    /// Keeps histograms from growing between two scrapes; once a minute is enough.
    pub(crate) fn keep_up(&self) {
        if let Some(handle) = &self.0 {
            handle.run_upkeep();
        }
    }
}

/// Starts logging and counting. Once a process; later calls change nothing.
pub(crate) fn start(log: &Log) -> Metrics {
    // What is written later wins, so the operator can ask for these too. The level was validated with the settings.
    let level = format!("{QUIET},{}", log.level);
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match log.format {
        LogFormat::Text => subscriber.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => {
            subscriber.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
    drop(started);
    Metrics(install())
}

fn install() -> Option<PrometheusHandle> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS).ok()?;
    let handle = builder.install_recorder().ok()?;
    metrics::describe_counter!(
        "idp_deliveries_total",
        "Mails and logout tokens by what became of one attempt"
    );
    metrics::describe_gauge!("idp_queue_waiting", "Mails or logout tokens that wait or are being sent");
    metrics::describe_gauge!("idp_queue_dead", "Mails or logout tokens given up on");
    metrics::describe_counter!("idp_signing_key_changes_total", "Signing keys made, dropped or sealed anew");
    metrics::describe_counter!("idp_swept_rows_total", "Rows deleted because their time was over");
    metrics::describe_gauge!(
        "idp_tls_certificate_expiration_timestamp_seconds",
        "When the first certificate of the chain in use ends, in seconds since 1970"
    );
    metrics::describe_counter!("idp_tls_handshakes_total", "Connections by what became of their handshake");
    metrics::describe_counter!("idp_requests_total", "Requests by method, route template and status");
    metrics::describe_histogram!(
        "idp_request_seconds",
        "Time from the head of a request to that of its answer"
    );
    Some(handle)
}

/// Counts and times every request by its route template; a path that is no route has no name of its own.
pub(crate) fn count_requests(router: Router) -> Router {
    router.layer(middleware::from_fn(async |request: Request, next: Next| {
        let started = Instant::now();
        let route =
            request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
        let method = known(request.method());
        let response = next.run(request).await;
        let status = response.status().as_str().to_owned();
        histogram!("idp_request_seconds", "route" => route.clone()).record(started.elapsed());
        counter!("idp_requests_total", "method" => method, "route" => route, "status" => status).increment(1);
        response
    }))
}

/// Methods are words of the caller's choice: unknown ones share a name, or anybody could fill the memory.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}
