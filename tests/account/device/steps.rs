//! What comes before the answer: a fresh log-in (rules section 6) and required actions (R48-R51).

use super::{
    ASKED, DENIED, LET_IN, MINUTE, NOT_LET_IN, PENDING, browser_of, frank_is_asked, log_in, prepare,
    type_code,
};
use crate::account::{FRANK, GRACE};
use crate::support::desktop::{Desktop, desktop};
use crate::support::on_each_database;

on_each_database! {
    /// `auth_time` of at most ten minutes: an older session is asked for its password, and comes to the same question.
    async fn an_old_session_is_asked_for_its_password_first(app) {
        prepare(&app).await;
        let mut browser = browser_of(&app, FRANK).await;
        app.advance(MINUTE * 10);
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK));
        assert!(page.shows("For your safety, log in again to go on."), "{page:?}");
        let page = log_in(&mut browser, &page, FRANK).await;
        assert_eq!(page.heading(), ASKED, "{page:?}");
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        let tokens = desktop.poll(&codes).await;
        let (claims, _) = app.relying_party().verify(tokens.text("id_token")).await;
        let now = app.env.now().seconds();
        assert!(now - claims["auth_time"].as_i64().unwrap() < 60, "{claims:?}");
    }

    /// It grew too old while the question stood there: a yes waits for the password, a no does not.
    async fn a_session_that_grows_old_at_the_question_may_only_say_no(app) {
        prepare(&app).await;
        let mut browser = browser_of(&app, FRANK).await;
        app.advance(MINUTE * 9);
        let desktop = Desktop::new(&app);
        let (mine, theirs) = (desktop.ask().await, desktop.ask().await);
        let question = type_code(&mut browser, &mine.user_code).await;
        let other = type_code(&mut browser, &theirs.user_code).await;
        app.advance(MINUTE);
        assert_eq!(browser.fill(&other, "device-deny", &[]).await.heading(), NOT_LET_IN);
        assert_eq!(desktop.poll(&theirs).await.error(), DENIED);

        let page = browser.fill(&question, "device-allow", &[]).await;
        assert_eq!(desktop.poll(&mine).await.error(), PENDING);
        let page = log_in(&mut browser, &page, FRANK).await;
        assert_eq!(page.heading(), ASKED, "the same question: {page:?}");
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
        app.advance(MINUTE);
        assert_eq!(desktop.poll(&mine).await.status, 200);
    }

    /// R48: the questions come first, and then what the person came for.
    async fn the_security_questions_come_first(app) {
        app.put_client(&desktop()).await;
        app.activate(GRACE).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let mut browser = app.browser();
        let page = type_code(&mut browser, &codes.user_code).await;
        let page = log_in(&mut browser, &page, GRACE).await;
        assert_eq!(page.heading(), "Security Questions", "{page:?}");
        let flow = super::hidden(&page, "flow");
        super::forge(&mut browser, &flow, "allow", &app.maple.id.to_string()).await;
        assert_eq!(desktop.poll(&codes).await.error(), PENDING, "not past the questions");
        let page = browser.answer_questions(&page).await;
        assert_eq!(page.heading(), ASKED, "{page:?}");
        assert_eq!(browser.fill(&page, "device-allow", &[]).await.heading(), LET_IN);
    }

    /// R51: Cancel there ends the session, and the program hears no.
    async fn cancel_at_the_questions_is_a_no(app) {
        app.put_client(&desktop()).await;
        app.activate(GRACE).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let mut browser = app.browser();
        let page = type_code(&mut browser, &codes.user_code).await;
        let page = log_in(&mut browser, &page, GRACE).await;
        let page = browser.fill(&page, "questions-cancel", &[]).await;
        assert_eq!(page.heading(), NOT_LET_IN, "{page:?}");
        assert_eq!((browser.session(), desktop.poll(&codes).await.error()), (None, DENIED));
    }

    /// R4: whoever has just logged in is not asked for the password again.
    async fn a_fresh_session_is_asked_nothing_more(app) {
        let (_, _, page) = frank_is_asked(&app, &Desktop::new(&app)).await;
        assert_eq!(page.url.path(), "/device/approve");
    }
}
