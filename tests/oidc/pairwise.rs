//! Pairwise subjects: OpenID Connect Core section 8. One name per person and sector, and no two sectors share one.

use std::collections::BTreeSet;

use futures::future::join_all;
use idp_domain::client::{ClientId, SubjectType};
use idp_domain::email::EmailAddress;
use serde_json::{Value, json};

use super::{CALLBACK, FRANK, MARY, MINUTE, SECOND, authorization_error, franks_browser, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

/// Three clients of no agency: two of one sector, one of another.
const CLIENTS: [(&str, &str); 3] =
    [("maps", "maps.example"), ("maps-mobile", "maps.example"), ("news", "news.example")];

async fn register_pairwise(app: &TestApp) {
    app.enrol(FRANK).await;
    app.enrol(MARY).await;
    for (id, sector) in CLIENTS {
        register(app, |client| {
            client.id = ClientId::parse(id).unwrap();
            client.company = None;
            client.subject_type = SubjectType::Pairwise { sector: sector.to_owned() };
        })
        .await;
    }
}

fn client<'a>(app: &'a TestApp, id: &str) -> RelyingParty<'a> {
    RelyingParty::new(app, id, CALLBACK).with("scope", "openid offline_access")
}

async fn tokens(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> Answer {
    let page = client.authorize(browser).await;
    redeemed(client, &page).await
}

async fn redeemed(client: &RelyingParty<'_>, page: &Page) -> Answer {
    let tokens = client.redeem(&page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens
}

/// The one name in everything an answer leads to: ID token, access token, UserInfo, introspection.
async fn subject(client: &RelyingParty<'_>, tokens: &Answer) -> String {
    let (id_token, _) = client.verify(tokens.text("id_token")).await;
    let (access_token, _) = client.verify(tokens.text("access_token")).await;
    let userinfo = client.userinfo(tokens.text("access_token")).await.json;
    let introspected = client.introspect(tokens.text("access_token")).await.json;
    let refresh_token = client.introspect(tokens.text("refresh_token")).await.json;
    for other in [&access_token["sub"], &userinfo["sub"], &introspected["sub"], &refresh_token["sub"]] {
        assert_eq!(*other, id_token["sub"]);
    }
    id_token["sub"].as_str().unwrap().to_owned()
}

async fn account_id(app: &TestApp, user_name: &str) -> String {
    let user_name = EmailAddress::parse(user_name).unwrap();
    let mut tx = app.env.store.read().await.unwrap();
    tx.accounts().find_by_user_name(&user_name).await.unwrap().unwrap().id.to_string()
}

async fn log_in(browser: &mut Browser<'_>, page: &Page, user_name: &str) -> Page {
    assert_eq!(page.heading(), "Log In", "{page:?}");
    browser.fill(page, "login-submit", &[("UserName", user_name), ("Password", PASSWORD)]).await
}

on_each_database! {
    /// Core section 8: a stable name. The same at every log-in, in every browser, through refreshes, and at UserInfo.
    async fn a_pairwise_sub_is_the_same_at_every_log_in_refresh_and_userinfo(app) {
        register_pairwise(&app).await;
        let maps = client(&app, "maps");
        let mut browser = franks_browser(&app).await;
        let first = tokens(&maps, &mut browser).await;
        let sub = subject(&maps, &first).await;
        app.advance(MINUTE);
        assert_eq!(subject(&maps, &tokens(&maps, &mut browser).await).await, sub);
        let page = maps.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(subject(&maps, &redeemed(&maps, &page).await).await, sub);
        let mut refreshed = first;
        for _ in 0..3 {
            app.advance(MINUTE);
            refreshed = maps.refresh(refreshed.text("refresh_token")).await;
            assert_eq!(subject(&maps, &refreshed).await, sub);
        }
    }

    /// Core section 8.1: the sector decides, not the client; no name is another's, none is the account's own.
    async fn clients_of_one_sector_share_a_name_and_others_do_not(app) {
        register_pairwise(&app).await;
        let mut subs = BTreeSet::new();
        for person in [FRANK, MARY] {
            let mut browser = app.browser();
            let page = client(&app, "maps").log_in(&mut browser, person, PASSWORD).await;
            let maps = subject(&client(&app, "maps"), &redeemed(&client(&app, "maps"), &page).await).await;
            let mobile = client(&app, "maps-mobile");
            assert_eq!(subject(&mobile, &tokens(&mobile, &mut browser).await).await, maps);
            let news = client(&app, "news");
            let news = subject(&news, &tokens(&news, &mut browser).await).await;
            let portal = app.relying_party();
            let portal = subject(&portal, &tokens(&portal, &mut browser).await).await;
            assert_eq!(portal, account_id(&app, person).await, "public, as the portal is registered");
            subs.extend([maps, news, portal]);
        }
        assert_eq!(subs.len(), 6);
        assert!(subs.iter().all(|sub| sub.is_ascii() && sub.len() <= 255), "Core section 2: {subs:?}");
    }

    /// Nothing else in the tokens gives the account away.
    async fn the_accounts_own_name_is_nowhere_in_the_tokens(app) {
        register_pairwise(&app).await;
        let (maps, account) = (client(&app, "maps"), account_id(&app, FRANK).await);
        let tokens = tokens(&maps, &mut franks_browser(&app).await).await;
        let bare = account.rsplit('_').next().unwrap();
        let id_token = Value::Object(maps.verify(tokens.text("id_token")).await.0);
        let access_token = Value::Object(maps.verify(tokens.text("access_token")).await.0);
        let userinfo = maps.userinfo(tokens.text("access_token")).await.json;
        for told in [id_token, access_token, userinfo] {
            assert!(!told.to_string().contains(bare), "{told}");
        }
    }

    /// Core section 3.1.2.1: the hint is the name this client knows; another person's never continues silently.
    async fn an_id_token_hint_with_a_pairwise_sub_is_understood(app) {
        register_pairwise(&app).await;
        let maps = client(&app, "maps");
        let mut browser = franks_browser(&app).await;
        let frank = tokens(&maps, &mut browser).await;
        let page = maps.log_in(&mut app.browser(), MARY, PASSWORD).await;
        let mary = redeemed(&maps, &page).await;
        app.advance(MINUTE * 10);
        for id in ["maps", "maps-mobile"] {
            let own = client(&app, id).with("prompt", "none").with("id_token_hint", frank.text("id_token"));
            assert!(own.authorize(&mut browser).await.sent("code").is_some(), "{id}");
        }
        let others = client(&app, "maps").with("id_token_hint", mary.text("id_token"));
        let asked = others.authorize(&mut browser).await;
        let page = log_in(&mut browser, &asked, FRANK).await;
        assert_eq!(authorization_error(&page), "login_required");
        app.advance(SECOND);
        let asked = others.authorize(&mut browser).await;
        let page = log_in(&mut browser, &asked, MARY).await;
        let again = redeemed(&others, &page).await;
        assert_eq!(subject(&maps, &again).await, maps.verify(mary.text("id_token")).await.0["sub"]);
    }

    /// Core section 5.5.1: the same for a `sub` with a value; the account's own name is no name here.
    async fn a_sub_with_a_value_is_the_pairwise_one(app) {
        register_pairwise(&app).await;
        let maps = client(&app, "maps");
        let mut browser = franks_browser(&app).await;
        let first = tokens(&maps, &mut browser).await;
        let sub = subject(&maps, &first).await;
        let wanting = |id: &str, sub: &str| {
            let claims = json!({"id_token": {"sub": {"value": sub}}}).to_string();
            client(&app, id).with("claims", &claims).with("prompt", "none")
        };
        assert!(wanting("maps", &sub).authorize(&mut browser).await.sent("code").is_some());
        for (id, foreign) in [("maps", account_id(&app, FRANK).await), ("news", sub)] {
            let page = wanting(id, &foreign).authorize(&mut browser).await;
            assert_eq!(authorization_error(&page), "login_required", "{id}: {foreign}");
        }
    }

    /// RP-Initiated Logout section 2: the hint proves the session under whatever name it gives the person.
    async fn an_id_token_with_a_pairwise_sub_logs_out(app) {
        register_pairwise(&app).await;
        let maps = client(&app, "maps");
        let mut browser = franks_browser(&app).await;
        let tokens = tokens(&maps, &mut browser).await;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("id_token_hint", tokens.text("id_token"))
            .append_pair("post_logout_redirect_uri", "https://maple.example/signed-out")
            .finish();
        let page = browser.get(&format!("/logout?{query}")).await;
        assert!(page.left_to("https://maple.example/signed-out"), "{page:?}");
        let silent = client(&app, "maps").with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(authorization_error(&silent), "login_required");
    }

    /// However many first log-ins race, one name is kept, and everybody was told that one.
    async fn racing_first_log_ins_give_one_name(app) {
        register_pairwise(&app).await;
        let mut browsers = Vec::new();
        for _ in 0..8 {
            browsers.push(franks_browser(&app).await);
        }
        let ids = ["maps", "maps-mobile"].into_iter().cycle();
        let first_log_ins = browsers.iter_mut().zip(ids).map(async |(browser, id)| {
            let client = client(&app, id);
            let tokens = tokens(&client, browser).await;
            subject(&client, &tokens).await
        });
        let subs: BTreeSet<String> = join_all(first_log_ins).await.into_iter().collect();
        assert_eq!(subs.len(), 1, "{subs:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM pairwise_subjects").await, 1);
    }

    /// A client that becomes pairwise (or moves to another sector) gets new names; what it holds keeps the old one.
    async fn tokens_keep_the_name_they_were_issued_under(app) {
        register_pairwise(&app).await;
        let news = client(&app, "news");
        let mut browser = franks_browser(&app).await;
        let before = tokens(&news, &mut browser).await;
        let old = subject(&news, &before).await;
        register(&app, |client| {
            client.id = ClientId::parse("news").unwrap();
            client.company = None;
            client.subject_type = SubjectType::Pairwise { sector: "elsewhere.example".to_owned() };
        })
        .await;
        let refreshed = news.refresh(before.text("refresh_token")).await;
        assert_eq!(subject(&news, &refreshed).await, old, "Core section 12.2: the sub of the first ID token");
        assert_ne!(subject(&news, &tokens(&news, &mut browser).await).await, old);
    }
}
