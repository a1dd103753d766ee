//! Nobody learns from these pages who has an account (L6, P9; attacks 22, 23, 24 and 25: CVE-2023-44399, CVE-2023-39522, CVE-2026-23511,
//! CVE-2026-25050): the same bytes, the same statements, no hash, the same rows.

use idp_domain::account::AccountState;
use idp_domain::ports::PasswordHasher as _;

use super::{CHECK_MAIL, MINUTE, SENT, frank};
use crate::account::{FRANK, GRACE, anonymous};
use crate::support::app::TestApp;
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::statements::statements;

/// Nobody; only a name; not activated; switched off; closed; an account without questions; Frank himself.
const PEOPLE: [&str; 6] =
    ["nobody@example.com", "invited@example.com", "disabled@example.com", "closed@example.com", GRACE, FRANK];

async fn people(app: &TestApp) {
    frank(app).await;
    app.activate(GRACE).await;
    app.admin().create("invited@example.com").await;
    for person in ["disabled@example.com", "closed@example.com"] {
        app.activate(person).await;
    }
    let now = app.env.now();
    app.change_account("disabled@example.com", |account| {
        account.state = AccountState::Disabled { at: now, password: account.password().cloned() };
    })
    .await;
    app.change_account("closed@example.com", |it| it.state = AccountState::Closed { at: now }).await;
    super::mails(app).await;
}

/// What a stranger sees and could measure of one answer.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: Vec<String>,
    html: String,
    statements: Vec<String>,
    hashes: u64,
    mails: i64,
}

async fn seen(app: &TestApp, typed: &str, answer: impl Future<Output = Page>) -> (Page, Seen) {
    let (hashes, mails) = (app.hasher.computed(), queued(app).await);
    let (page, statements) = statements(answer).await;
    let mut headers: Vec<String> = page.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    let seen = Seen {
        status: page.status,
        headers,
        html: anonymous(&page, typed),
        statements,
        hashes: app.hasher.computed() - hashes,
        mails: queued(app).await - mails,
    };
    (page, seen)
}

async fn queued(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM outbox").await
}

/// Every one is what the first one is.
fn assert_alike(all: &[Vec<Seen>]) {
    for (person, seen) in PEOPLE.iter().zip(all) {
        for (at, (theirs, nobodys)) in seen.iter().zip(&all[0]).enumerate() {
            assert_eq!(theirs, nobodys, "{person}, answer {at}");
        }
        assert_eq!(seen.len(), all[0].len());
    }
}

on_each_database! {
    /// L6: asking, the page after it, wrong codes until the mail is dead, asking again too soon: one and the same for all.
    async fn every_page_is_the_same_whoever_is_meant(app) {
        people(&app).await;
        let mut all = vec![];
        for person in PEOPLE {
            let mut browser = app.browser();
            let page = browser.get("/forgot").await;
            let mut pages = vec![];
            let (page, first) =
                seen(&app, person, browser.fill(&page, "forgot-submit", &[("Email address", person)])).await;
            assert!(page.heading() == CHECK_MAIL && page.shows(SENT), "{person}: {page:?}");
            assert_eq!((first.hashes, first.mails), (0, 1), "{person}: nothing is hashed, one row is queued");
            assert!(!first.statements.is_empty());
            pages.push(first);
            for _ in 0..6 {
                let typing = browser.fill(&page, "code-submit", &[("Code from the mail", "BBBB-BBBB")]);
                pages.push(seen(&app, person, typing).await.1);
            }
            let page = browser.get("/forgot").await;
            let typed = [("Email address", person)];
            let again = browser.fill(&page, "forgot-submit", &typed);
            let (page, again) = seen(&app, person, again).await;
            assert!(page.shows(SENT) && again.mails == 0, "{person}: one a minute");
            pages.push(again);
            all.push(pages);
        }
        assert_alike(&all);
    }

    /// L6: the limits of an address count alike whether it has an account or not, and are never told.
    async fn limits_are_the_same_whoever_is_meant(app) {
        people(&app).await;
        let mut all = vec![];
        for person in PEOPLE {
            let mut pages = vec![];
            for _ in 0..7 {
                let mut browser = app.browser();
                browser.address = [203, 0, u8::try_from(all.len()).unwrap(), 9];
                let page = browser.get("/forgot").await;
                let typed = [("Email address", person)];
                let asking = browser.fill(&page, "forgot-submit", &typed);
                pages.push(seen(&app, person, asking).await.1);
                app.advance(MINUTE);
            }
            assert_eq!(pages.iter().map(|seen| seen.mails).sum::<i64>(), 5, "{person}: five an hour");
            all.push(pages);
            app.advance(MINUTE * 60);
        }
        assert_alike(&all);
    }

    /// R84: the same for a reminder of company codes.
    async fn asking_for_company_codes_tells_nothing_either(app) {
        people(&app).await;
        let mut all = vec![];
        for person in PEOPLE {
            let mut browser = app.browser();
            let page = browser.get("/forgot/company-code").await;
            let typed = [("Email address", person)];
            let asking = browser.fill(&page, "forgot-submit", &typed);
            let (page, first) = seen(&app, person, asking).await;
            assert!(page.heading() == CHECK_MAIL && page.shows(SENT), "{person}: {page:?}");
            assert_eq!((first.hashes, first.mails), (0, 1), "{person}");
            all.push(vec![first]);
        }
        assert_alike(&all);
    }

    /// L6: what is no address at all is said before anything is looked up.
    async fn what_can_be_nobodys_name_is_refused_without_a_look(app) {
        people(&app).await;
        for typed in ["", "  ", "frank", "a@b@c", "frank.jones\u{202e}@example.com", "\"><script>x</script>"] {
            let mut browser = app.browser();
            let page = browser.get("/forgot").await;
            let fields = [("Email address", typed)];
            let asking = browser.fill(&page, "forgot-submit", &fields);
            let (page, told) = seen(&app, typed, asking).await;
            assert_eq!((page.status, page.select("#email-wrong").len(), told.mails), (200, 1, 0), "{typed}: {page:?}");
            assert_eq!((told.statements, page.select("script").len()), (vec![], 0), "{typed}");
            assert_eq!(page.value("Email address"), typed.trim());
        }
    }
}
