//! Who is told, and when: Back-Channel Logout sections 2.3 to 2.5.

use std::collections::BTreeSet;

use super::{
    PORTAL, Told, assert_nobody_told, frank, id_token, log_out, more_tokens, register_another, told,
    told_once,
};
use crate::oidc::{FRANK, HOUR, MARY, MINUTE, SECOND, change_account, post_from_client};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

/// Whom each token is for.
fn audiences(told: &[Told]) -> Vec<&str> {
    let mut audiences: Vec<&str> = told.iter().map(|told| told.claims["aud"].as_str().unwrap()).collect();
    audiences.sort_unstable();
    audiences
}

/// The portal was told that the session of these tokens is over.
async fn assert_told_of(app: &TestApp, tokens: &Answer) {
    let told = told_once(app).await;
    assert_eq!(told.at, PORTAL);
    assert_eq!(told.claims["sid"], id_token(app, tokens).await["sid"]);
}

async fn press(browser: &mut Browser<'_>, page: &Page, button: &str) -> Page {
    let answer = browser.fill(page, button, &[]).await;
    assert!(answer.status < 400, "{answer:?}");
    answer
}

on_each_database! {
    /// Section 2.5: every client of this session that registered an address; none of another session, none without one.
    async fn every_client_of_the_session_is_told_and_no_other(app) {
        let (mut browser, tokens) = frank(&app).await;
        let at_second = "https://second.example/out?of=here";
        let second = register_another(&app, "portal.second", Some(at_second)).await;
        let deaf = register_another(&app, "portal.deaf", None).await;
        let absent = register_another(&app, "portal.absent", Some("https://absent.example/out")).await;
        let seconds = more_tokens(&second, &mut browser).await;
        more_tokens(&deaf, &mut browser).await;
        let mut elsewhere = app.browser();
        let kept = app.relying_party().tokens(&mut elsewhere, FRANK, PASSWORD).await;
        more_tokens(&absent, &mut elsewhere).await;

        log_out(&mut browser, &tokens).await;
        let told = told(&app).await;
        assert_eq!(audiences(&told), ["portal.99999", "portal.second"]);
        for told in &told {
            let (tokens, at) = match told.claims["aud"].as_str() {
                Some("portal.second") => (&seconds, at_second),
                _ => (&tokens, PORTAL),
            };
            assert_eq!(told.at, at, "a registered query is kept");
            assert_eq!(told.claims["sid"], id_token(&app, tokens).await["sid"]);
        }
        let jtis: BTreeSet<&str> = told.iter().map(|told| told.claims["jti"].as_str().unwrap()).collect();
        assert_eq!(jtis.len(), 2);
        assert_eq!(app.relying_party().userinfo(kept.text("access_token")).await.status, 200);
        assert_nobody_told(&app).await;
    }

    /// `protocol.md`: the person does not wait for it.
    async fn the_person_is_signed_out_before_anybody_is_told(app) {
        let (mut browser, tokens) = frank(&app).await;
        log_out(&mut browser, &tokens).await;
        assert!(app.outbound.posts().is_empty(), "queued, and not called");
        assert_told_of(&app, &tokens).await;
    }

    /// However often it signed somebody in during the session.
    async fn a_client_is_told_once_for_one_session(app) {
        let (mut browser, tokens) = frank(&app).await;
        for _ in 0..3 {
            more_tokens(&app.relying_party(), &mut browser).await;
        }
        log_out(&mut browser, &tokens).await;
        assert_told_of(&app, &tokens).await;
        let again = browser.get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
        assert_eq!(again.heading(), "You are signed out");
        assert_nobody_told(&app).await;
    }

    /// Section 2.7: tokens with `offline_access` outlive the log-out, and the client hears of it all the same.
    async fn a_client_whose_tokens_outlive_the_session_is_told_of_its_end(app) {
        let (mut browser, tokens) = frank(&app).await;
        let mut offline = app.relying_party();
        offline.scope = "openid offline_access company".to_owned();
        let mut other = app.browser();
        let kept = offline.tokens(&mut other, FRANK, PASSWORD).await;
        log_out(&mut other, &kept).await;
        assert_told_of(&app, &kept).await;
        assert_eq!(offline.userinfo(kept.text("access_token")).await.status, 200);
        assert_eq!(offline.refresh(kept.text("refresh_token")).await.status, 200);
        log_out(&mut browser, &tokens).await;
        assert_told_of(&app, &tokens).await;
    }

    /// It took part in the session, and may keep one of its own.
    async fn a_client_that_gave_its_tokens_up_is_told_all_the_same(app) {
        let (mut browser, tokens) = frank(&app).await;
        assert_eq!(app.relying_party().revoke(tokens.text("refresh_token")).await.status, 200);
        assert_nobody_told(&app).await;
        log_out(&mut browser, &tokens).await;
        assert_told_of(&app, &tokens).await;
    }

    /// RP-Initiated Logout section 2: by a client's POST, and by the person's own "Yes"; "No" tells nobody.
    async fn a_log_out_by_post_or_by_yes_is_told(app) {
        let (mut browser, tokens) = frank(&app).await;
        let form = format!("id_token_hint={}", tokens.text("id_token"));
        let page = post_from_client(&app, &mut browser, "/logout", &form).await;
        assert_eq!(page.heading(), "You are signed out");
        assert_told_of(&app, &tokens).await;

        let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        let page = browser.get("/logout").await;
        press(&mut browser, &page, "logout-no").await;
        assert_nobody_told(&app).await;
        press(&mut browser, &page, "logout-yes").await;
        assert_told_of(&app, &tokens).await;
    }

    /// Attack 77: what does not log out, is asked about or is refused tells nobody.
    async fn a_log_out_that_does_not_happen_is_not_told(app) {
        let (mut browser, tokens) = frank(&app).await;
        let hint = tokens.text("id_token");
        for query in [
            String::new(),
            "client_id=portal.99999".to_owned(),
            format!("id_token_hint={hint}x"),
            format!("id_token_hint={hint}&client_id=portal.22222"),
            format!("id_token_hint={hint}&post_logout_redirect_uri=https://evil.example/"),
        ] {
            browser.get(&format!("/logout?{query}")).await;
            assert_nobody_told(&app).await;
        }
        assert_eq!(app.relying_party().userinfo(tokens.text("access_token")).await.status, 200);
    }

    /// Rules section 5: at a shared PC the next person's log-in ends the session before it.
    async fn another_persons_log_in_is_told_to_the_first_ones_clients(app) {
        let (mut browser, franks) = frank(&app).await;
        app.enrol(MARY).await;
        app.advance(SECOND);
        let client = app.relying_party().with("prompt", "login");
        let marys = client.tokens(&mut browser, MARY, PASSWORD).await;
        assert_told_of(&app, &franks).await;
        log_out(&mut browser, &marys).await;
        assert_told_of(&app, &marys).await;
    }

    /// A session that only went idle signs nobody in; its clients' tokens live on, and its end is news to them.
    async fn the_end_of_an_idle_session_is_told(app) {
        let (mut browser, tokens) = frank(&app).await;
        app.advance(HOUR + MINUTE);
        assert_nobody_told(&app).await;
        log_out(&mut browser, &tokens).await;
        assert_told_of(&app, &tokens).await;
    }

    /// R51, R74: leaving by "Sign out" or "Cancel" ends the session, and so does "another account" at the consent page.
    async fn leaving_by_a_page_of_ours_is_told(app) {
        let (mut browser, tokens) = frank(&app).await;
        let birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        let page = birch.authorize(&mut browser).await;
        assert_eq!(page.heading(), "You do not have access to this agency");
        press(&mut browser, &page, "sign-out").await;
        assert_told_of(&app, &tokens).await;

        let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        let rota = register_another(&app, "rota", None).await;
        app.change_client("rota", |client| client.first_party = false).await;
        let page = rota.authorize(&mut browser).await;
        let page = press(&mut browser, &page, "consent-other-account").await;
        assert_eq!(page.heading(), "Log In");
        assert_told_of(&app, &tokens).await;

        let tokens = app.relying_party().tokens(&mut browser, FRANK, PASSWORD).await;
        change_account(&app, FRANK, |account| account.questions_enrolled = false).await;
        let page = app.relying_party().authorize(&mut browser).await;
        assert_eq!(page.heading(), "Security Questions");
        press(&mut browser, &page, "questions-cancel").await;
        assert_told_of(&app, &tokens).await;
    }

    /// A session that goes on is no news: refreshed, used, logged in to again by the same person.
    async fn nothing_that_goes_on_is_told(app) {
        let (mut browser, tokens) = frank(&app).await;
        let client = app.relying_party();
        let tokens = client.refresh(tokens.text("refresh_token")).await;
        more_tokens(&client, &mut browser).await;
        app.advance(SECOND);
        app.relying_party().with("prompt", "login").tokens(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(client.refresh(tokens.text("refresh_token")).await.status, 200);
        assert_nobody_told(&app).await;
    }
}
