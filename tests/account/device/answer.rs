//! Yes and no: the first yes and any no count, and neither Back nor a second click nor a reload lies about it.

use idp_domain::audit::AuditAction;

use super::{
    DENIED, LET_IN, MINUTE, NOT_LET_IN, PENDING, events, frank_is_asked, hidden, in_state, type_code,
};
use crate::support::desktop::Desktop;
use crate::support::on_each_database;

on_each_database! {
    /// Attack 40: Deny, Back, Allow stays denied, however often.
    async fn a_no_is_final(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        let page = browser.fill(&question, "device-deny", &[]).await;
        assert_eq!((page.heading().as_str(), page.url.path()), (NOT_LET_IN, "/device/done"), "{page:?}");
        for _ in 0..2 {
            let page = browser.fill(&question, "device-allow", &[]).await;
            assert_eq!(page.heading(), NOT_LET_IN, "{page:?}");
        }
        let page = browser.get(question.url.as_str()).await;
        assert_eq!(page.heading(), NOT_LET_IN, "a reload says the same: {page:?}");
        assert_eq!(desktop.poll(&codes).await.error(), DENIED);
        assert!(events(&app, AuditAction::DeviceApproved).await.is_empty());
        let told = events(&app, AuditAction::DeviceDenied).await;
        assert_eq!(told.len(), 1, "once: {told:?}");
        assert_eq!(told[0].client.as_ref().unwrap().as_str(), "desktop");
    }

    /// Rules section 6: Allow, Back, Deny denies, as long as the computer has not come for it.
    async fn a_yes_can_be_taken_back_before_it_is_fetched(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        assert_eq!(browser.fill(&question, "device-allow", &[]).await.heading(), LET_IN);
        assert_eq!(browser.fill(&question, "device-deny", &[]).await.heading(), NOT_LET_IN);
        assert_eq!(browser.fill(&question, "device-allow", &[]).await.heading(), NOT_LET_IN);
        assert_eq!(desktop.poll(&codes).await.error(), DENIED);
    }

    /// And after that, it logs the computer out again.
    async fn a_yes_can_be_taken_back_after_it_is_fetched(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        browser.fill(&question, "device-allow", &[]).await;
        let tokens = desktop.poll(&codes).await;
        assert_eq!(browser.fill(&question, "device-deny", &[]).await.heading(), NOT_LET_IN);
        let portal = app.relying_party();
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401);
        assert_eq!(desktop.refresh(&tokens).await.error(), (400, "invalid_grant"));
        assert_eq!(events(&app, AuditAction::DeviceDenied).await.len(), 1);
        assert_eq!(browser.fill(&question, "device-deny", &[]).await.heading(), NOT_LET_IN);
        assert_eq!(events(&app, AuditAction::DeviceDenied).await.len(), 1, "over before");
        assert_eq!(browser.fill(&question, "device-allow", &[]).await.heading(), NOT_LET_IN, "the no was final");
        assert_eq!(browser.get(question.url.as_str()).await.heading(), NOT_LET_IN);
    }

    /// A code that came twice has ended what it gave: nobody is told that the computer goes on.
    async fn a_yes_that_a_replay_ended_let_nobody_in(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        browser.fill(&question, "device-allow", &[]).await;
        assert_eq!(desktop.poll(&codes).await.status, 200);
        assert_eq!(browser.get(question.url.as_str()).await.heading(), LET_IN);
        assert_eq!(desktop.poll(&codes).await.error(), (400, "invalid_grant"));
        assert_eq!(browser.get(question.url.as_str()).await.heading(), NOT_LET_IN);
        assert_eq!(browser.fill(&question, "device-allow", &[]).await.heading(), NOT_LET_IN);
    }

    /// A second click finds what the first came to, also when the computer was quicker.
    async fn a_double_click_lets_in_once(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        let first = browser.submit(&question, "device-allow", &[]).await;
        let second = browser.submit(&question, "device-allow", &[]).await;
        assert_eq!(first.location(), second.location());
        assert_eq!(desktop.poll(&codes).await.status, 200);
        assert_eq!(browser.fill(&question, "device-allow", &[]).await.heading(), LET_IN);
        assert_eq!(browser.get(question.url.as_str()).await.heading(), LET_IN, "Back, reloaded");
        assert_eq!(events(&app, AuditAction::DeviceApproved).await.len(), 1);
    }

    /// A code that nobody fetched in time lets nobody in. Its page says what to do, before anybody types a password for nothing:
    /// whatever the answer is, however old the session is, and at the log-in too.
    async fn an_answer_that_comes_too_late_lets_nobody_in(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        let mut late = app.browser();
        let log_in = type_code(&mut late, &desktop.ask().await.user_code).await;
        app.advance(app.env.policy.device_code_life - MINUTE);
        browser.get("/account").await;
        app.advance(MINUTE);
        for button in ["device-allow", "device-deny"] {
            let page = browser.fill(&question, button, &[]).await;
            assert_eq!(page.heading(), super::OVER, "{button}: {page:?}");
            assert_eq!(page.attribute("#type-code", "href").as_deref(), Some("/device"));
        }
        assert_eq!(browser.get(question.url.as_str()).await.heading(), super::OVER);
        let page = super::log_in(&mut late, &log_in, super::FRANK).await;
        assert_eq!((page.heading().as_str(), late.session()), (super::OVER, None), "{page:?}");
        assert_eq!(late.get(log_in.url.as_str()).await.heading(), super::OVER, "reloaded");
        assert_eq!(desktop.poll(&codes).await.error(), (400, "expired_token"));
    }

    /// Attack 79: neither another site's form nor an unknown answer is one; the question is asked again.
    async fn only_the_pages_own_buttons_answer(app) {
        let desktop = Desktop::new(&app);
        let (mut browser, codes, question) = frank_is_asked(&app, &desktop).await;
        let (csrf, flow) = (hidden(&question, "csrf"), hidden(&question, "flow"));
        for (csrf, answer) in [("", "allow"), ("forged", "deny"), (&csrf, ""), (&csrf, "yes")] {
            let sent = [("csrf", csrf), ("flow", &flow), ("answer", answer)];
            let page = browser.post("/device/approve", &sent).await;
            assert_eq!(page.heading(), super::ASKED, "{answer}: {page:?}");
            assert!(page.shows("Please answer once more"), "{answer}: {page:?}");
        }
        let maple = app.maple.id.to_string();
        for twice in [("answer", "deny"), ("company", &*maple), ("flow", &*flow)] {
            let once = [("csrf", &*csrf), ("flow", &*flow), ("answer", "allow"), ("company", &*maple)];
            let page = browser.post("/device/approve", &[&once[..], &[twice]].concat()).await;
            assert!(page.shows("Please answer once more"), "{twice:?}: {page:?}");
        }
        browser.headers.push(("sec-fetch-site".to_owned(), "cross-site".to_owned()));
        let page = browser.submit(&question, "device-allow", &[]).await;
        assert!(page.shows("Please answer once more"), "{page:?}");
        assert_eq!((in_state(&app, "claimed").await, desktop.poll(&codes).await.error()), (1, PENDING));
        let page = browser.post("/device/approve", &[("flow", "not a flow of ours"), ("csrf", &csrf)]).await;
        assert_eq!(page.status, 400);
        browser.headers.clear();
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!(page.heading(), super::ASKED, "typed again by the same person: {page:?}");
    }
}
