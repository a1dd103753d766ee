//! The typed code: five tries, then code and link are dead together, and only the browser that asked can type it
//! (attacks 27, 32; CVE-2025-64102).

use super::{CHECK_MAIL, MINUTE, QUESTIONS, SECOND, ask, asked, frank, mailed};
use crate::account::{FRANK, problems};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const WRONG: &str = "This is not the code from the newest mail. Check it and try again.";
const NO_MORE: &str = "This code no longer works";

async fn type_code(browser: &mut Browser<'_>, page: &Page, code: &str) -> Page {
    browser.fill(page, "code-submit", &[("Code from the mail", code)]).await
}

on_each_database! {
    /// Attack 27: four wrong codes are wrong, the fifth ends it; then neither the code nor the link of that mail opens
    /// anything, and the next mail does.
    async fn five_wrong_codes_end_the_code_and_the_link(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let page = ask(&mut browser, FRANK).await;
        let first = mailed(&app, FRANK).await;
        for wrong in ["BBBB-BBBB", "bbbbbbbb", "nonsense", "12345678"] {
            let told = type_code(&mut browser, &page, wrong).await;
            assert_eq!((told.heading().as_str(), problems(&told)), (CHECK_MAIL, vec![WRONG.to_owned()]));
        }
        let ended = type_code(&mut browser, &page, "CCCC-CCCC").await;
        assert_eq!(ended.heading(), NO_MORE, "{ended:?}");
        assert_eq!(type_code(&mut browser, &page, &first.code).await.heading(), NO_MORE);
        let link = app.browser().get(&first.link).await;
        assert_eq!(link.heading(), "This link no longer works", "they die together");
        app.advance(MINUTE);
        let page = browser.get(&ended.attribute("#ask-again", "href").unwrap()).await;
        assert_eq!(page.value("Email address"), FRANK, "nothing needs to be typed again");
        let page = browser.fill(&page, "forgot-submit", &[]).await;
        let second = mailed(&app, FRANK).await;
        assert_eq!(type_code(&mut browser, &page, &second.code).await.heading(), QUESTIONS);
    }

    /// The right code among wrong ones is looked at as long as there are tries, and not after them.
    async fn the_fifth_try_may_be_the_right_one(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let page = ask(&mut browser, FRANK).await;
        let code = mailed(&app, FRANK).await.code;
        for _ in 0..4 {
            type_code(&mut browser, &page, "BBBB-BBBB").await;
        }
        assert_eq!(type_code(&mut browser, &page, &code).await.heading(), QUESTIONS);
    }

    /// Attack 27: fifty codes at the same moment are five tries.
    async fn a_burst_of_codes_gets_five_tries(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let page = ask(&mut browser, FRANK).await;
        let cookies = browser.cookies.clone();
        let guess = async |n: usize| {
            let mut tab = app.browser();
            tab.cookies.clone_from(&cookies);
            let code: String = format!("{n:08}").bytes().map(|digit| char::from(b'Q' - b'0' + digit)).collect();
            problems(&type_code(&mut tab, &page, &code.replace(['Q', 'U', 'Y'], "B")).await)
        };
        let told = futures::future::join_all((0..50).map(guess)).await;
        assert_eq!(told.iter().filter(|told| **told == [WRONG]).count(), 4, "and the fifth ended it: {told:?}");
        assert!(super::mails(&app).await.is_empty(), "a mail whose ticket is dead is not even sent");
    }

    /// An empty field costs no try.
    async fn nothing_typed_is_no_try(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let page = ask(&mut browser, FRANK).await;
        let code = mailed(&app, FRANK).await.code;
        for _ in 0..10 {
            let told = type_code(&mut browser, &page, "  ").await;
            assert_eq!(problems(&told), ["Enter the code from the mail."]);
        }
        assert_eq!(type_code(&mut browser, &page, &code).await.heading(), QUESTIONS);
    }

    /// L2, attack 6: a code lives as long as its link, to the second.
    async fn a_code_works_for_thirty_minutes(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let page = ask(&mut browser, FRANK).await;
        let code = mailed(&app, FRANK).await.code;
        app.advance(MINUTE * 30 - SECOND);
        let mut other = app.browser();
        other.cookies.clone_from(&browser.cookies);
        assert_eq!(type_code(&mut other, &page, &code).await.heading(), QUESTIONS);
        app.advance(SECOND);
        assert_eq!(type_code(&mut browser, &page, &code).await.heading(), NO_MORE);
    }

    /// A stranger who asks for somebody's mail and types wrong codes does not cost that person the mail of their own.
    async fn a_strangers_wrong_codes_cost_the_person_nothing(app) {
        frank(&app).await;
        let mut stranger = app.browser();
        let page = ask(&mut stranger, FRANK).await;
        super::mails(&app).await;
        app.advance(MINUTE);
        let mailed = asked(&app, FRANK).await;
        for _ in 0..7 {
            type_code(&mut stranger, &page, "BBBB-BBBB").await;
        }
        assert_eq!(type_code(&mut stranger, &page, &mailed.code).await.heading(), NO_MORE);
        assert_eq!(app.browser().get(&mailed.link).await.heading(), QUESTIONS);
    }

    /// Attack 7: the code of one person's mail opens nothing in a browser that asked for another's.
    async fn the_code_of_another_mail_is_wrong(app) {
        frank(&app).await;
        app.enrol(crate::account::GRACE).await;
        super::mails(&app).await;
        let franks = asked(&app, FRANK).await;
        let mut browser = app.browser();
        let page = ask(&mut browser, crate::account::GRACE).await;
        mailed(&app, crate::account::GRACE).await;
        let told = type_code(&mut browser, &page, &franks.code).await;
        assert_eq!(problems(&told), [WRONG]);
        let link = app.browser().get(&franks.link).await;
        assert_eq!(link.heading(), QUESTIONS, "Frank's own is untouched");
    }
}
