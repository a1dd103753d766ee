//! The saved recovery code in place of the answers (L8, R90): as guarded as they are, used up by the new password only.

use super::{
    ANSWERS, CHOOSE, MINUTE, NEW, QUESTIONS, SAVED_CODE, answer, asked, assert_reset, assert_untouched,
    at_questions, choose, frank, mails, recorded, save_code,
};
use crate::account::{FRANK, problems};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

async fn type_saved(browser: &mut Browser<'_>, page: &Page, code: &str) -> Page {
    browser.fill(page, "recovery-code-submit", &[("Saved recovery code", code)]).await
}

/// At the questions, and from there to the page for the code.
async fn at_saved_code<'a>(app: &'a crate::support::app::TestApp) -> (Browser<'a>, Page) {
    let (mut browser, page) = at_questions(app, FRANK).await;
    let page = browser.get(&page.attribute("#use-recovery-code", "href").unwrap()).await;
    assert_eq!(page.heading(), SAVED_CODE, "{page:?}");
    (browser, page)
}

on_each_database! {
    /// L8: it opens the way once; it is used up with the new password, the person is told, and it does not work again.
    async fn a_saved_code_works_once(app) {
        frank(&app).await;
        let code = save_code(&app, FRANK).await;
        let (mut browser, page) = at_saved_code(&app).await;
        let typed = code.to_lowercase().replace('-', " ");
        let page = type_saved(&mut browser, &page, &typed).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
        let done = choose(&mut browser, &page, NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
        assert_eq!(recorded(&app, "recovery_code.used").await, 1);
        assert_eq!(mails(&app).await.len(), 2, "the code was used, the password was reset");
        assert_reset(&app).await;
        app.advance(MINUTE);
        let (mut browser, page) = at_questions(&app, FRANK).await;
        assert!(page.attribute("#use-recovery-code", "href").is_none(), "there is none any more");
        assert_eq!(browser.get("/reset/recovery-code").await.heading(), QUESTIONS);
    }

    /// L8: whoever types it and then goes away has it still.
    async fn a_code_is_not_used_up_before_the_new_password(app) {
        frank(&app).await;
        let code = save_code(&app, FRANK).await;
        let (mut browser, page) = at_saved_code(&app).await;
        let page = type_saved(&mut browser, &page, &code).await;
        choose(&mut browser, &page, "short").await;
        drop(browser);
        assert_eq!(recorded(&app, "recovery_code.used").await, 0);
        app.advance(MINUTE);
        let (mut browser, page) = at_saved_code(&app).await;
        let page = type_saved(&mut browser, &page, &code).await;
        choose(&mut browser, &page, NEW).await;
        assert_reset(&app).await;
    }

    /// Whoever answers the questions keeps the code.
    async fn answers_leave_the_code_alone(app) {
        frank(&app).await;
        save_code(&app, FRANK).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        let page = answer(&mut browser, &page, &ANSWERS).await;
        choose(&mut browser, &page, NEW).await;
        assert_reset(&app).await;
        assert_eq!(recorded(&app, "recovery_code.used").await, 0);
    }

    /// Q8: wrong codes count with wrong answers, for the mail and for the day.
    async fn wrong_codes_count_like_wrong_answers(app) {
        frank(&app).await;
        let code = save_code(&app, FRANK).await;
        let (mut browser, page) = at_saved_code(&app).await;
        for (wrong, left) in [
            ("00000-00000-00000-00000-000000", "4 tries"),
            ("nonsense", "3 tries"),
            ("", "2 tries"),
            ("BBBB-BBBB", "1 try"),
        ] {
            let told = type_saved(&mut browser, &page, wrong).await;
            let message = "This is not your saved recovery code. Check it and try again.";
            assert_eq!(problems(&told), [format!("{message} You have {left} left.")], "{wrong}");
        }
        let wrong = [("answer-lost-treasure", "a blue kite")];
        let questions = browser.get("/reset/questions").await;
        assert_eq!(answer(&mut browser, &questions, &wrong).await.heading(), "This link no longer works");
        assert_eq!(type_saved(&mut browser, &page, &code).await.heading(), "This link no longer works");
    }

    /// Another person's code is wrong, and theirs is not touched.
    async fn the_code_of_another_person_is_wrong(app) {
        frank(&app).await;
        app.enrol(crate::account::GRACE).await;
        mails(&app).await;
        save_code(&app, FRANK).await;
        let graces = save_code(&app, crate::account::GRACE).await;
        let (mut browser, page) = at_saved_code(&app).await;
        assert_eq!(problems(&type_saved(&mut browser, &page, &graces).await).len(), 1);
    }

    /// Of two ways that typed the same code at the same time, one ends with a new password; the other has a step to take again.
    async fn a_code_opens_one_way_only(app) {
        frank(&app).await;
        let code = save_code(&app, FRANK).await;
        let (mut browser, page) = at_saved_code(&app).await;
        let page = type_saved(&mut browser, &page, &code).await;
        let account = app.account(FRANK).await;
        let mut tx = app.env.store.write().await.unwrap();
        let stored = tx.recovery_codes().find(account.id).await.unwrap().unwrap();
        assert!(tx.recovery_codes().consume(account.id, &stored.digest).await.unwrap(), "used elsewhere");
        tx.commit().await.unwrap();
        let refused = choose(&mut browser, &page, NEW).await;
        assert_eq!((refused.status, refused.heading().as_str()), (403, "One step is missing"), "{refused:?}");
        assert_untouched(&app, &account).await;
        let page = browser.get(&refused.attribute("#go-on", "href").unwrap()).await;
        let page = answer(&mut browser, &page, &ANSWERS).await;
        choose(&mut browser, &page, NEW).await;
        assert_reset(&app).await;
    }

    /// R90: somebody who never chose questions but saved a code is sent the reset mail, and asked for the code at once.
    async fn without_questions_the_code_is_asked_for(app) {
        app.activate(FRANK).await;
        mails(&app).await;
        let code = save_code(&app, FRANK).await;
        let mailed = asked(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&mailed.link).await;
        assert_eq!(page.heading(), SAVED_CODE, "{page:?}");
        assert!(page.attribute("#use-questions", "href").is_none(), "there are none");
        let page = type_saved(&mut browser, &page, &code).await;
        let done = choose(&mut browser, &page, NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
    }
}
