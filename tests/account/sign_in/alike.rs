//! Whether somebody has an account shows in nothing (P9; attacks 22-25): neither in a page, whatever state the count of wrong
//! passwords is in, nor in what it costs the server to answer.

use idp_domain::ports::PasswordHasher as _;

use super::{GUESS, RECOVER, WRONG, stranger, strangers_failed, type_in};
use crate::account::{FRANK, GRACE, anonymous, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;
use crate::support::statements::statements;

const INVITED: &str = "invited@example.com";
const NOBODY: &str = "nobody@example.com";

/// The states of the count, each reached from the one before, with what the page then says.
const STATES: [(&str, &str); 5] = [
    ("wrong", WRONG),
    ("the sixth, of which a mail tells", WRONG),
    ("waiting", "There were too many tries. Please wait 30 seconds, then try again."),
    ("the hundredth, of which a mail tells", WRONG),
    ("recover first", RECOVER),
];

/// Frank of Maple, Grace of Birch, one who never activated, and one who does not exist.
async fn people(app: &TestApp) -> [&'static str; 4] {
    app.enrol(FRANK).await;
    app.admin().create(INVITED).await;
    app.other_admin().create(GRACE).await;
    let link = app.activation_link(GRACE).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    browser.fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)]).await;
    app.postman.take();
    [FRANK, GRACE, INVITED, NOBODY]
}

/// Brings everybody's count to where the next guess is answered as this state says.
async fn reach(app: &TestApp, state: &str) {
    match state {
        "the sixth, of which a mail tells" => strangers_failed(app, FRANK, 5).await,
        "the hundredth, of which a mail tells" => strangers_failed(app, FRANK, 99).await,
        _ => {}
    }
}

/// How many rows there are of all that a guess could leave.
async fn rows(app: &TestApp) -> Vec<i64> {
    let mut rows = vec![];
    for table in ["throttles", "audit_events", "outbox", "account_tickets", "sessions"] {
        rows.push(app.count(&format!("SELECT count(*) FROM {table}")).await);
    }
    rows
}

on_each_database! {
    /// Attacks 22-24 (CVE-2023-44399, CVE-2023-39522, CVE-2026-23511), P9: the agency's own log-in page, with its name on it,
    /// is the same for its people, for another agency's and for nobody, in every state.
    async fn the_page_is_the_same_for_everybody_in_every_state(app) {
        let people = people(&app).await;
        let birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        for (n, portal) in (0..).zip([app.relying_party(), birch]) {
            app.database().execute("DELETE FROM throttles").await;
            for (state, says) in STATES {
                reach(&app, state).await;
                let mut told = vec![];
                for (person, network) in people.into_iter().zip(n * 10..) {
                    let mut browser = stranger(&app, network);
                    let page = portal.log_in(&mut browser, person, GUESS).await;
                    assert_eq!(problems(&page), [says], "{state}: {person}");
                    let headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
                    let cookies: Vec<String> = browser.cookies.keys().cloned().collect();
                    told.push((page.status, headers, cookies, anonymous(&page, person)));
                }
                for (told_one, person) in told.iter().zip(people) {
                    assert_eq!(told_one, &told[0], "{state}: {person}");
                }
            }
        }
    }

    /// P9, attack 25 (CVE-2026-25050): the same statements, the same hashes and the same rows queued, in every state; who is
    /// written to is found out by whoever sends the mail.
    async fn the_answer_costs_the_same_for_everybody_in_every_state(app) {
        let people = people(&app).await;
        for (state, says) in STATES {
            reach(&app, state).await;
            let mut costs = vec![];
            for (person, network) in people.into_iter().zip(0..) {
                let mut browser = stranger(&app, network);
                let page = app.relying_party().authorize(&mut browser).await;
                let before = (rows(&app).await, app.hasher.computed());
                let (page, sent) = statements(type_in(&mut browser, &page, person, GUESS)).await;
                assert_eq!(problems(&page), [says], "{state}: {person}");
                let grown: Vec<i64> =
                    rows(&app).await.iter().zip(before.0).map(|(now, before)| now - before).collect();
                costs.push((sent, grown, app.hasher.computed() - before.1));
            }
            assert!(costs[0].0.iter().any(|sql| sql.contains("throttles")), "{:?}", costs[0]);
            assert_eq!(costs[0].2, u64::from(says == WRONG), "{state}: hashes");
            assert_eq!(costs[0].1[2], i64::from(state.ends_with("a mail tells")), "{state}: mails");
            for (cost, person) in costs.iter().zip(people) {
                assert_eq!(cost, &costs[0], "{state}: {person}");
            }
        }
        app.send_mails().await;
        let mails = app.postman.take();
        assert!(mails.iter().all(|mail| mail.to.as_str() != NOBODY), "nobody is written to");
        assert_eq!(mails.iter().filter(|mail| mail.to.as_str() == FRANK).count(), 2);
    }
}
