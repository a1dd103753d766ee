//! Families of one log-in live apart and are lost together: a replay in any of them is a theft of all (RFC 9700 section
//! 4.14.2; `company.md` section 3: "reuse in either family revokes both").

use futures::future::join_all;

use super::{
    BIRCH, FRANK, INVALID, MAPLE, assert_ended, assert_good, at_both, at_maple, families, prepare, program,
    refresh_token, switch, switched,
};
use crate::oidc::SECOND;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::database::TestDatabase;
use crate::support::desktop::{Desktop, desktop};
use crate::support::on_each_database;

/// How often each race is run: one order of events proves nothing about the others.
const ROUNDS: usize = 20;
const REPLAYS: &str = "SELECT COUNT(*) FROM audit_events WHERE action = 'grant.refresh_replayed'";

on_each_database! {
    async fn reuse_at_the_first_agency_revokes_both_and_no_other_log_in(app) {
        let (_, maple, birch) = at_both(&app).await;
        let client = program(&app);
        let (_, other) = at_maple(&app, &client).await;
        let others = switched(&client, &other, BIRCH).await;
        let next = client.refresh(refresh_token(&maple)).await;
        app.advance(SECOND * 10);
        assert_eq!(client.refresh(refresh_token(&maple)).await.error(), INVALID);
        for dead in [&next, &birch] {
            assert_ended(&client, dead).await;
        }
        assert_eq!(app.count(REPLAYS).await, 1, "told once");
        assert_good(&client, &other, MAPLE).await;
        assert_good(&client, &others, BIRCH).await;
    }

    async fn reuse_at_the_second_agency_revokes_both(app) {
        let (_, maple, birch) = at_both(&app).await;
        let client = program(&app);
        client.refresh(refresh_token(&birch)).await;
        app.advance(SECOND * 10);
        assert_eq!(client.refresh(refresh_token(&birch)).await.error(), INVALID);
        assert_ended(&client, &maple).await;
        assert_eq!(families(&app, &app.birch).await, 0);
    }

    /// Somebody switched once more, so nobody should hold a token of the family before: one of the two is a thief's. The same for
    /// a switch with it and for a refresh, for its first token and for a later one.
    async fn a_token_of_a_superseded_family_revokes_all_of_the_log_in(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, other) = at_maple(&app, &client).await;
        for (replays, switches) in [(1, false), (2, true)] {
            let (_, maple) = at_maple(&app, &client).await;
            let mut before = switched(&client, &maple, BIRCH).await;
            app.advance(SECOND * 10);
            if switches {
                before = client.refresh(refresh_token(&before)).await;
            }
            let birch = switched(&client, &maple, BIRCH).await;
            assert_eq!(super::agency(&client, &birch).await.as_deref(), Some(BIRCH));
            let reused = match switches {
                true => switch(&client, &before, MAPLE).await,
                false => client.refresh(refresh_token(&before)).await,
            };
            assert_eq!(reused.error(), INVALID);
            for dead in [&maple, &birch, &before] {
                assert_ended(&client, dead).await;
            }
            assert_eq!(app.count(REPLAYS).await, replays, "told once");
        }
        assert_good(&client, &other, MAPLE).await;
    }

    /// Within its grace a token that was rotated may still switch, without a retry being counted; after it, it is a replay.
    async fn a_rotated_token_switches_within_its_grace_and_is_a_replay_after(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, first) = at_maple(&app, &client).await;
        let second = client.refresh(refresh_token(&first)).await;
        app.advance(SECOND * 9);
        let birch = switched(&client, &first, BIRCH).await;
        app.advance(SECOND);
        for nowhere in ["nowhere", BIRCH] {
            assert_eq!(switch(&client, &first, nowhere).await.error(), INVALID, "{nowhere}");
            assert_ended(&client, &birch).await;
            assert_ended(&client, &second).await;
        }
        assert_eq!(app.count(REPLAYS).await, 1);
    }

    /// `protocol.md`: the grace ends when the successor is used.
    async fn a_used_successor_ends_the_grace_for_a_switch_too(app) {
        prepare(&app).await;
        let client = program(&app);
        let (_, first) = at_maple(&app, &client).await;
        let second = client.refresh(refresh_token(&first)).await;
        let third = client.refresh(refresh_token(&second)).await;
        assert_eq!(switch(&client, &first, BIRCH).await.error(), INVALID, "within 10 s");
        assert_ended(&client, &third).await;
    }

    /// RFC 6749 section 4.1.2: what was switched from a code's family was issued on the code as well.
    async fn a_replayed_code_revokes_what_was_switched_from_it(app) {
        prepare(&app).await;
        let client = program(&app);
        let code = client.code(&mut app.browser(), FRANK, PASSWORD).await;
        let maple = client.redeem(&code).await;
        let birch = switched(&client, &maple, BIRCH).await;
        assert_good(&client, &birch, BIRCH).await;
        assert_eq!(client.redeem(&code).await.error(), INVALID);
        for dead in [&maple, &birch] {
            assert_ended(&client, dead).await;
        }
    }

    /// RFC 8628 section 3.4, as with an authorization code.
    async fn a_replayed_device_code_revokes_what_was_switched_from_it(app) {
        prepare(&app).await;
        app.put_client(&desktop()).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        let computer = Desktop::new(&app).with("company", MAPLE);
        let codes = computer.ask().await;
        app.allow(&browser, &codes).await;
        let maple = computer.poll(&codes).await;
        let switch = [
            ("grant_type", "refresh_token"),
            ("client_id", &computer.client_id),
            ("refresh_token", refresh_token(&maple)),
            ("company", BIRCH),
        ];
        let birch = computer.post("/token", &switch).await;
        let client = program(&app);
        assert_eq!(super::agency(&client, &birch).await.as_deref(), Some(BIRCH));
        assert_eq!(computer.poll(&codes).await.error(), INVALID);
        for dead in [&maple, &birch] {
            assert_eq!(super::agency(&client, dead).await, None);
            assert_eq!(computer.refresh(dead).await.error(), INVALID);
        }
    }
}

