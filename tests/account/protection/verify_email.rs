//! `/verify-email` (R48; L2, L3, L6; attack 27): a mailed code proves the address; five tries for each, and few mails.

use idp_domain::email::EmailAddress;
use idp_domain::typed_code::TypedCode;

use super::{MINUTE, SECOND, arrived};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const VERIFY: &str = "Check your mail";
const WRONG: &str = "This is not the code from the newest mail. Check it and type it again.";
const RENEWED: &str =
    "That code no longer works: it was too old, or typed wrong too often. We sent you a new one.";
const NO_MORE: &str = "That code no longer works: it was too old, or typed wrong too often. Wait a minute, then choose “Send a new code”.";
const TOO_MANY: &str =
    "You asked for several codes in a short time. Use the newest mail, or wait a few minutes and try again.";

/// Somebody whose address is not proven, at the page that asks for the code.
async fn asked<'a>(app: &'a TestApp, user_name: &str) -> (Browser<'a>, Page) {
    app.enrol(user_name).await;
    app.change_account(user_name, |account| account.email_verified = false).await;
    let mut browser = app.browser();
    let page = app.relying_party().log_in(&mut browser, user_name, PASSWORD).await;
    assert_eq!(page.heading(), VERIFY, "{page:?}");
    (browser, page)
}

async fn type_code(browser: &mut Browser<'_>, page: &Page, code: &str) -> Page {
    browser.fill(page, "verify-submit", &[("Code", code)]).await
}

/// The codes mailed to a person so far, the oldest first.
async fn mailed_codes(app: &TestApp, user_name: &str) -> Vec<String> {
    app.send_mails().await;
    let is_code = |word: &&str| word.len() == 9 && word.contains('-') && TypedCode::typed(word).is_some();
    let sent = app.postman.sent().into_iter().filter(|mail| mail.to.as_str() == user_name);
    sent.filter_map(|mail| mail.text.split_whitespace().find(is_code).map(str::to_owned)).collect()
}

/// The code in the newest mail to a person.
pub(in crate::account) async fn mailed_code(app: &TestApp, user_name: &str) -> String {
    mailed_codes(app, user_name).await.pop().expect("a mail with a code")
}

/// A code of the right form that is not this one.
fn another(code: &str) -> String {
    let first = if code.starts_with('B') { 'C' } else { 'B' };
    format!("{first}{}", &code[1..])
}

