//! "What happened lately": the person's own part of the audit log in plain words (R94; `provisioning.md` section 6).

use super::{CHROME, IPHONE, MINUTE, browser_called, frank_at, joins_birch, open};
use crate::account::{FRANK, GRACE};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::on_each_database;

const PATH: &str = "/account/activity";

fn happened(page: &Page) -> Vec<String> {
    assert_eq!((page.status, page.heading().as_str()), (200, "What happened lately"), "{page:?}");
    page.select("#events li")
}

on_each_database! {
    /// The newest first: what, when, with what, from where. Refused log-ins are shown, whoever tried.
    async fn log_ins_and_refused_ones_are_shown_with_when_and_where(app) {
        app.enrol(FRANK).await;
        app.advance(MINUTE);
        let mut browser = browser_called(&app, CHROME);
        open(&mut browser, PATH, FRANK).await;
        app.advance(MINUTE);
        let mut guesser = browser_called(&app, IPHONE);
        guesser.address = [198, 51, 100, 7];
        let page = app.relying_party().authorize(&mut guesser).await;
        let wrong = [("UserName", FRANK), ("Password", "not the password at all")];
        guesser.fill(&page, "login-submit", &wrong).await;
        let told = happened(&browser.get(PATH).await);
        assert_eq!(
            told[0],
            "A log-in was refused: the password was wrong\
             November 21, 2026 at 12:02 PM UTC · Safari on iPhone · network address 198.51.100.7"
        );
        assert_eq!(
            told[1],
            "You logged inNovember 21, 2026 at 12:01 PM UTC · Chrome on Windows · network address 192.0.2.1"
        );
        assert!(told.iter().any(|line| line.starts_with("You chose your security questions")), "{told:?}");
        assert!(told.iter().any(|line| line.starts_with("You chose your first password")), "{told:?}");
    }

    /// What an agency's program or the server did has no place of a person's; agencies are named, to the person alone.
    async fn what_agencies_did_is_told_by_their_names_and_without_their_addresses(app) {
        app.enrol(FRANK).await;
        joins_birch(&app, FRANK).await;
        let page = open(&mut browser_called(&app, CHROME), PATH, FRANK).await;
        let told = happened(&page);
        for agency in ["Maple Home Care", "Birch Home Care"] {
            let line = format!("{agency} added you");
            let added = told.iter().find(|told| told.starts_with(&line)).unwrap_or_else(|| panic!("{told:?}"));
            assert!(!added.contains("network") && !added.contains("browser"), "{added}");
            assert!(told.iter().any(|told| told.starts_with(&format!("You began at {agency}"))), "{told:?}");
        }
    }

    /// One person's log is not another's; nobody else's names are in it.
    async fn another_persons_doings_are_not_shown(app) {
        app.enrol(GRACE).await;
        let mut graces = browser_called(&app, IPHONE);
        graces.address = [203, 0, 113, 9];
        app.relying_party().tokens(&mut graces, GRACE, PASSWORD).await;
        let (_, page) = frank_at(&app, PATH).await;
        assert!(!page.html.contains("203.0.113.9") && !page.html.contains(GRACE), "{page:?}");
    }

    /// At most fifty, the newest: a flood of guesses fills no page beyond that.
    async fn no_more_than_fifty_are_shown(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        assert!(happened(&page).len() < 50);
        app.advance(MINUTE);
        let account = app.account(FRANK).await.id;
        let mut tx = app.env.store.write().await.unwrap();
        for _ in 0..60 {
            use idp_domain::audit::{Actor, AuditAction, AuditEvent};
            let now = app.env.now();
            let event = AuditEvent::new(AuditAction::SignInRefused, Actor::Anonymous, now, app.env.entropy());
            tx.audit().record(&event.account(account)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let told = happened(&browser.get(PATH).await);
        assert_eq!(told.len(), 50);
        assert!(told.iter().all(|line| line.starts_with("A log-in was refused")), "{told:?}");
    }

    /// Attack 70: what a browser says of itself is never shown as it is.
    async fn a_hostile_browser_name_is_not_shown(app) {
        app.enrol(FRANK).await;
        let mut browser = browser_called(&app, "<script>alert(1)</script> call 555-0199");
        let page = open(&mut browser, PATH, FRANK).await;
        assert!(happened(&page)[0].contains("unknown browser"), "{page:?}");
        assert!(!page.html.contains("555-0199") && !page.html.contains("alert(1)"), "{page:?}");
    }
}
