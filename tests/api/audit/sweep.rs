//! How long events are kept: the oldest go, and what is kept still holds.

use std::time::Duration;

use idp_service::sweep::sweep;

use super::{broken, chain, record, verify};
use crate::support::app::TestApp;
use crate::support::on_each_database;

const DAY: Duration = Duration::from_secs(86_400);
const SIX_YEARS: Duration = Duration::from_secs(2190 * 86_400);

async fn sweep_all(app: &TestApp) {
    while sweep(&app.env).await.unwrap().more {}
}

async fn kept(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM audit_events").await
}

on_each_database! {
    /// Six years, to the second, in batches; the rest stays tied to what went.
    async fn events_go_after_six_years_and_the_chain_holds(app) {
        record(&app, Some(&app.maple), 700).await;
        record(&app, None, 3).await;
        chain(&app).await;
        app.advance(DAY);
        record(&app, Some(&app.maple), 5).await;
        chain(&app).await;
        app.advance(SIX_YEARS - DAY - Duration::from_secs(2));
        sweep_all(&app).await;
        assert_eq!(kept(&app).await, 708);
        app.advance(Duration::from_secs(4));
        sweep_all(&app).await;
        assert_eq!(kept(&app).await, 5);
        let report = verify(&app).await;
        assert_eq!(broken(&report), [""; 0]);
        assert_eq!(report.findings.iter().map(|finding| finding.events).collect::<Vec<_>>(), [0, 5]);
        record(&app, None, 1).await;
        chain(&app).await;
        assert_eq!(broken(&verify(&app).await), [""; 0]);
        app.database().execute("DELETE FROM audit_events WHERE seq = 701").await;
        assert_eq!(broken(&verify(&app).await), [format!("{} 701 Missing", app.maple.id)]);
    }

    /// Whatever waits for its place stays, and whatever is behind a place that is broken: it is evidence.
    async fn neither_what_waits_nor_evidence_is_swept(app) {
        record(&app, Some(&app.maple), 5).await;
        chain(&app).await;
        record(&app, Some(&app.birch), 2).await;
        app.database().execute("UPDATE audit_events SET subject = 'x' WHERE seq = 3").await;
        app.advance(SIX_YEARS + DAY);
        sweep_all(&app).await;
        assert_eq!(kept(&app).await, 5, "two went, three and two are kept");
        assert_eq!(broken(&verify(&app).await), [format!("{} 3 Changed", app.maple.id)]);
        app.database().execute("UPDATE audit_chains SET head_seq = 4 WHERE head_seq = 5").await;
        sweep_all(&app).await;
        assert_eq!(kept(&app).await, 5);
    }
}
