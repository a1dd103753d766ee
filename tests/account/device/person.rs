//! Whose the answer is: attack 38 (CVE-2026-45337), attack 71, shared PCs, and programs that ask for somebody.

use super::{
    ASKED, LET_IN, OVER, PENDING, browser_of, forge, frank_is_asked, hidden, in_state, log_in, prepare,
    type_code,
};
use crate::account::{FRANK, GRACE};
use crate::support::desktop::Desktop;
use crate::support::on_each_database;

on_each_database! {
    /// Attack 38: the session that opened it first answers; no other person, and not the same person elsewhere, neither approves
    /// nor denies, even with a flow of their own.
    async fn a_second_session_neither_approves_nor_denies(app) {
        prepare(&app).await;
        app.enrol(GRACE).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let mut others = [browser_of(&app, GRACE).await, browser_of(&app, FRANK).await, app.browser()];
        let mut flows = Vec::new();
        for other in &mut others {
            // Typed before anybody has opened it, and not followed to the question.
            let page = other.get("/device").await;
            let page = other.submit(&page, "user-code-submit", &[("Code", &codes.user_code)]).await;
            flows.push(page.sent("flow").unwrap());
        }
        let mut frank = browser_of(&app, FRANK).await;
        let question = type_code(&mut frank, &codes.user_code).await;
        assert_eq!(question.heading(), ASKED);

        let company = app.maple.id.to_string();
        for (other, flow) in others[..2].iter_mut().zip(&flows) {
            let page = other.get(&format!("/device/approve?flow={flow}")).await;
            assert_eq!(page.heading(), OVER, "{page:?}");
            for answer in ["allow", "deny", "other-account", "it-is-mine"] {
                forge(other, flow, answer, &company).await;
            }
        }
        let late = format!("/continue?flow={}", flows[2]);
        assert_eq!(others[2].get(&late).await.heading(), OVER, "nobody logs in for nothing");
        assert_eq!((in_state(&app, "claimed").await, desktop.poll(&codes).await.error()), (1, PENDING));
        assert_eq!(frank.fill(&question, "device-allow", &[]).await.heading(), LET_IN);
    }

    /// Attack 71: the address of the question leads whoever was sent it to the code, not past it, and answers nothing.
    async fn an_address_that_somebody_was_sent_leads_to_the_code(app) {
        prepare(&app).await;
        app.enrol(GRACE).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let mut grace = app.browser();
        let page = type_code(&mut grace, &codes.user_code).await;
        let flow = hidden(&page, "flow");
        let mut victim = browser_of(&app, FRANK).await;
        for address in ["/continue", "/device/approve"] {
            let page = victim.get(&format!("{address}?flow={flow}")).await;
            assert_eq!((page.url.path(), page.value("Code").as_str()), ("/device", ""), "{page:?}");
        }
        for answer in ["allow", "deny", "it-is-mine"] {
            let page = forge(&mut victim, &flow, answer, &app.maple.id.to_string()).await;
            assert_eq!(page.url.path(), "/device", "{answer}: {page:?}");
        }
        let page = log_in(&mut app.browser(), &page, FRANK).await;
        assert!(!page.shows("Agency Desktop"), "{page:?}");
        assert_eq!((in_state(&app, "pending").await, desktop.poll(&codes).await.error()), (1, PENDING));
    }

    /// A shared PC: what the person before left open does nothing for the next one.
    async fn the_form_of_another_persons_tab_does_nothing(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        app.enrol(GRACE).await;
        let page = browser.get("/logout").await;
        browser.fill(&page, "logout-yes", &[]).await;
        let page = browser.get("/account").await;
        log_in(&mut browser, &page, GRACE).await;
        for button in ["device-allow", "device-deny", "device-other-account"] {
            let page = browser.fill(&question, button, &[]).await;
            assert_eq!(page.heading(), OVER, "{button}: {page:?}");
        }
        assert_eq!((in_state(&app, "claimed").await, desktop.poll(&codes).await.error()), (1, PENDING));
        assert!(browser.session().is_some(), "Grace is still logged in");
    }

    /// The program asked for somebody else: the person is told so, answers nothing, and takes it from nobody. A slip at the computer
    /// is seen and corrected without a log-out.
    async fn only_who_was_asked_for_answers(app) {
        prepare(&app).await;
        app.enrol(GRACE).await;
        let desktop = Desktop::new(&app).with("login_hint", GRACE);
        let codes = desktop.ask().await;
        let mut browser = browser_of(&app, FRANK).await;
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!(page.heading(), "This is meant for another account", "{page:?}");
        assert_eq!(page.select("#asked-for, #username"), [GRACE, FRANK], "{page:?}");
        assert_eq!(page.attribute("#type-code", "href").as_deref(), Some("/device"));
        let (flow, company) = (hidden(&page, "flow"), app.maple.id.to_string());
        for answer in ["allow", "deny"] {
            let page = forge(&mut browser, &flow, answer, &company).await;
            assert_eq!(page.heading(), "This is meant for another account", "{answer}: {page:?}");
        }
        assert_eq!((in_state(&app, "pending").await, desktop.poll(&codes).await.error()), (1, PENDING));

        let page = browser.fill(&page, "device-other-account", &[]).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", GRACE));
        let page = log_in(&mut browser, &page, GRACE).await;
        assert_eq!((page.heading().as_str(), page.select("#username")), (ASKED, vec![GRACE.to_owned()]));
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        app.advance(super::MINUTE);
        let tokens = desktop.poll(&codes).await;
        let userinfo = app.relying_party().userinfo(tokens.text("access_token")).await;
        assert_eq!(userinfo.text("email"), GRACE);
    }

    /// A shared PC where the one before is still logged in: "Log out and use another account".
    async fn the_next_person_logs_in_for_the_same_computer(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        app.enrol(GRACE).await;
        let franks = browser.cookies.clone();
        let page = browser.fill(&question, "device-other-account", &[]).await;
        let page = log_in(&mut browser, &page, GRACE).await;
        assert_eq!((page.heading().as_str(), page.select("#username")), (ASKED, vec![GRACE.to_owned()]));
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        browser.cookies = franks;
        let page = browser.fill(&question, "device-deny", &[]).await;
        assert_eq!(page.heading(), OVER, "Frank is logged out: {page:?}");
        assert_eq!(desktop.poll(&codes).await.status, 200);
    }
}
