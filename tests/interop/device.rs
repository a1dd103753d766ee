//! The device authorization grant (RFC 8628) with unmodified libraries, each at its own pace: they know what `interval` and
//! `slow_down` mean, and no PKCE here, which RFC 8628 has none of; ours rides along in their extra parameters.

use std::sync::Mutex;
use std::time::Duration;

use ::oauth2::basic::BasicClient;
use ::oauth2::{
    AuthType, ClientId, DeviceAuthorizationUrl, DeviceCodeErrorResponseType, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, PkceCodeVerifier, RequestTokenError, Scope, StandardDeviceAuthorizationResponse,
    TokenResponse as _, TokenUrl,
};
use serde_json::{Value, json};

use super::outbound::send;
use super::provider_on;
use super::registration::Registration;
use super::script::{Library, RelyingParty};
use crate::support::process::Running;
use crate::support::rig::{PASSWORD, Rig, USER_NAME, http};
use crate::support::visitor::Visitor;

const INTERVAL: Duration = Duration::from_secs(2);
/// RFC 8628 section 3.5: what `slow_down` adds.
const SLOWER: Duration = Duration::from_secs(5);

async fn provider(desktop: &Registration) -> (Rig, Running) {
    let mut rig = Rig::new();
    rig.set("device.interval", "2 s");
    provider_on(rig, &[&Registration::portal(), desktop]).await
}

/// Frank, in a browser somewhere: opens the address that the computer shows, logs in and presses a button. Returns what he
/// reads then.
async fn frank_presses(button: &str, address: &str) -> String {
    let visitor = Visitor::new();
    let typed = visitor.open(address).await;
    let page = visitor.press(&typed, "user-code-submit", &[]).await;
    let asked = visitor.log_in(&page, USER_NAME, PASSWORD).await;
    visitor.press(&asked, button, &[]).await.heading()
}

type Desktop = BasicClient<EndpointNotSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

async fn desktop(rig: &Rig) -> Desktop {
    let address = format!("{}/.well-known/oauth-authorization-server", rig.address());
    let metadata: Value = http().get(address).send().await.expect("metadata").json().await.expect("JSON");
    let endpoint = |name: &str| metadata[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned();
    let authorization = DeviceAuthorizationUrl::new(endpoint("device_authorization_endpoint"));
    BasicClient::new(ClientId::new("front-desk".to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_device_authorization_url(authorization.expect("a URL"))
        .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).expect("a URL"))
}

/// Asks with what `company.md` section 3 has a desktop send.
async fn ask(desktop: &Desktop) -> (StandardDeviceAuthorizationResponse, PkceCodeVerifier) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let scopes = ["openid", "email", "company"].map(|scope| Scope::new(scope.to_owned()));
    let request = desktop.exchange_device_code().add_scopes(scopes);
    let request = request
        .add_extra_param("company", "99999")
        .add_extra_param("login_hint", USER_NAME)
        .add_extra_param("device_name", "FRONT-DESK-2")
        .add_extra_param("code_challenge", challenge.as_str().to_owned())
        .add_extra_param("code_challenge_method", "S256");
    (request.request_async(&send).await.expect("codes"), verifier)
}

fn address_of(asked: &StandardDeviceAuthorizationResponse) -> &str {
    asked.verification_uri_complete().expect("a complete address").secret()
}

