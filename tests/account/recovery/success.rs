//! What ends with the old password (L7, R81): sessions, refresh tokens, locks, other links. And the person is told.

use idp_domain::client::BackchannelLogout;

use super::{
    ANSWERS, CHOOSE, MINUTE, NEW, answer, ask, asked, at_new_password, choose, frank, mailed, mails,
    opens_with, recorded, reset,
};
use crate::account::{FRANK, GRACE};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

on_each_database! {
    /// L7: every session and refresh family is dead, in every browser; nobody else's is.
    async fn every_session_and_every_refresh_token_is_dead(app) {
        frank(&app).await;
        app.enrol(GRACE).await;
        mails(&app).await;
        let portal = app.relying_party().with("scope", "openid offline_access");
        let mut browsers = [app.browser(), app.browser()];
        let mut families = vec![];
        for browser in &mut browsers {
            families.push(portal.tokens(browser, FRANK, PASSWORD).await);
        }
        let mut graces = app.browser();
        let kept = portal.tokens(&mut graces, GRACE, PASSWORD).await;
        mails(&app).await;
        app.advance(MINUTE);
        reset(&app, FRANK).await;
        for browser in &mut browsers {
            let page = portal.authorize(browser).await;
            assert_eq!(page.heading(), "Log In", "{page:?}");
            assert_eq!(browser.get("/account").await.heading(), "Log In");
        }
        for tokens in &families {
            let refused = portal.refresh(tokens.text("refresh_token")).await;
            assert_eq!(refused.error(), (400, "invalid_grant"));
            assert_eq!(portal.userinfo(tokens.text("access_token")).await.status, 401);
        }
        assert_eq!(portal.refresh(kept.text("refresh_token")).await.status, 200, "Grace's goes on");
        assert!(portal.authorize(&mut graces).await.sent("code").is_some());
    }

    /// L7: clients are told by back-channel logout.
    async fn clients_are_told(app) {
        let uri: url::Url = "https://maple.example/backchannel-logout".parse().unwrap();
        let hears = Some(BackchannelLogout { uri: uri.clone(), session_required: true });
        app.change_client("portal.99999", |client| client.backchannel_logout = hears).await;
        app.activate(FRANK).await;
        let mut browsers = [app.browser(), app.browser()];
        let page = app.relying_party().log_in(&mut browsers[0], FRANK, PASSWORD).await;
        let page = browsers[0].answer_questions(&page).await;
        app.relying_party().redeem(&page.sent("code").unwrap()).await;
        app.relying_party().tokens(&mut browsers[1], FRANK, PASSWORD).await;
        mails(&app).await;
        app.send_logouts().await;
        assert!(app.outbound.take_posts().is_empty());
        reset(&app, FRANK).await;
        app.send_logouts().await;
        let told = app.outbound.take_posts();
        assert_eq!(told.iter().map(|post| &post.url).collect::<Vec<_>>(), [&uri, &uri], "of each session");
    }

    /// L7, L11: one notice to the address of the account, and the event in the log; nobody is signed in.
    async fn the_person_is_told_and_nobody_is_signed_in(app) {
        frank(&app).await;
        let browser = reset(&app, FRANK).await;
        assert_eq!(browser.session(), None);
        let notices = mails(&app).await;
        assert_eq!(notices.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [FRANK]);
        assert!(!notices[0].text.contains(NEW) && !notices[0].text.contains("ticket="), "{}", notices[0].text);
        assert_eq!((recorded(&app, "password.forgotten").await, recorded(&app, "password.reset").await), (1, 1));
        assert!(!opens_with(&app, PASSWORD).await);
        assert!(opens_with(&app, NEW).await);
    }

    /// Section 4, R81: even so many wrong passwords that only a recovery helps are forgotten.
    async fn the_ceiling_of_wrong_passwords_is_lifted(app) {
        frank(&app).await;
        for n in 0..100_u8 {
            let mut stranger = app.browser();
            stranger.address = [198, 51, n, 7];
            app.relying_party().log_in(&mut stranger, FRANK, "a wrong guess, and a long one").await;
            app.advance(MINUTE * 31);
        }
        let page = app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(page.shows("Choose “Forgot your password?” to go on."), "{page:?}");
        mails(&app).await;
        reset(&app, FRANK).await;
        assert!(opens_with(&app, NEW).await);
    }

    /// L3: links that were open beside the one that was used are dead.
    async fn other_open_links_are_dead(app) {
        frank(&app).await;
        let (mut browser, page) = at_new_password(&app, FRANK).await;
        choose(&mut browser, &page, NEW).await;
        app.advance(MINUTE);
        let mailed = asked(&app, FRANK).await;
        app.change_account(FRANK, |account| account.credential_version += 1).await;
        let late = app.browser().get(&mailed.link).await;
        assert_eq!(late.heading(), "This link was replaced by a newer one");
    }

    /// Section 4, attack 31: the browser in which a known person reset their password stays known: no mail about a new one, and
    /// a count of its own. Every other one must log in with the new password first; a copied cookie is worth nothing.
    async fn only_the_browser_of_the_reset_stays_known(app) {
        frank(&app).await;
        let portal = app.relying_party();
        let (mut home, mut other) = (app.browser(), app.browser());
        for browser in [&mut home, &mut other] {
            portal.code(browser, FRANK, PASSWORD).await;
        }
        mails(&app).await;
        ask(&mut home, FRANK).await;
        let page = home.get(&mailed(&app, FRANK).await.link).await;
        let page = answer(&mut home, &page, &ANSWERS).await;
        choose(&mut home, &page, NEW).await;
        mails(&app).await;

        for network in 0..6 {
            let mut stranger = app.browser();
            stranger.address = [203, 0, network, 9];
            portal.log_in(&mut stranger, FRANK, "a wrong guess, and a long one").await;
        }
        mails(&app).await;
        assert_eq!(portal.log_in(&mut other, FRANK, NEW).await.status, 429, "waits as strangers do");
        assert!(portal.log_in(&mut home, FRANK, NEW).await.left_to("https://maple.example/callback"));
        assert!(mails(&app).await.is_empty(), "nothing new about this browser");
        app.advance(MINUTE);
        assert!(portal.log_in(&mut other, FRANK, NEW).await.left_to("https://maple.example/callback"));
        assert_eq!(mails(&app).await.len(), 1, "a new browser");
    }

    /// Section 4: a reset alone makes no browser known.
    async fn a_reset_in_a_strange_browser_does_not_make_it_known(app) {
        frank(&app).await;
        let mut browser = reset(&app, FRANK).await;
        mails(&app).await;
        let page = app.relying_party().log_in(&mut browser, FRANK, NEW).await;
        assert!(page.left_to("https://maple.example/callback"), "{page:?}");
        assert_eq!(mails(&app).await.len(), 1, "a new browser");
    }

    /// L7, Q8: the count of wrong answers begins anew.
    async fn wrong_answers_before_it_are_forgotten(app) {
        frank(&app).await;
        let wrong = [("answer-lost-treasure", "a blue kite")];
        for _ in 0..2 {
            let (mut browser, page) = super::at_questions(&app, FRANK).await;
            for _ in 0..4 {
                answer(&mut browser, &page, &wrong).await;
            }
            let page = answer(&mut browser, &page, &ANSWERS).await;
            assert_eq!(page.heading(), CHOOSE, "{page:?}");
            choose(&mut browser, &page, NEW).await;
            app.advance(MINUTE * 5);
        }
        let (mut browser, page) = super::at_questions(&app, FRANK).await;
        for _ in 0..4 {
            answer(&mut browser, &page, &wrong).await;
        }
        assert_eq!(answer(&mut browser, &page, &ANSWERS).await.heading(), CHOOSE);
    }
}
