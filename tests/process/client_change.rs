//! `idp client change`, `show` and `remove`: whosever the client is, and while a node runs.

use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::rig::{OFFICE_SECRET, Rig, http};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeGi1L9hzCHpkWbfDdPY";
const PUBLIC: &str = r#"{"kty": "EC", "crv": "P-256", "kid": "2026",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

fn change(rig: &Rig, id: &str, more: &str) -> String {
    let more: Vec<&str> = more.split_whitespace().collect();
    rig.run(&[["client", "change", id].as_slice(), &more].concat()).answer()
}

fn refused(rig: &Rig, id: &str, more: &[&str]) -> String {
    rig.run(&[["client", "change", id].as_slice(), more].concat()).complaint(2)
}

/// What the client is registered as.
fn shown(rig: &Rig, id: &str) -> Value {
    serde_json::from_str(&rig.run(&["client", "show", id, "--json"]).answer()).expect("JSON")
}

/// The operator's own client, which no API reaches; its secret.
fn payroll(rig: &Rig) -> String {
    let create = "client create payroll --name Payroll --grant authorization_code --scope openid --scope email \
        --redirect-uri https://payroll.example/callback --redirect-uri https://payroll.example/again";
    let made = rig.run(&create.split_whitespace().collect::<Vec<_>>()).answer();
    made.trim().lines().last().expect("the secret").to_owned()
}

