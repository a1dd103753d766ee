//! How long a parameter may be: long enough for what we gave out ourselves, and no longer than a page can carry (OpenID
//! Connect Core section 3.1.2.1, `company.md` section 3).

use idp_domain::claims::Profile;
use serde_json::json;

use super::{
    FRANK, MARY, MINUTE, authorization_error, change_account, franks_browser, is_signed_in, post_from_client,
    register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

/// An ID token with web addresses of this length.
async fn long_id_token(app: &TestApp, browser: &mut Browser<'_>, person: &str, length: usize) -> String {
    let address = |path: &str| format!("https://example.com/{path}/{}", "a".repeat(length));
    let profile = json!({"profile": address("me"), "picture": address("face"), "website": address("home")});
    let profile: Profile = serde_json::from_value(profile).unwrap();
    change_account(app, person, |account| account.profile = profile).await;
    let claims = json!({"id_token": {"profile": null, "picture": null, "website": null}}).to_string();
    let client = app.relying_party().with("claims", &claims).with("prompt", "login");
    client.tokens(browser, person, PASSWORD).await.text("id_token").to_owned()
}

/// The error of a request by GET and by POST.
async fn refused(app: &TestApp, client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> [String; 2] {
    let by_get = client.authorize(browser).await;
    let by_post = post_from_client(app, browser, "/authorize", &client.authorization_query()).await;
    [authorization_error(&by_get), authorization_error(&by_post)]
}

on_each_database! {
    /// Core section 3.1.2.1: what we issued is a hint we understand, whatever the person wrote into their account.
    async fn an_own_id_token_of_many_kilobytes_is_a_hint(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        for (length, kibibytes) in [(600, 3), (1000, 5), (1350, 6)] {
            let mut browser = app.browser();
            let hint = long_id_token(&app, &mut browser, FRANK, length).await;
            assert_eq!(hint.len() / 1024, kibibytes, "{} bytes", hint.len());
            app.advance(MINUTE);
            let client = app.relying_party().with("id_token_hint", &hint).with("prompt", "none");
            let by_get = client.authorize(&mut browser).await;
            let by_post =
                post_from_client(&app, &mut browser, "/authorize", &client.authorization_query()).await;
            for page in [by_get, by_post] {
                assert!(page.sent("code").is_some(), "{length}: {page:?}");
            }
            let marys = long_id_token(&app, &mut app.browser(), MARY, length).await;
            let client = app.relying_party().with("id_token_hint", &marys).with("prompt", "none");
            let errors = refused(&app, &client, &mut browser).await;
            assert_eq!(errors, ["login_required"; 2], "it is Mary's, not Frank's");

            let page = browser.get(&format!("/logout?id_token_hint={hint}")).await;
            assert_eq!(page.status, 200, "{page:?}");
            assert!(!is_signed_in(&app, &mut browser).await, "and logs out: {page:?}");
        }
    }

    /// It is carried through the log-in page.
    async fn a_long_hint_is_kept_while_somebody_logs_in(app) {
        app.enrol(FRANK).await;
        let hint = long_id_token(&app, &mut app.browser(), FRANK, 1500).await;
        let client = app.relying_party().with("id_token_hint", &hint);
        let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(page.sent("code").is_some(), "{page:?}");
    }

    /// 8 KiB of a hint that says nothing are still a hint; a byte more is an invalid request.
    async fn a_hint_longer_than_8_kib_is_an_invalid_request(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        for (length, error) in
            [(2049, "login_required"), (8192, "login_required"), (8193, "invalid_request")]
        {
            let silent = app.relying_party().with("prompt", "none");
            let client = silent.with("id_token_hint", &"x".repeat(length));
            assert_eq!(refused(&app, &client, &mut browser).await, [error; 2], "{length}");
        }
    }

    /// 2048 bytes, like every other value that a page carries.
    async fn the_name_of_a_company_longer_than_2048_bytes_is_an_invalid_request(app) {
        app.enrol(FRANK).await;
        register(&app, |client| client.company = None).await;
        let mut browser = franks_browser(&app).await;
        for name in ["company", "tenant"] {
            let client = app.relying_party().with(name, &"9".repeat(2048)).with("prompt", "none");
            assert_eq!(refused(&app, &client, &mut browser).await, ["access_denied"; 2], "no such agency");
            let client = app.relying_party().with(name, &"9".repeat(2049)).with("prompt", "none");
            assert_eq!(refused(&app, &client, &mut browser).await, ["invalid_request"; 2], "{name}");
            let client = app.relying_party().with(name, &"9".repeat(2049));
            assert_eq!(refused(&app, &client, &mut app.browser()).await, ["invalid_request"; 2], "{name}");
        }
    }
}
