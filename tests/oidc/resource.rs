//! Resource indicators at the authorization endpoint and what becomes of them: RFC 8707; attack 55 (CVE-2026-67332).

use idp_domain::client::Resource;
use serde_json::Value;

use super::{FRANK, authorization_error, franks_browser, post_from_client, register};
use crate::support::app::{ISSUER, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER};

const SCHEDULE: &str = "https://schedule.example/api";
const PAYROLL: &str = "https://payroll.example/v1?tenant=a";
const ARCHIVE: &str = "urn:maple:archive";
const INVALID: (u16, &str) = (400, "invalid_target");

/// Frank's browser; the portal may ask for schedule, payroll and archive.
async fn frank_and_three_apis(app: &TestApp) -> Browser<'_> {
    app.enrol(FRANK).await;
    register(app, |client| {
        client.resources = [SCHEDULE, PAYROLL, ARCHIVE].map(|name| Resource::parse(name).unwrap()).into();
    })
    .await;
    franks_browser(app).await
}

/// The code for a request that names these, in one parameter each.
async fn code_for(app: &TestApp, browser: &mut Browser<'_>, resources: &[&str]) -> String {
    let page = browser.get(&format!("/authorize?{}", query_naming(app, resources))).await;
    page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))
}

fn query_naming(app: &TestApp, resources: &[&str]) -> String {
    let named = resources.iter().map(|resource| ("resource", *resource));
    let named = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(named).finish();
    format!("{}&{named}", app.relying_party().authorization_query())
}

async fn redeem(client: &RelyingParty<'_>, code: &str, resources: &[&str]) -> Answer {
    let mut params = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &client.redirect_uri),
        ("code_verifier", VERIFIER),
    ];
    params.extend(resources.iter().map(|resource| ("resource", *resource)));
    client.token(&params).await
}

