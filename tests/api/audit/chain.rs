//! The chains: tied in by one node at a time, and telling of whatever was done to them past the store.

use idp_service::audit_log::{self, Chained, Noted};

use super::{broken, chain, event, record, verify};
use crate::support::app::TestApp;
use crate::support::on_each_database;

/// Maple's events, the platform's and Birch's, all in their places.
async fn recorded(app: &TestApp) {
    record(app, Some(&app.maple), 6).await;
    record(app, None, 2).await;
    record(app, Some(&app.birch), 2).await;
    assert_eq!(chain(app).await, 10);
    assert_eq!(broken(&verify(app).await), [""; 0]);
    let keep = "CREATE TABLE kept_events AS SELECT * FROM audit_events; \
                CREATE TABLE kept_chains AS SELECT * FROM audit_chains";
    app.database().execute(keep).await;
}

/// What is found after these statements; then everything is as it was.
async fn found_after(app: &TestApp, sql: &str) -> Vec<String> {
    let sql = sql
        .replace("MAPLE", "(SELECT company FROM company_codes WHERE code = '99999')")
        .replace("BIRCH", "(SELECT company FROM company_codes WHERE code = '22222')");
    app.database().execute(&sql).await;
    let found = broken(&verify(app).await);
    let restore = "DELETE FROM audit_events; INSERT INTO audit_events SELECT * FROM kept_events; \
                   DELETE FROM audit_chains; INSERT INTO audit_chains SELECT * FROM kept_chains";
    app.database().execute(restore).await;
    assert_eq!(broken(&verify(app).await), [""; 0], "restored after {sql}");
    found
}