/// Whether the node that runs hears a request that comes back to this address, and why not.
async fn pushed(rig: &Rig, secret: &str, redirect_uri: &str) -> (u16, Value) {
    let request = [
        ("client_id", "payroll"),
        ("response_type", "code"),
        ("redirect_uri", redirect_uri),
        ("scope", "openid"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let request = http().post(format!("{}/par", rig.address())).form(&request);
    let answer = request.basic_auth("payroll", Some(secret)).send().await.expect("a server");
    (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON")["error"].clone())
}

/// RFC 9700 section 2.1: from then on the old address is nobody's, at a node that never restarted; R94: who looks later finds what
/// was before.
async fn is_changed_while_a_node_runs(rig: &Rig) {
    rig.seed();
    let server = rig.serve().await;
    let secret = payroll(rig);
    assert_eq!(pushed(rig, &secret, "https://payroll.example/callback").await.0, 201);
    let told = change(rig, "payroll", "--redirect-uri https://new.example/callback --require-auth-time");
    assert_eq!(
        told,
        "payroll is changed:\n  redirect_uris: https://payroll.example/callback https://payroll.example/again -> \
         https://new.example/callback\n  require_auth_time: false -> true\n"
    );
    let gone = pushed(rig, &secret, "https://payroll.example/callback").await;
    assert_eq!(gone, (400, json!("invalid_request")));
    assert_eq!(pushed(rig, &secret, "https://new.example/callback").await.0, 201);

    let again = change(rig, "payroll", "--redirect-uri https://new.example/callback");
    assert_eq!(again, "payroll is registered so already.\n");
    let log = rig.run(&["audit", "export", "--format", "ndjson"]).answer();
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let changed: Vec<Value> = events.filter(|event| event["action"] == "client.changed").collect();
    assert_eq!((changed.len(), &changed[0]["subject"]), (1, &json!("payroll")), "{changed:?}");
    assert!(
        log.contains("https://payroll.example/again") && log.contains("https://new.example/callback"),
        "{log}"
    );
    assert!(!log.contains(&secret));
    server.stop().await;
}

#[tokio::test]
async fn a_client_of_the_operators_is_changed_while_a_node_runs() {
    is_changed_while_a_node_runs(&Rig::new()).await;
}

#[tokio::test]
async fn a_client_of_the_operators_is_changed_while_a_node_runs_on_postgres() {
    let database = TestDatabase::postgres().await;
    let mut rig = Rig::new();
    rig.use_database(&database);
    is_changed_while_a_node_runs(&rig).await;
}

/// What is not said stays; a flag stands for yes and swallows nobody's name; an empty value takes away.
#[test]
fn a_value_replaces_stays_or_is_taken_away() {
    let rig = Rig::new();
    rig.seed();
    payroll(&rig);
    rig.run(&[
        "client",
        "change",
        "--require-pushed-authorization-requests",
        "payroll",
        "--resource",
        "https://api.example",
    ])
    .answer();
    let client = shown(&rig, "payroll");
    assert_eq!(client["require_pushed_authorization_requests"], true);
    assert_eq!(client["resources"], json!(["https://api.example"]));
    assert_eq!((&client["scope"], &client["client_name"]), (&json!("openid email"), &json!("Payroll")));
    change(&rig, "payroll", "--default-max-age 600 --initiate-login-uri https://payroll.example/login");
    assert_eq!(shown(&rig, "payroll")["default_max_age"], 600);
    rig.run(&[
        "client",
        "change",
        "payroll",
        "--require-pushed-authorization-requests=false",
        "--resource",
        "",
        "--default-max-age",
        "",
        "--initiate-login-uri",
        "",
    ])
    .answer();
    let client = shown(&rig, "payroll");
    assert_eq!(client["require_pushed_authorization_requests"], false);
    for gone in ["resources", "default_max_age", "initiate_login_uri"] {
        assert_eq!(client.get(gone), None, "{gone}");
    }
}

/// Whom people are asked about, and what PKCE means to it, is nobody's business who changes its name.
#[test]
fn a_change_is_what_was_said_and_nothing_beside() {
    let rig = Rig::new();
    let text = idp::seed_file::EXAMPLE.replace("require_pkce = true", "require_pkce = false");
    rig.seed_with(&text);
    for id in ["rota", "portal.99999", "office.99999", "care-desktop", "care-mobile"] {
        let before = shown(&rig, id);
        let told = rig.run(&["client", "change", id, "--name", "Another"]).answer();
        assert_eq!(told.lines().count(), 2, "{told}");
        let mut after = shown(&rig, id);
        assert_eq!(after["client_name"].take(), "Another");
        let mut expected = before;
        expected["client_name"] = Value::Null;
        assert_eq!(after, expected);
    }
    assert_eq!(shown(&rig, "rota")["first_party"], false);
}

#[test]
fn every_bad_field_is_told_at_once_and_nothing_changes() {
    let rig = Rig::new();
    rig.seed();
    payroll(&rig);
    let before = shown(&rig, "payroll");
    let told = refused(
        &rig,
        "payroll",
        &["--name", "New", "--profile", "fapi2", "--redirect-uri", "http://plain.example/"],
    );
    assert!(told.starts_with("idp: payroll stays as it is:\n"), "{told}");
    for line in [
        "  redirect_uris[0] ",
        "  token_endpoint_auth_method must be private_key_jwt for a fapi2 client, with jwks or jwks_uri; how a client \
         authenticates is never changed, so register another",
    ] {
        assert!(told.lines().any(|said| said.starts_with(line)), "{line} in {told}");
    }
    assert_eq!(shown(&rig, "payroll"), before);
    // An agency's own client acts for nobody else (attack 85).
    let told = refused(&rig, "office.99999", &["--scope", "operator", "--may-switch-company"]);
    assert!(told.contains("  scopes[0] must be") && told.contains("  may_switch_company "), "{told}");
    assert_eq!(refused(&rig, "nobody", &["--name", "New"]), "idp: there is no client nobody\n");
}

/// Public keys from a file take the place of `jwks_uri`; private ones are nobody's business here.
#[test]
fn keys_are_read_from_a_file() {
    let rig = Rig::new();
    rig.seed();
    let file = rig.path("keys.json").display().to_string();
    let create = [
        "--name",
        "Signer",
        "--grant",
        "client_credentials",
        "--auth-method",
        "private_key_jwt",
        "--jwks",
        &file,
    ];
    let create = [["client", "create", "signer"].as_slice(), &create].concat();
    let missing = rig.run(&create).complaint(2);
    assert!(missing.starts_with(&format!("idp: --jwks {file}: ")), "{missing}");
    std::fs::write(&file, r#"{"keys": [{"kty": "EC", "crv": "P-256", "d": "secret-half"}]}"#)
        .expect("a file");
    let private = rig.run(&create).complaint(2);
    assert!(
        private.contains("jwks contains a private or symmetric key") && !private.contains("secret-half"),
        "{private}"
    );
    std::fs::write(&file, format!(r#"{{"keys": [{PUBLIC}]}}"#)).expect("a file");
    rig.run(&create).answer();
    assert_eq!(shown(&rig, "signer")["jwks"]["keys"][0]["kid"], "2026");
    change(&rig, "signer", "--jwks-uri https://signer.example/jwks");
    assert_eq!(shown(&rig, "signer").get("jwks"), None);
    change(&rig, "signer", &format!("--jwks {file}"));
    let client = shown(&rig, "signer");
    assert_eq!((client.get("jwks_uri"), &client["jwks"]["keys"][0]["kid"]), (None, &json!("2026")));
    // A file that Notepad wrote, whose key has a name that a terminal would obey (CWE-150).
    let obeyed = PUBLIC.replace("2026", "\\u009b2J\\u202e");
    std::fs::write(&file, format!("\u{FEFF}{{\"keys\": [{obeyed}]}}")).expect("a file");
    change(&rig, "signer", &format!("--jwks {file}"));
    let told = rig.run(&["client", "show", "signer", "--json"]).answer();
    assert!(told.contains(r"\u009b2J\u202e") && !told.contains(['\u{9b}', '\u{202e}']), "{told}");
    let endless = refused(&rig, "signer", &["--jwks", "/dev/zero"]);
    assert_eq!(endless, "idp: --jwks /dev/zero: is no file of at most 1 MB\n");
    // Without any it would be nobody.
    let told = refused(&rig, "signer", &["--jwks", ""]);
    assert!(told.contains("  jwks private_key_jwt needs jwks or jwks_uri"), "{told}");
}

/// FAPI 2.0 section 5.4.1: what the profile brings is registered with it and told with it (R94), so that whoever says it again says
/// nothing new; it stays when the profile goes.
#[test]
fn what_a_profile_signs_with_is_registered_and_told() {
    let rig = Rig::new();
    rig.seed();
    let file = rig.path("keys.json").display().to_string();
    std::fs::write(&file, format!(r#"{{"keys": [{PUBLIC}]}}"#)).expect("a file");
    let create =
        "client create signer --name Signer --grant client_credentials --auth-method private_key_jwt --jwks";
    rig.run(&create.split_whitespace().chain([file.as_str()]).collect::<Vec<_>>()).answer();
    let told = change(&rig, "signer", "--profile fapi2");
    for line in ["  profile: standard -> fapi2", "  id_token_signed_response_alg: RS256 -> ES256"] {
        assert!(told.lines().any(|said| said == line), "{line} in {told}");
    }
    let again = change(&rig, "signer", "--id-token-signed-response-alg ES256");
    assert_eq!(again, "signer is registered so already.\n");
    let log = rig.run(&["audit", "export", "--format", "ndjson"]).answer();
    assert_eq!(log.matches("client.changed").count(), 1, "{log}");
    let told = change(&rig, "signer", "--profile standard");
    assert_eq!(told, "signer is changed:\n  profile: fapi2 -> standard\n");
    assert_eq!(shown(&rig, "signer")["id_token_signed_response_alg"], "ES256");
}

/// RFC 7592 section 2.2: how a client authenticates that registered itself is its developer's to change.
#[tokio::test]
async fn a_developer_is_who_changes_how_a_client_of_its_own_authenticates() {
    let mut rig = Rig::new();
    rig.set("registration.mode", "open");
    rig.seed();
    let server = rig.serve().await;
    let metadata = json!({"client_name": "Shift Swap", "redirect_uris": ["https://shifts.example/callback"]});
    let request = http().post(format!("{}/register", rig.address())).json(&metadata);
    let answer: Value = request.send().await.expect("a server").json().await.expect("JSON");
    let told = refused(&rig, answer["client_id"].as_str().expect("an id"), &["--profile", "fapi2"]);
    assert!(
        told.contains(
            "with jwks or jwks_uri; its developer changes that, by PUT at its registration_client_uri"
        ),
        "{told}"
    );
    server.stop().await;
}

/// It is held to more, and trusted no more than before: attack 70, people are asked before a stranger learns anything.
#[tokio::test]
async fn a_client_that_registered_itself_is_changed_and_stays_a_stranger() {
    let mut rig = Rig::new();
    rig.set("registration.mode", "open");
    rig.seed();
    let server = rig.serve().await;
    let key: Value = serde_json::from_str(PUBLIC).expect("JSON");
    let metadata = json!({
        "client_name": "Shift Swap", "redirect_uris": ["https://shifts.example/callback"],
        "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key]},
    });
    let request = http().post(format!("{}/register", rig.address())).json(&metadata);
    let answer = request.send().await.expect("a server");
    assert_eq!(answer.status(), 201);
    let answer: Value = answer.json().await.expect("JSON");
    let id = answer["client_id"].as_str().expect("an id");
    let told = change(&rig, id, "--profile fapi2 --dpop-bound-access-tokens");
    assert!(told.contains("\n  profile: standard -> fapi2\n"), "{told}");
    let client = shown(&rig, id);
    assert_eq!(
        (&client["profile"], &client["require_pushed_authorization_requests"]),
        (&json!("fapi2"), &json!(true))
    );
    assert_eq!((&client["first_party"], &client["registered_by"]), (&json!(false), &json!("itself")));
    let told = refused(&rig, id, &["--scope", "openid", "--scope", "operator"]);
    assert!(told.contains("  scopes[1] must be one of"), "{told}");
    server.stop().await;
}

/// Attack 49: what it holds is refused by a node that never restarted; its id is nobody's afterwards.
#[tokio::test]
async fn a_client_is_removed_for_good_only_when_that_is_said_twice() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    let office = async || {
        let request =
            http().post(format!("{}/token", rig.address())).form(&[("grant_type", "client_credentials")]);
        request
            .basic_auth("office.99999", Some(OFFICE_SECRET))
            .send()
            .await
            .expect("a server")
            .status()
            .as_u16()
    };
    let unsaid = rig.run(&["client", "remove", "office.99999"]).complaint(2);
    assert!(unsaid.contains("--yes") && unsaid.contains("`idp client disable office.99999`"), "{unsaid}");
    assert_eq!(office().await, 200);
    let gone = rig.run(&["client", "remove", "office.99999", "--yes"]).answer();
    assert_eq!(gone, "office.99999 is gone.\n");
    assert_eq!(office().await, 401);
    let unknown = rig.run(&["client", "remove", "office.99999", "--yes"]).complaint(2);
    assert_eq!(unknown, "idp: there is no client office.99999\n");
    let taken = ["client", "create", "office.99999", "--name", "Office", "--grant", "client_credentials"];
    assert!(rig.run(&taken).complaint(2).contains("has or had this client_id"));
    let log = rig.run(&["audit", "export", "--company", "99999", "--format", "ndjson"]).answer();
    assert!(log.contains("client.removed"), "{log}");
    server.stop().await;
}

#[test]
fn a_client_is_shown_as_it_is_registered_and_without_its_secret() {
    let rig = Rig::new();
    rig.seed();
    let told = rig.run(&["client", "show", "portal.99999"]).answer();
    for (name, said) in [
        ("client_id", "portal.99999"),
        ("company", "99999"),
        ("token_endpoint_auth_method", "client_secret_basic"),
        ("redirect_uris", "http://127.0.0.1:8090/callback"),
        ("id_token_signed_response_alg", "RS256"),
        ("require_pushed_authorization_requests", "false"),
        ("registered_by", "operator"),
        ("secrets", "one in use"),
    ] {
        let line = told.lines().find(|line| line.split_whitespace().next() == Some(name));
        let line = line.unwrap_or_else(|| panic!("no {name}: {told}"));
        assert!(line.ends_with(&format!("  {said}")), "{line}");
    }
    let json = rig.run(&["client", "show", "portal.99999", "--json"]).answer();
    assert!(![told, json].concat().contains("only-for-tests"), "no secret is shown");
}
