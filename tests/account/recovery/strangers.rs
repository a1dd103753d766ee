//! Strangers who ask for somebody's mails and type codes and passwords (L3, L6, R67, R68; attacks 27, 31, 34): they keep
//! nobody out who reads the mailbox, and take nothing out of anybody's hands.

use super::{
    ANSWERS, CHECK_MAIL, CHOOSE, FORGOT, HOUR, MINUTE, NEW, QUESTIONS, answer, ask, asked, assert_reset,
    at_questions, choose, frank, mailed, mails, save_code,
};
use crate::account::{FRANK, problems};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const SUPERSEDED: &str = "This link was replaced by a newer one";
const WRONG: [(&str, &str); 1] = [("answer-lost-treasure", "a blue kite")];

async fn type_code(browser: &mut Browser<'_>, page: &Page, code: &str) -> Page {
    browser.fill(page, "code-submit", &[("Code from the mail", code)]).await
}

/// Asks for a mail and types so many wrong codes that it is dead.
async fn burn(stranger: &mut Browser<'_>) {
    let page = ask(stranger, FRANK).await;
    assert_eq!(page.heading(), CHECK_MAIL);
    for _ in 0..5 {
        type_code(stranger, &page, "BBBB-BBBB").await;
    }
}

fn stranger(app: &TestApp) -> Browser<'_> {
    let mut browser = app.browser();
    browser.address = [203, 0, 113, 9];
    browser
}

on_each_database! {
    /// R68, L6, attack 27: a stranger asks ten times and types fifty wrong codes, so that every mail is dead and no further one
    /// is sent. Whoever opens the last one can still ask for a new one, whose code the stranger cannot spoil; there are limits
    /// for that, too, and they are told.
    async fn who_burns_every_mail_does_not_keep_the_mailboxs_holder_out(app) {
        frank(&app).await;
        let mut stranger = stranger(&app);
        let mut dead = None;
        for n in 0..10 {
            app.advance(if n == 5 { HOUR } else { MINUTE });
            let page = ask(&mut stranger, FRANK).await;
            dead = Some(mailed(&app, FRANK).await);
            for _ in 0..5 {
                type_code(&mut stranger, &page, "BBBB-BBBB").await;
            }
        }
        app.advance(HOUR);
        let mut browser = app.browser();
        ask(&mut browser, FRANK).await;
        assert!(mails(&app).await.is_empty(), "ten a day");
        let link = dead.unwrap().link;
        let page = browser.get(&link).await;
        assert_eq!(page.heading(), "This link no longer works", "{page:?}");
        let sent = browser.fill(&page, "link-renew", &[]).await;
        assert_eq!(sent.heading(), CHECK_MAIL, "{sent:?}");
        let newer = mailed(&app, FRANK).await;
        burn(&mut stranger).await;

        let mut elsewhere = app.browser();
        let page = elsewhere.get(&link).await;
        let told = elsewhere.fill(&page, "link-renew", &[]).await;
        assert_eq!((told.status, told.heading().as_str()), (429, FORGOT), "one a minute: {told:?}");
        assert_eq!(told.headers["retry-after"].to_str().unwrap(), "60");
        assert_eq!(problems(&told), ["Too many mails were asked for. Please wait 60 seconds, then try again."]);
        assert!(mails(&app).await.is_empty());

        let page = type_code(&mut browser, &sent, &newer.code).await;
        assert_eq!(page.heading(), QUESTIONS, "{page:?}");
        let page = answer(&mut browser, &page, &ANSWERS).await;
        choose(&mut browser, &page, NEW).await;
        assert_reset(&app).await;
    }

    /// L3, R67: until answers were sent the newest mail is the only one that works, whoever asked for it.
    async fn a_newer_mail_replaces_one_that_nobody_answered_for(app) {
        frank(&app).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        app.advance(MINUTE);
        let newer = asked(&app, FRANK).await;
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), SUPERSEDED);
        assert_eq!(browser.get(&newer.link).await.heading(), QUESTIONS);
    }

    /// L3: from the first answers on no stranger's mail, and not the second or third one either, takes the way out of the
    /// person's hands; of those mails the newest works, and none after the new password.
    async fn a_newer_mail_does_not_replace_the_one_in_use(app) {
        frank(&app).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        assert_eq!(answer(&mut browser, &page, &WRONG).await.heading(), QUESTIONS);
        let mut newer = vec![];
        for _ in 0..3 {
            app.advance(MINUTE);
            newer.push(asked(&app, FRANK).await.link);
        }
        let page = answer(&mut browser, &page, &ANSWERS).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
        app.advance(MINUTE);
        newer.push(asked(&app, FRANK).await.link);
        for (at, link) in newer.iter().enumerate() {
            let works = if at == 3 { QUESTIONS } else { SUPERSEDED };
            assert_eq!(app.browser().get(link).await.heading(), works, "{at}");
        }
        let done = choose(&mut browser, &page, NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
        for link in &newer {
            assert_eq!(app.browser().get(link).await.heading(), SUPERSEDED);
        }
        assert_reset(&app).await;
    }

    /// Q8: two mails are five tries each and ten a day together, however they overlap.
    async fn mails_side_by_side_give_no_more_than_ten_tries(app) {
        frank(&app).await;
        let (mut one, first) = at_questions(&app, FRANK).await;
        answer(&mut one, &first, &WRONG).await;
        app.advance(MINUTE);
        let (mut two, second) = at_questions(&app, FRANK).await;
        answer(&mut two, &second, &WRONG).await;
        app.advance(MINUTE);
        let (mut three, third) = at_questions(&app, FRANK).await;
        for _ in 0..4 {
            answer(&mut one, &first, &WRONG).await;
            answer(&mut two, &second, &WRONG).await;
        }
        let paused = answer(&mut three, &third, &ANSWERS).await;
        assert_eq!((paused.status, paused.heading().as_str()), (429, "Too many wrong tries"), "{paused:?}");
    }

    /// Attacks 31, 34: whoever shares the address, an office or a carrier, does not stop the answers of somebody who holds a
    /// link, nor their saved code.
    async fn a_networks_wrong_log_ins_do_not_stop_the_answers(app) {
        frank(&app).await;
        let code = save_code(&app, FRANK).await;
        let (mut browser, page) = at_questions(&app, FRANK).await;
        let mut neighbour = app.browser();
        neighbour.address[3] = 99;
        let mut log_in = app.relying_party().authorize(&mut neighbour).await;
        for n in 0..21 {
            let name = format!("nobody{n}@example.com");
            let typed = [("UserName", name.as_str()), ("Password", "a wrong guess, and a long one")];
            log_in = neighbour.fill(&log_in, "login-submit", &typed).await;
        }
        assert_eq!(log_in.status, 429, "{log_in:?}");
        assert_eq!(answer(&mut browser, &page, &WRONG).await.heading(), QUESTIONS);
        let mut other = app.browser();
        other.cookies.clone_from(&browser.cookies);
        let saved = other.get("/reset/recovery-code").await;
        let saved = other.fill(&saved, "recovery-code-submit", &[("Saved recovery code", &code)]).await;
        assert_eq!(saved.heading(), CHOOSE, "{saved:?}");
        let page = answer(&mut browser, &page, &ANSWERS).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
        let done = choose(&mut browser, &page, NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
    }
}