on_each_database! {
    /// Every column of an event is part of what is tied in; also one that is written now and was not before, and a value that
    /// no event has.
    async fn a_change_of_any_column_is_found_at_its_place(app) {
        recorded(&app).await;
        let maple = format!("{} 3 Changed", app.maple.id);
        for change in [
            "id = (SELECT id FROM companies WHERE code = '22222')",
            "at = at + 1",
            "action = 'session.ended'",
            "action = 'nonsense'",
            "actor = '{\"type\":\"system\"}'",
            "actor = ''",
            "request_id = 'req_8'",
            "request_id = NULL",
            "address = '192.0.2.8'",
            "address = NULL",
            "user_agent = 'Sample/1.1'",
            "user_agent = ''",
            "company = BIRCH",
            "company = NULL",
            "account = BIRCH",
            "account = NULL",
            "subject = 'mbr_8'",
            "subject = NULL",
            "reason = 'open'",
            "reason = NULL",
            "client = 'office.22222'",
            "client = NULL",
            "changes = '[]'",
            "changes = NULL",
            "hash = (SELECT hash FROM kept_events WHERE chain = MAPLE AND seq = 2)",
            "hash = NULL",
        ] {
            let sql = format!("UPDATE audit_events SET {change} WHERE chain = MAPLE AND seq = 3");
            assert_eq!(found_after(&app, &sql).await, [maple.as_str()], "{change}");
        }
    }

    /// Attack: ids stored as text of the same bytes. Nothing of them is changed, and no reader would find the event.
    async fn an_event_that_readers_pass_over_is_missing(app) {
        recorded(&app).await;
        if !app.database().url().starts_with("sqlite:") {
            let refused = app.database().count("SELECT count(*) FROM audit_events WHERE pg_typeof(company)::text <> 'uuid'");
            return assert_eq!(refused.await, 0, "PostgreSQL stores nothing but ids there");
        }
        for column in ["id", "company", "account"] {
            let sql = format!("UPDATE audit_events SET {column} = CAST({column} AS TEXT) WHERE chain = MAPLE AND seq = 3");
            assert_eq!(found_after(&app, &sql).await, [format!("{} 3 Missing", app.maple.id)], "{column}");
        }
    }

    /// Removed: in the middle, at the end, the first, all of them; or sent back to wait once more.
    async fn a_removed_event_is_found_at_its_place(app) {
        recorded(&app).await;
        let maple = |seq: u64| vec![format!("{} {seq} Missing", app.maple.id)];
        for (condition, seq) in [("seq = 3", 3), ("seq = 1", 1), ("seq = 6", 6), ("seq >= 4", 4), ("seq > 0", 1)] {
            let sql = format!("DELETE FROM audit_events WHERE chain = MAPLE AND {condition}");
            assert_eq!(found_after(&app, &sql).await, maple(seq), "{condition}");
        }
        let waits = "UPDATE audit_events SET chain = NULL, seq = NULL, hash = NULL WHERE chain = MAPLE AND seq = 2";
        assert_eq!(found_after(&app, waits).await, maple(2));
    }

    /// Moved: two change places, with their hashes and without; one goes over to another company.
    async fn events_that_changed_places_are_found(app) {
        recorded(&app).await;
        let swap = |and_hash: &str| {
            format!(
                "UPDATE audit_events SET seq = 99 WHERE chain = MAPLE AND seq = 2; \
                 UPDATE audit_events SET seq = 2 WHERE chain = MAPLE AND seq = 3; \
                 UPDATE audit_events SET seq = 3 WHERE chain = MAPLE AND seq = 99; {and_hash}"
            )
        };
        let hashes = "UPDATE audit_events SET hash = (SELECT hash FROM kept_events AS kept \
                      WHERE kept.chain = audit_events.chain AND kept.seq = audit_events.seq) WHERE chain = MAPLE";
        let maple = vec![format!("{} 2 Changed", app.maple.id)];
        assert_eq!(found_after(&app, &swap("")).await, maple);
        assert_eq!(found_after(&app, &swap(hashes)).await, maple);
        let over = "UPDATE audit_events SET chain = BIRCH, company = BIRCH, seq = 3 WHERE chain = MAPLE AND seq = 6";
        let both = [format!("{} 6 Missing", app.maple.id), format!("{} 3 Outside", app.birch.id)];
        let mut found = found_after(&app, over).await;
        found.sort();
        let mut both = both.to_vec();
        both.sort();
        assert_eq!(found, both);
    }

    /// Put in: behind the head, before the first, in the place of a removed one, or of a company that has no chain.
    async fn a_forged_event_is_found(app) {
        recorded(&app).await;
        let put = |chain: &str, seq: i64| {
            format!(
                "UPDATE audit_events SET chain = {chain}, seq = {seq}, hash = (SELECT hash FROM kept_events \
                 WHERE chain = MAPLE AND seq = 1) WHERE id = (SELECT id FROM kept_events WHERE chain = BIRCH AND seq = 2)"
            )
        };
        let birch = format!("{} 2 Missing", app.birch.id);
        for seq in [7, 99, 0, -1] {
            let found = found_after(&app, &put("MAPLE", seq)).await;
            let outside = format!("{} {} Outside", app.maple.id, u64::try_from(seq).unwrap_or(0));
            assert!(found.len() == 2 && found.contains(&outside) && found.contains(&birch), "{found:?}");
        }
        let replaced = format!("DELETE FROM audit_events WHERE chain = MAPLE AND seq = 4; {}", put("MAPLE", 4));
        let found = found_after(&app, &replaced).await;
        assert!(found.contains(&format!("{} 4 Changed", app.maple.id)) && found.contains(&birch), "{found:?}");
        let stranger = put("(SELECT id FROM kept_events WHERE chain = MAPLE AND seq = 1)", 1);
        let found = found_after(&app, &stranger).await;
        assert!(found.len() == 2 && found.iter().any(|found| found.ends_with(" 1 Outside")), "{found:?}");
    }

    /// Whoever can write to the database has no key: new ends, or all links computed anew, fit no seal.
    async fn ends_that_are_not_ours_are_found(app) {
        recorded(&app).await;
        let ends = |seq: u64| vec![format!("{} {seq} Ends", app.maple.id)];
        let cut = "DELETE FROM audit_events WHERE chain = MAPLE AND seq > 4; \
                   UPDATE audit_chains SET head_seq = 4, head_hash = (SELECT hash FROM kept_events \
                   WHERE chain = MAPLE AND seq = 4) WHERE id = MAPLE";
        assert_eq!(found_after(&app, cut).await, ends(4));
        let begin_later = "DELETE FROM audit_events WHERE chain = MAPLE AND seq < 3; \
                           UPDATE audit_chains SET base_seq = 2, base_hash = (SELECT hash FROM kept_events \
                           WHERE chain = MAPLE AND seq = 2) WHERE id = MAPLE";
        assert_eq!(found_after(&app, begin_later).await, ends(6));
        for change in ["number = 9", "seal = head_hash", "head_hash = base_hash", "base_hash = head_hash"] {
            let found = found_after(&app, &format!("UPDATE audit_chains SET {change} WHERE id = MAPLE")).await;
            assert!(found.starts_with(&ends(6)), "{change}: {found:?}");
        }
    }

    /// The row of a chain is gone; or all of the chain, without a trace but the gap in the numbers.
    async fn a_chain_that_was_taken_away_is_found(app) {
        recorded(&app).await;
        let found = found_after(&app, "DELETE FROM audit_chains WHERE id = MAPLE").await;
        assert_eq!(found, [format!("{} 1 Outside", app.maple.id), "incomplete".to_owned()]);
        for company in ["MAPLE", "BIRCH"] {
            let all = format!("DELETE FROM audit_chains WHERE id = {company}; DELETE FROM audit_events WHERE chain = {company}");
            assert_eq!(found_after(&app, &all).await, ["incomplete"], "{company}");
        }
    }

    /// The chain's row as it was before, seal and all: the events behind it tell. With those removed, too, it is what the chain
    /// once was: then heads that were noted elsewhere tell.
    async fn an_older_head_is_found_by_the_events_behind_it_or_by_a_noted_head(app) {
        record(&app, Some(&app.maple), 3).await;
        chain(&app).await;
        app.database().execute("CREATE TABLE older AS SELECT * FROM audit_chains").await;
        record(&app, Some(&app.maple), 3).await;
        chain(&app).await;
        let report = verify(&app).await;
        let noted: Noted = report.findings.iter().map(|finding| (finding.chain, finding.head)).collect();
        let again = "DELETE FROM audit_chains; INSERT INTO audit_chains SELECT * FROM older";
        app.database().execute(again).await;
        assert_eq!(broken(&verify(&app).await), [format!("{} 4 Outside", app.maple.id)]);
        app.database().execute("DELETE FROM audit_events WHERE seq > 3").await;
        assert_eq!(broken(&verify(&app).await), [""; 0], "an older state, and nothing here that knows of a newer one");
        let report = audit_log::verify(&app.env, None, &noted).await.unwrap();
        assert_eq!(broken(&report), [format!("{} 6 RolledBack", app.maple.id)]);
        record(&app, Some(&app.maple), 4).await;
        chain(&app).await;
        let report = audit_log::verify(&app.env, None, &noted).await.unwrap();
        assert_eq!(broken(&report), [format!("{} 6 RolledBack", app.maple.id)], "another sixth event");
        app.database().execute("DELETE FROM audit_events; DELETE FROM audit_chains").await;
        let report = audit_log::verify(&app.env, None, &noted).await.unwrap();
        assert!(broken(&report).contains(&format!("{} 6 RolledBack", app.maple.id)), "{report:?}");
    }

    /// What was forged is not made genuine by the next event, nor does it keep the others' waiting.
    async fn a_chain_that_is_not_ours_is_never_sealed_again(app) {
        recorded(&app).await;
        app.database().execute("UPDATE audit_chains SET head_seq = 4 WHERE head_seq = 6").await;
        let before = broken(&verify(&app).await);
        record(&app, Some(&app.maple), 2).await;
        record(&app, Some(&app.birch), 2).await;
        let Chained { events, foreign } = audit_log::chain(&app.env, "test").await.unwrap();
        assert_eq!((events, foreign), (2, vec![Some(app.maple.id).into()]));
        let after = verify(&app).await;
        assert_eq!((broken(&after), after.unchained), (before, 2));
    }

    /// The order is that of the places: an event that was committed late comes behind those that were there.
    async fn a_late_commit_comes_behind_what_was_there(app) {
        let late = event(&app, Some(&app.maple));
        app.advance(std::time::Duration::from_secs(1));
        record(&app, Some(&app.maple), 1).await;
        assert_eq!(chain(&app).await, 1);
        let mut tx = app.env.store.write().await.unwrap();
        tx.audit().record(&late).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(verify(&app).await.unchained, 1);
        assert_eq!(chain(&app).await, 1);
        let report = verify(&app).await;
        assert!(report.is_intact() && report.unchained == 0, "{report:?}");
        assert_eq!(app.count("SELECT seq FROM audit_events ORDER BY id LIMIT 1").await, 2);
    }

    /// Many nodes at once: every event has one place, and the chains hold.
    async fn several_nodes_tie_every_event_in_once(app) {
        let other = app.another_node().await;
        for _ in 0..5 {
            record(&app, Some(&app.maple), 20).await;
            record(&app, None, 20).await;
            let both = tokio::join!(audit_log::chain(&app.env, "one"), audit_log::chain(&other.env, "two"));
            assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
        }
        app.advance(std::time::Duration::from_secs(11));
        chain(&app).await;
        let report = verify(&app).await;
        assert!(report.is_intact() && report.unchained == 0, "{report:?}");
        assert_eq!(report.findings.iter().map(|finding| finding.events).sum::<u64>(), 200);
    }

    /// More than one batch, one page and one chain.
    async fn a_long_log_is_tied_in_and_verified_in_batches(app) {
        record(&app, Some(&app.maple), 2300).await;
        record(&app, Some(&app.birch), 300).await;
        assert_eq!(chain(&app).await, 2600);
        assert_eq!(broken(&verify(&app).await), [""; 0]);
        app.database().execute("UPDATE audit_events SET subject = 'x' WHERE seq = 2100").await;
        assert_eq!(broken(&verify(&app).await), [format!("{} 2100 Changed", app.maple.id)]);
        let only = Some(Some(app.birch.id).into());
        let report = audit_log::verify(&app.env, only, &Noted::new()).await.unwrap();
        assert!(report.is_intact() && report.findings.len() == 1, "{report:?}");
    }
}