async fn refresh(client: &RelyingParty<'_>, tokens: &Answer, resources: &[&str]) -> Answer {
    let mut params = vec![("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))];
    params.extend(resources.iter().map(|resource| ("resource", *resource)));
    client.token(&params).await
}

/// Whom an access token is for: always one, and so a string.
async fn audience(client: &RelyingParty<'_>, tokens: &Answer) -> String {
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let (claims, header) = client.verify(tokens.text("access_token")).await;
    assert_eq!(header["typ"], "at+jwt", "RFC 9068 section 2.1");
    match &claims["aud"] {
        Value::String(audience) => audience.clone(),
        other => panic!("one audience, not {other}"),
    }
}

async fn opens_userinfo(client: &RelyingParty<'_>, tokens: &Answer) -> bool {
    match client.userinfo(tokens.text("access_token")).await.status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

async fn sent_back(app: &TestApp, browser: &mut Browser<'_>, resources: &[&str]) -> [Page; 2] {
    let query = query_naming(app, resources);
    let by_get = browser.get(&format!("/authorize?{query}")).await;
    [by_get, post_from_client(app, browser, "/authorize", &query).await]
}

on_each_database! {
    /// RFC 8707 section 2.2: the token request picks one of the granted; the token has that one audience.
    async fn the_token_request_picks_one_of_the_granted(app) {
        let mut browser = frank_and_three_apis(&app).await;
        let client = app.relying_party();
        for resource in [SCHEDULE, PAYROLL, ARCHIVE] {
            let code = code_for(&app, &mut browser, &[SCHEDULE, PAYROLL, ARCHIVE]).await;
            let tokens = redeem(&client, &code, &[resource]).await;
            assert_eq!(audience(&client, &tokens).await, resource);
            assert!(!opens_userinfo(&client, &tokens).await, "it is meant for another API");
            let (id_token, _) = client.verify(tokens.text("id_token")).await;
            assert_eq!(id_token["aud"], "portal.99999", "an ID token is for the client, always");
        }
    }

    /// Each refresh picks anew, among what was granted once.
    async fn every_refresh_picks_anew(app) {
        let mut browser = frank_and_three_apis(&app).await;
        let client = app.relying_party();
        let code = code_for(&app, &mut browser, &[SCHEDULE, PAYROLL]).await;
        let mut tokens = redeem(&client, &code, &[SCHEDULE]).await;
        for (asked, expected) in [
            (&[PAYROLL][..], PAYROLL),
            (&[], ISSUER),
            (&[SCHEDULE], SCHEDULE),
            (&[PAYROLL, PAYROLL], PAYROLL),
        ] {
            tokens = refresh(&client, &tokens, asked).await;
            assert_eq!(audience(&client, &tokens).await, expected);
        }
    }

    /// Who names none gets a token for UserInfo, as ever.
    async fn without_a_resource_the_token_is_for_userinfo(app) {
        let mut browser = frank_and_three_apis(&app).await;
        let client = app.relying_party();
        for granted in [&[][..], &[SCHEDULE], &[SCHEDULE, PAYROLL]] {
            let code = code_for(&app, &mut browser, granted).await;
            let tokens = redeem(&client, &code, &[]).await;
            assert_eq!(audience(&client, &tokens).await, ISSUER);
            assert!(opens_userinfo(&client, &tokens).await);
        }
    }

    /// Attack 55: nothing that was not granted; what is refused costs neither the code nor the refresh token.
    async fn a_token_request_cannot_widen_the_grant(app) {
        let mut browser = frank_and_three_apis(&app).await;
        let client = app.relying_party();
        let refused: [&[&str]; 9] = [
            &[ARCHIVE],
            &["https://elsewhere.example/"],
            &["https://schedule.example/api/"],
            &["https://schedule.example/ap"],
            &["https://SCHEDULE.example/api"],
            &["schedule"],
            &["https://schedule.example/api#x"],
            &[SCHEDULE, PAYROLL],
            &[SCHEDULE, ARCHIVE],
        ];
        let code = code_for(&app, &mut browser, &[SCHEDULE, PAYROLL]).await;
        for resources in refused {
            assert_eq!(redeem(&client, &code, resources).await.error(), INVALID, "{resources:?}");
        }
        let tokens = redeem(&client, &code, &[SCHEDULE]).await;
        assert_eq!(audience(&client, &tokens).await, SCHEDULE);
        for resources in refused {
            assert_eq!(refresh(&client, &tokens, resources).await.error(), INVALID, "{resources:?}");
        }
        assert_eq!(audience(&client, &refresh(&client, &tokens, &[PAYROLL]).await).await, PAYROLL);

        let code = code_for(&app, &mut browser, &[]).await;
        assert_eq!(redeem(&client, &code, &[SCHEDULE]).await.error(), INVALID, "registered is not granted");
    }

    /// RFC 8707 section 2: `invalid_target` for what is unknown, malformed or not this client's.
    async fn a_resource_the_client_may_not_ask_for_is_an_invalid_target(app) {
        let mut browser = frank_and_three_apis(&app).await;
        let long = format!("https://schedule.example/{}", "a".repeat(600));
        for resources in [
            &["https://elsewhere.example/"][..],
            &[SCHEDULE, "https://elsewhere.example/"],
            &["https://schedule.example/api/"],
            &["https://schedule.example/api?"],
            &["https://schedule.example:443/api"],
            &["/api"],
            &["schedule"],
            &["https://schedule.example/api#fragment"],
            &["https://schedule.example/ api"],
            &["*"],
            &[&long],
            &[ISSUER],
            &["https://id.example/admin/v1"],
        ] {
            for page in sent_back(&app, &mut browser, resources).await {
                assert_eq!(authorization_error(&page), "invalid_target", "{resources:?}");
            }
        }
    }

    /// RFC 8707 section 2: "Multiple resource parameters MAY be used".
    async fn resource_may_be_repeated(app) {
        let mut browser = frank_and_three_apis(&app).await;
        for resources in
            [&[SCHEDULE, PAYROLL][..], &[PAYROLL, SCHEDULE, ARCHIVE], &[SCHEDULE, SCHEDULE], &["", SCHEDULE]]
        {
            for page in sent_back(&app, &mut browser, resources).await {
                assert!(page.sent("code").is_some(), "{resources:?}: {page:?}");
            }
        }
    }

    /// What a client was registered for last counts for what it asks next.
    async fn a_client_without_apis_gets_no_token_for_one(app) {
        let mut browser = frank_and_three_apis(&app).await;
        register(&app, |client| client.resources.clear()).await;
        for page in sent_back(&app, &mut browser, &[SCHEDULE]).await {
            assert_eq!(authorization_error(&page), "invalid_target");
        }
    }
}
