//! Rules section 4: an open session is no place to guess at its password, neither on the page that changes it nor by way of
//! the rule that an answer must not be the password (Q5).

use idp_domain::outbox::SecurityEvent;
use idp_domain::ports::PasswordHasher as _;

use super::{
    CHANGE, MINUTE, NEW, OTHER_ANSWERS, QUESTIONS, SECOND, SECURITY, answer, at, change, frank_at, log_in,
    notices, protection, recorded,
};
use crate::account::{FRANK, problems};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const WAIT: &str = "There were too many tries. Please wait 30 seconds, then try again.";

on_each_database! {
    /// Section 4: five are free, after the sixth nothing is looked at for 30 seconds, the right one included; the person is
    /// told by mail.
    async fn wrong_current_passwords_are_throttled_like_log_ins(app) {
        let (mut browser, mut page) = frank_at(&app, "/account/password").await;
        for n in 0..6 {
            page = change(&mut browser, &page, &format!("a wrong guess, number {n}"), NEW).await;
            assert!(problems(&page).concat().contains("not your current password"), "{n}: {page:?}");
        }
        assert_eq!(notices(&app, FRANK).await, [SecurityEvent::GuessesThrottled]);
        let (hashes, before) = (app.hasher.computed(), protection(&app, FRANK).await);
        page = change(&mut browser, &page, PASSWORD, NEW).await;
        assert_eq!((page.heading().as_str(), problems(&page)), (CHANGE, vec![WAIT.to_owned()]));
        assert_eq!((page.status, page.headers["retry-after"].to_str().unwrap()), (429, "30"));
        assert_eq!((app.hasher.computed(), protection(&app, FRANK).await), (hashes, before));
        app.advance(SECOND * 30);
        assert_eq!(change(&mut browser, &page, PASSWORD, NEW).await.heading(), SECURITY);
        assert_eq!(recorded(&app, "password.refused").await, 6);
    }

    /// Section 4: it is one count with the log-in from the same browser, and no other browser of the person pays for it.
    async fn the_count_is_shared_with_the_log_in_of_the_same_browser(app) {
        let (mut browser, mut page) = frank_at(&app, "/account/password").await;
        app.advance(SECOND);
        for n in 0..6 {
            page = change(&mut browser, &page, &format!("a wrong guess, number {n}"), NEW).await;
        }
        let again = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        let refused = log_in(&mut browser, &again, FRANK, PASSWORD).await;
        assert_eq!(problems(&refused), [WAIT]);
        at(&app, FRANK, "/account/security").await;
    }

    /// Section 4: of guesses sent at the same moment no more are looked at than the limit allows.
    async fn a_burst_learns_no_more_than_the_limit_allows(app) {
        let (browser, page) = frank_at(&app, "/account/password").await;
        let hashes = app.hasher.computed();
        let guess = async |n: usize| {
            let mut twin = app.browser();
            twin.cookies = browser.cookies.clone();
            change(&mut twin, &page, &format!("a wrong guess, number {n}"), NEW).await.status
        };
        let told = futures::future::join_all((0..20).map(guess)).await;
        assert_eq!(told.iter().filter(|status| **status == 200).count(), 6, "{told:?}");
        assert_eq!(app.hasher.computed() - hashes, 6);
    }

    /// Q5: an answer that is the password is refused in its own row, and counts as a guess; three others in a form count as
    /// one, whatever comes of it, so that the form is no oracle.
    async fn answers_are_no_way_to_guess_the_password(app) {
        let (mut browser, page) = frank_at(&app, "/account/questions").await;
        let [a, b, c] = OTHER_ANSWERS;
        let refused = answer(&mut browser, &page, [a, (b.0, PASSWORD), c]).await;
        assert_eq!(problems(&refused), ["Answer #2 is your password. Give another answer."]);
        assert_eq!(recorded(&app, "password.refused").await, 1);
        for n in 0..5 {
            let page = browser.get("/account/questions").await;
            let saved = answer(&mut browser, &page, [a, b, (c.0, &format!("treasure number {n}"))]).await;
            assert_eq!(saved.heading(), SECURITY, "{n}: {saved:?}");
        }
        let (hashes, before) = (app.hasher.computed(), protection(&app, FRANK).await);
        let held = answer(&mut browser, &page, [a, (b.0, PASSWORD), c]).await;
        assert_eq!((held.status, held.heading().as_str(), problems(&held)), (429, QUESTIONS, vec![WAIT.to_owned()]));
        assert_eq!(held.attribute("#answer-1", "value").as_deref(), Some(a.1), "what was typed stays");
        assert_eq!((app.hasher.computed(), protection(&app, FRANK).await), (hashes, before));
    }

    /// Q5: the same of the required action, and a form that is refused for another reason costs nothing.
    async fn enrolling_takes_its_turn_as_well(app) {
        app.activate(FRANK).await;
        let mut browser = app.browser();
        let mut page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
        let [a, b, c] = OTHER_ANSWERS;
        for _ in 0..8 {
            page = answer(&mut browser, &page, [a, b, (c.0, "none")]).await;
            assert_eq!(page.status, 200);
        }
        for _ in 0..6 {
            page = answer(&mut browser, &page, [(a.0, PASSWORD), b, c]).await;
            assert_eq!(problems(&page), ["Answer #1 is your password. Give another answer."]);
        }
        let held = answer(&mut browser, &page, OTHER_ANSWERS).await;
        assert_eq!((held.status, problems(&held)), (429, vec![WAIT.to_owned()]));
        app.advance(MINUTE);
        assert!(super::arrived(&answer(&mut browser, &held, OTHER_ANSWERS).await));
    }
}
