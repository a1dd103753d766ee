//! Switching to another agency without a log-in (R2, R4; `company.md` section 3, "Switching"): `grant_type=refresh_token` with
//! `company`.

mod beginning;
mod companies;
mod ends;
mod refusals;
mod replay;

use idp_domain::client::{BackchannelLogout, Client, ClientId};
use idp_domain::company::Company;
use serde_json::{Map, Value};

use super::{CALLBACK, FRANK, SECOND, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::relying_party::{Answer, RelyingParty};

const INVALID: (u16, &str) = (400, "invalid_grant");
const MAPLE: &str = "99999";
const BIRCH: &str = "22222";
const TOLD_AT: &str = "https://care.example/logged-out";

/// A program of the operator's that serves all agencies, and is told of log-outs.
pub(super) async fn register_program(app: &TestApp, change: impl FnOnce(&mut Client)) {
    register(app, |client| {
        client.id = ClientId::parse("care").unwrap();
        client.company = None;
        client.initiate_login_uri = None;
        client.may_switch_company = true;
        let uri = TOLD_AT.parse().unwrap();
        client.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
        change(client);
    })
    .await;
}

/// It logs people in at Maple.
pub(super) fn program(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "care", CALLBACK).with("company", MAPLE)
}

/// The same on a phone, where it stays logged in.
fn phone(app: &TestApp) -> RelyingParty<'_> {
    program(app).with("scope", "openid offline_access company")
}

/// Frank works for Birch, too, and has been there once.
pub(super) async fn joins_birch(app: &TestApp) {
    app.advance(SECOND);
    app.other_admin().create(FRANK).await;
    let birch = RelyingParty::new(app, "portal.22222", "https://birch.example/callback");
    birch.tokens(&mut app.browser(), FRANK, PASSWORD).await;
    app.advance(SECOND);
}

/// The program, and Frank, who works for both agencies.
async fn prepare(app: &TestApp) {
    register_program(app, |_| {}).await;
    app.enrol(FRANK).await;
    joins_birch(app).await;
}

/// What Frank's log-in at Maple gave to the program.
async fn at_maple<'a>(app: &'a TestApp, client: &RelyingParty<'_>) -> (Browser<'a>, Answer) {
    let mut browser = app.browser();
    let tokens = client.tokens(&mut browser, FRANK, PASSWORD).await;
    (browser, tokens)
}

/// [`prepare`], and Frank at Maple and at Birch by one log-in.
async fn at_both(app: &TestApp) -> (Browser<'_>, Answer, Answer) {
    prepare(app).await;
    let (browser, maple) = at_maple(app, &program(app)).await;
    let birch = switched(&program(app), &maple, BIRCH).await;
    (browser, maple, birch)
}

/// A switch with these parameters beside the token, whatever comes of it.
async fn switch_with(client: &RelyingParty<'_>, tokens: &Answer, more: &[(&str, &str)]) -> Answer {
    let own = [("grant_type", "refresh_token"), ("refresh_token", refresh_token(tokens))];
    client.token(&[&own, more].concat()).await
}

async fn switch(client: &RelyingParty<'_>, tokens: &Answer, company: &str) -> Answer {
    switch_with(client, tokens, &[("company", company)]).await
}

/// A switch that must succeed.
async fn switched(client: &RelyingParty<'_>, tokens: &Answer, company: &str) -> Answer {
    let answer = switch(client, tokens, company).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

fn refresh_token(tokens: &Answer) -> &str {
    assert_eq!(tokens.status, 200, "{tokens:?}");
    tokens.text("refresh_token")
}

async fn id_token(client: &RelyingParty<'_>, tokens: &Answer) -> Map<String, Value> {
    client.verify(tokens.text("id_token")).await.0
}

/// Which agency UserInfo says the access token is for; `None` when it is refused.
async fn agency(client: &RelyingParty<'_>, tokens: &Answer) -> Option<String> {
    let told = client.userinfo(tokens.text("access_token")).await;
    match told.status {
        200 => Some(told.text("company_code").to_owned()),
        401 => None,
        other => panic!("{other}: {told:?}"),
    }
}

/// UserInfo, introspection and refresh take the tokens, for this agency; what the refresh brought.
async fn assert_good(client: &RelyingParty<'_>, tokens: &Answer, company: &str) -> Answer {
    assert_eq!(agency(client, tokens).await.as_deref(), Some(company));
    assert_eq!(client.introspect(tokens.text("access_token")).await.json["active"], Value::Bool(true));
    let refreshed = client.refresh(refresh_token(tokens)).await;
    assert_eq!(agency(client, &refreshed).await.as_deref(), Some(company));
    refreshed
}

/// UserInfo, introspection and refresh refuse the tokens at once.
async fn assert_ended(client: &RelyingParty<'_>, tokens: &Answer) {
    assert_eq!(agency(client, tokens).await, None);
    for token in [tokens.text("access_token"), refresh_token(tokens)] {
        assert_eq!(client.introspect(token).await.json, serde_json::json!({"active": false}));
    }
    assert_eq!(client.refresh(refresh_token(tokens)).await.error(), INVALID);
}

/// The families of Frank at this agency that are alive.
async fn families(app: &TestApp, company: &Company) -> usize {
    let account = app.account(FRANK).await.id;
    let mut tx = app.env.store.read().await.unwrap();
    let live = tx.grants().list_live_of_account(account, app.env.now()).await.unwrap();
    let of_program = live.iter().filter(|grant| grant.client.as_str() == "care");
    of_program.filter(|grant| grant.consented.company.is_some_and(|(at, _)| at == company.id)).count()
}
