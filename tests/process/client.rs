//! Registered clients from the operator's side: listed, given a new secret, switched off and on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::rig::{OFFICE_SECRET, Rig, http};

/// The answer to a token request of the office: its status, and its error if it has one.
async fn office_signs_in(rig: &Rig, secret: &str) -> (u16, Value) {
    let request =
        http().post(format!("{}/token", rig.address())).form(&[("grant_type", "client_credentials")]);
    let answer = request.basic_auth("office.99999", Some(secret)).send().await.expect("a server");
    (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON")["error"].clone())
}

fn refused() -> (u16, Value) {
    (401, Value::from("invalid_client"))
}

/// RFC 9700 section 2.5: a secret is replaced without a moment in which none is good, and a running node knows it at once.
#[tokio::test]
async fn a_new_secret_is_good_at_once_and_the_old_one_until_the_overlap_is_over() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    let fresh = rig.run(&["client", "rotate-secret", "office.99999"]).answer();
    assert_eq!(office_signs_in(&rig, fresh.trim()).await.0, 200);
    assert_eq!(office_signs_in(&rig, OFFICE_SECRET).await.0, 200);
    let listed = rig.run(&["client", "list"]).answer();
    let office = listed.lines().find(|line| line.starts_with("office.99999")).expect("a row");
    assert!(office.contains("client_secret_basic") && office.contains("enabled"), "{office}");
    assert!(office.contains("one until 20") && office.ends_with("one in use"), "{office}");
    assert!(!listed.contains(fresh.trim()), "a secret is shown once");

    let last = rig.run(&["client", "rotate-secret", "office.99999", "--overlap", "0"]).answer();
    assert_eq!(office_signs_in(&rig, last.trim()).await.0, 200);
    assert_eq!(office_signs_in(&rig, fresh.trim()).await, refused());
    assert_eq!(office_signs_in(&rig, OFFICE_SECRET).await, refused());
    server.stop().await;
}

/// Attack 49 (CVE-2025-64521): a client that was switched off is refused by a node that never restarted.
#[tokio::test]
async fn a_client_is_switched_off_and_on_while_the_node_runs() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    assert_eq!(office_signs_in(&rig, OFFICE_SECRET).await.0, 200);
    rig.run(&["client", "disable", "office.99999"]).answer();
    assert_eq!(office_signs_in(&rig, OFFICE_SECRET).await, refused());
    rig.run(&["client", "enable", "office.99999"]).answer();
    assert_eq!(office_signs_in(&rig, OFFICE_SECRET).await.0, 200);
    server.stop().await;
}

#[test]
fn a_client_that_is_not_there_or_has_no_secret_is_refused_with_its_name() {
    let rig = Rig::new();
    rig.seed();
    let unknown = rig.run(&["client", "disable", "nobody"]).complaint(2);
    assert_eq!(unknown, "idp: there is no client nobody\n");
    let keyed = rig.run(&["client", "rotate-secret", "rota"]).complaint(2);
    assert_eq!(keyed, "idp: the client rota does not authenticate with a secret\n");
}

/// FAPI 2.0 section 5.4.1; without that profile the operator decides what a client's answers are signed with.
#[tokio::test]
async fn what_answers_are_signed_with_is_said_when_a_client_is_made() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    let create = |id, more: &str| {
        let more: Vec<&str> = more.split_whitespace().collect();
        rig.run(&[["client", "create", id, "--name", "Payroll"].as_slice(), &more].concat())
    };
    let fapi2 = "--profile fapi2 --auth-method private_key_jwt --jwks-uri https://payroll.example/jwks \
        --grant client_credentials --id-token-signed-response-alg RS256 --userinfo-signed-response-alg none";
    assert_eq!(
        create("payroll", fapi2).complaint(2),
        "idp: the client cannot be registered:\n  id_token_signed_response_alg must be ES256 for a fapi2 client\n  \
         userinfo_signed_response_alg must be RS256 or ES256\n"
    );
    let standard = "--company 99999 --grant client_credentials --scope members:read --access-token-signed-response-alg RS256";
    let made = create("payroll", standard).answer();
    let secret = made.trim().lines().last().expect("the secret");
    let request =
        http().post(format!("{}/token", rig.address())).form(&[("grant_type", "client_credentials")]);
    let answer = request.basic_auth("payroll", Some(secret)).send().await.expect("a server");
    let answer = answer.json::<Value>().await.expect("JSON");
    let header = answer["access_token"].as_str().and_then(|token| token.split('.').next()).expect("a token");
    let header = URL_SAFE_NO_PAD.decode(header).expect("base64url");
    assert_eq!(serde_json::from_slice::<Value>(&header).expect("JSON")["alg"], "RS256");
    server.stop().await;
}