/// A replay and a switch at the same moment, on PostgreSQL, where they truly run side by side: whichever comes first, nothing
/// of the log-in is left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_beside_a_replay_leaves_nothing_behind() {
    let app = TestApp::on(TestDatabase::postgres().await).await;
    prepare(&app).await;
    let client = program(&app);
    for round in 0..ROUNDS {
        let (_, first) = at_maple(&app, &client).await;
        let second = client.refresh(refresh_token(&first)).await;
        app.advance(SECOND * 10);
        let (switched, replayed) =
            tokio::join!(switch(&client, &second, BIRCH), client.refresh(refresh_token(&first)));
        assert_eq!(replayed.error(), INVALID, "round {round}");
        assert!(matches!(switched.error(), (200, _) | INVALID), "round {round}: {switched:?}");
        assert_eq!(
            [families(&app, &app.maple).await, families(&app, &app.birch).await],
            [0, 0],
            "round {round}"
        );
    }
}

/// The same with a log-out: a switch comes before, and ends with the session, or after, and is refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_beside_a_log_out_leaves_nothing_behind() {
    let app = TestApp::on(TestDatabase::postgres().await).await;
    prepare(&app).await;
    let client = program(&app);
    for round in 0..ROUNDS {
        let (mut browser, maple) = at_maple(&app, &client).await;
        let log_out = async {
            let page = browser.get(&format!("/logout?id_token_hint={}", maple.text("id_token"))).await;
            assert_eq!(page.heading(), "You are signed out");
        };
        let switches = join_all((0..3).map(|_| switch(&client, &maple, BIRCH)));
        let (switches, ()) = tokio::join!(switches, log_out);
        for switched in &switches {
            assert!(matches!(switched.error(), (200, _) | INVALID), "round {round}: {switched:?}");
        }
        assert_eq!(
            [families(&app, &app.maple).await, families(&app, &app.birch).await],
            [0, 0],
            "round {round}"
        );
    }
}

/// The thieves' order of events, side by side: three ask at once while the log-in is given up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_beside_a_revocation_leaves_nothing_behind() {
    let app = TestApp::on(TestDatabase::postgres().await).await;
    prepare(&app).await;
    let client = program(&app);
    for round in 0..ROUNDS {
        let (_, maple) = at_maple(&app, &client).await;
        let switches = join_all((0..3).map(|_| switch(&client, &maple, BIRCH)));
        let (switches, revoked) = tokio::join!(switches, client.revoke(refresh_token(&maple)));
        assert_eq!(revoked.status, 200, "round {round}");
        for switched in &switches {
            assert!(matches!(switched.error(), (200, _) | INVALID), "round {round}: {switched:?}");
        }
        assert_eq!(
            [families(&app, &app.maple).await, families(&app, &app.birch).await],
            [0, 0],
            "round {round}"
        );
    }
}

/// The same token for all, also where they truly run side by side.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_switches_side_by_side_get_the_same_family() {
    let app = TestApp::on(TestDatabase::postgres().await).await;
    prepare(&app).await;
    let client = program(&app);
    for round in 0..5 {
        let (_, maple) = at_maple(&app, &client).await;
        let before = families(&app, &app.birch).await;
        let answers = join_all((0..20).map(|_| switch(&client, &maple, BIRCH))).await;
        for answer in &answers {
            assert_eq!(refresh_token(answer), refresh_token(&answers[0]), "round {round}");
        }
        assert_eq!(families(&app, &app.birch).await, before + 1, "round {round}");
        assert_good(&client, &answers[7], BIRCH).await;
    }
}