/// Sections 3.2 to 3.5. The first wait is cut short, as by a program in a hurry: the server says `slow_down`, the library
/// waits five seconds longer from then on, and the person answers in that time.
#[tokio::test]
async fn the_oauth2_crate_is_let_in_at_the_pace_that_the_server_says() {
    let (rig, server) = provider(&Registration::desktop()).await;
    let desktop = desktop(&rig).await;
    let (asked, verifier) = ask(&desktop).await;
    assert_eq!((asked.interval(), asked.expires_in()), (INTERVAL, Duration::from_secs(600)));
    assert!(address_of(&asked).starts_with(asked.verification_uri().as_str()), "{asked:?}");
    assert!(address_of(&asked).ends_with(asked.user_code().secret()), "{asked:?}");

    let waits = Mutex::new(Vec::new());
    let wait = |promised: Duration| {
        let mut waits = waits.lock().expect("a list");
        waits.push(promised);
        let (turn, address) = (waits.len(), address_of(&asked));
        async move {
            match turn {
                1 => {}
                2 => assert_eq!(frank_presses("device-allow", address).await, "You can close this window"),
                _ => tokio::time::sleep(promised).await,
            }
        }
    };
    let request = desktop.exchange_device_access_token(&asked);
    let request = request.add_extra_param("code_verifier", verifier.into_secret());
    let tokens = request.request_async(&send, wait, None).await.expect("tokens");
    assert_eq!(*waits.lock().expect("a list"), [INTERVAL, INTERVAL + SLOWER]);

    let first = tokens.refresh_token().expect("a refresh token");
    let refreshed = desktop.exchange_refresh_token(first).request_async(&send).await.expect("tokens");
    assert_ne!(refreshed.refresh_token().expect("a refresh token").secret(), first.secret());
    let known =
        http().get(format!("{}/userinfo", rig.address())).bearer_auth(refreshed.access_token().secret());
    let known: Value = known.send().await.expect("an answer").json().await.expect("UserInfo");
    assert_eq!((&known["email"], &known["company_code"]), (&json!(USER_NAME), &json!("99999")));
    server.stop().await;
}

/// Section 3.5: `access_denied`, and the library stops asking.
#[tokio::test]
async fn the_oauth2_crate_hears_a_no() {
    let (rig, server) = provider(&Registration::desktop()).await;
    let desktop = desktop(&rig).await;
    let (asked, verifier) = ask(&desktop).await;
    let wait = async |_: Duration| {
        assert_eq!(frank_presses("device-deny", address_of(&asked)).await, "Nothing was let in");
    };
    let request = desktop.exchange_device_access_token(&asked);
    let request = request.add_extra_param("code_verifier", verifier.into_secret());
    let refused = request.request_async(&send, wait, None).await.expect_err("a no");
    let RequestTokenError::ServerResponse(refused) = refused else { panic!("{refused}") };
    assert_eq!(refused.error(), &DeviceCodeErrorResponseType::AccessDenied);
    server.stop().await;
}

const OPENID_CLIENT: Library =
    Library { program: "node", script: "openid-client-device.mjs", installed: "node_modules/openid-client" };

/// It verifies the ID token as well; whoever knows RFC 8628 and nothing of ours is let in, too.
#[tokio::test]
async fn openid_client_is_let_in_with_pkce_and_without() {
    let with = Registration::desktop();
    let without = with.clone().with("client_id", "back-office").with("require_device_pkce", false);
    let mut rig = Rig::new();
    rig.set("device.interval", "2 s");
    let (rig, server) = provider_on(rig, &[&Registration::portal(), &with, &without]).await;
    tokio::join!(is_let_in(&with, &rig), is_let_in(&without, &rig));
    server.stop().await;
}

async fn is_let_in(client: &Registration, rig: &Rig) {
    let mut desktop = RelyingParty::start(&OPENID_CLIENT, client, &rig.address());
    let asked = desktop.says("asked").await;
    assert_eq!(desktop.says("polled").await, "slow_down");
    let address = asked["verification_uri_complete"].as_str().expect("an address");
    frank_presses("device-allow", address).await;
    let signed_in = desktop.says("signed_in").await;
    assert_eq!(signed_in["user_info"]["email"], USER_NAME);
    assert_eq!(signed_in["claims"]["company_code"], "99999");
    assert_eq!(desktop.says("refreshed").await, json!({"sub": signed_in["claims"]["sub"], "rotated": true}));
    desktop.ends_well().await;
}