on_each_database! {
    /// R48: the code is mailed by itself, once, and whoever types it, however sloppily, goes on.
    async fn the_mailed_code_proves_the_address(app) {
        let (mut browser, page) = asked(&app, FRANK).await;
        assert!(page.shows(FRANK), "{page:?}");
        let reloaded = browser.get(page.url.as_str()).await;
        assert_eq!((reloaded.heading().as_str(), problems(&reloaded).len()), (VERIFY, 0));
        let codes = mailed_codes(&app, FRANK).await;
        assert_eq!(codes.len(), 1, "a reload sends no other: {codes:?}");
        let empty = type_code(&mut browser, &page, " ").await;
        assert_eq!(problems(&empty), ["Enter the code from the mail."]);
        let sloppy = codes[0].to_lowercase().replace('-', " ");
        let done = type_code(&mut browser, &empty, &sloppy).await;
        assert!(arrived(&done), "{done:?}");
        assert!(app.account(FRANK).await.email_verified);
        assert_eq!(super::recorded(&app, "email.verified").await, 1);
        let again = type_code(&mut browser, &page, &codes[0]).await;
        assert!(arrived(&again), "done is done: {again:?}");
        assert_eq!(super::recorded(&app, "email.verified").await, 1);
    }

    /// Attack 27: the fifth wrong code kills the mail, its right code included; another mail is needed.
    async fn five_wrong_codes_kill_the_mail(app) {
        let (mut browser, mut page) = asked(&app, FRANK).await;
        let code = mailed_code(&app, FRANK).await;
        for n in 0..4 {
            page = type_code(&mut browser, &page, &another(&code)).await;
            let told = if n == 3 { "You have one more try." } else { WRONG };
            assert!(problems(&page).concat().contains(told), "{n}: {page:?}");
        }
        page = type_code(&mut browser, &page, &another(&code)).await;
        assert_eq!(problems(&page), [NO_MORE], "a mail went out in this minute already");
        page = type_code(&mut browser, &page, &code).await;
        assert_eq!(problems(&page), [NO_MORE]);
        assert!(!app.account(FRANK).await.email_verified);
        assert_eq!(super::recorded(&app, "email.verification_refused").await, 5);
        app.advance(MINUTE);
        page = browser.fill(&page, "verify-again", &[]).await;
        assert_eq!(page.select("#notice"), ["A new code is on its way. Only the newest one works."]);
        let new = mailed_code(&app, FRANK).await;
        assert_ne!(new, code);
        assert!(arrived(&type_code(&mut browser, &page, &new).await));
    }

    /// Attack 27: the right one may be the fifth.
    async fn the_fifth_try_may_be_the_right_one(app) {
        let (mut browser, mut page) = asked(&app, FRANK).await;
        let code = mailed_code(&app, FRANK).await;
        for _ in 0..4 {
            page = type_code(&mut browser, &page, &another(&code)).await;
        }
        assert!(arrived(&type_code(&mut browser, &page, &code).await));
    }

    /// Attack 27: codes sent at the same moment are counted one by one.
    async fn a_burst_of_codes_tries_no_more_than_five(app) {
        let (browser, page) = asked(&app, FRANK).await;
        let code = mailed_code(&app, FRANK).await;
        let guess = async |_| {
            let mut twin = app.browser();
            twin.cookies = browser.cookies.clone();
            type_code(&mut twin, &page, &another(&code)).await.status
        };
        futures::future::join_all((0..15).map(guess)).await;
        assert_eq!(super::recorded(&app, "email.verification_refused").await, 5);
    }

    /// L2, L3: a code works for half an hour, to the second; typed later it is replaced by a new one.
    async fn an_old_code_is_replaced(app) {
        let (mut browser, page) = asked(&app, FRANK).await;
        let code = mailed_code(&app, FRANK).await;
        app.advance(app.env.policy.email_verification_life);
        let late = type_code(&mut browser, &page, &code).await;
        assert_eq!((late.heading().as_str(), problems(&late)), (VERIFY, vec![RENEWED.to_owned()]));
        assert!(!app.account(FRANK).await.email_verified);
        let new = mailed_code(&app, FRANK).await;
        app.advance(app.env.policy.email_verification_life - SECOND);
        assert!(arrived(&type_code(&mut browser, &late, &new).await));
    }

    /// L3, R67: of two mails only the newer one's code works.
    async fn a_newer_mail_replaces_the_older_one(app) {
        let (mut browser, page) = asked(&app, FRANK).await;
        let old = mailed_code(&app, FRANK).await;
        app.advance(MINUTE);
        let page = browser.fill(&page, "verify-again", &[]).await;
        let new = mailed_code(&app, FRANK).await;
        let refused = type_code(&mut browser, &page, &old).await;
        assert_eq!(problems(&refused), [WRONG]);
        assert!(arrived(&type_code(&mut browser, &refused, &new).await));
    }

    /// L6: one mail a minute, five an hour; the page says so, and what was sent still works.
    async fn few_mails_are_sent_however_often_they_are_asked_for(app) {
        let (mut browser, mut page) = asked(&app, FRANK).await;
        page = browser.fill(&page, "verify-again", &[]).await;
        assert_eq!(problems(&page), [TOO_MANY]);
        for _ in 0..8 {
            app.advance(MINUTE);
            page = browser.fill(&page, "verify-again", &[]).await;
        }
        let codes = mailed_codes(&app, FRANK).await;
        assert!(codes.len() <= 5, "{codes:?}");
        assert_eq!(problems(&page), [TOO_MANY]);
        assert!(arrived(&type_code(&mut browser, &page, codes.last().unwrap()).await));
    }

    /// Attack 7: a code of one person, or one mailed to another address or for another purpose, proves nothing.
    async fn a_code_of_somebody_else_proves_nothing(app) {
        let (mut franks, page) = asked(&app, FRANK).await;
        let (mut graces, hers) = asked(&app, GRACE).await;
        let (his_code, her_code) = (mailed_code(&app, FRANK).await, mailed_code(&app, GRACE).await);
        assert_eq!(problems(&type_code(&mut franks, &page, &her_code).await), [WRONG]);
        assert!(arrived(&type_code(&mut graces, &hers, &her_code).await));
        let elsewhere = "frank@elsewhere.example";
        app.change_account(FRANK, |account| account.user_name = EmailAddress::parse(elsewhere).unwrap()).await;
        let refused = type_code(&mut franks, &page, &his_code).await;
        assert!(!arrived(&refused), "{refused:?}");
        assert!(!app.account(elsewhere).await.email_verified);
    }
}
