//! `idp client invite create | list | revoke`: what an operator hands to whoever makes a program (RFC 7591 section 3).

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::rig::{Rig, http};

/// The example seed, where programs register themselves by invitation.
fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.set("registration.mode", "token");
    rig.seed();
    rig
}

/// The token of an invitation that was just made, which stands in the last line.
fn token(made: &str) -> String {
    made.trim().lines().last().expect("a token").to_owned()
}

fn id(token: &str) -> &str {
    token.split('.').next().expect("an id")
}

/// What the list says of the token with this id.
fn listed(rig: &Rig, id: &str) -> Option<String> {
    let list = rig.run(&["client", "invite", "list"]).answer();
    list.lines().find(|line| line.starts_with(id)).map(str::to_owned)
}

async fn register(rig: &Rig, token: &str) -> Response {
    let metadata = json!({"client_name": "Shift Swap", "redirect_uris": ["https://shifts.example/callback"]});
    let request = http().post(format!("{}/register", rig.address())).bearer_auth(token).json(&metadata);
    request.send().await.expect("a server")
}

/// From the command to the client, while the server runs; the token is printed once and listed never.
#[tokio::test]
async fn whoever_has_the_token_registers_as_many_clients_as_were_allowed() {
    let rig = rig();
    let server = rig.serve().await;
    let made =
        rig.run(&["client", "invite", "create", "Ms Fields", "--company", "99999", "--uses", "2"]).answer();
    let told = format!("Whoever has this token registers 2 clients at {}/register until 20", rig.address());
    assert!(made.starts_with(&told), "{made}");
    let token = token(&made);
    assert!(listed(&rig, id(&token)).expect("a row").contains("2 until 20"));
    let mut made_clients = Vec::new();
    for left in ["1 until 20", "used up"] {
        let answer = register(&rig, &token).await;
        assert_eq!(answer.status(), 201);
        made_clients.push(answer.json::<Value>().await.expect("JSON")["client_id"].clone());
        let row = listed(&rig, id(&token)).expect("a row");
        assert!(row.contains(left) && row.ends_with("Ms Fields"), "{row}");
    }
    assert_eq!(register(&rig, &token).await.status(), 401);
    let clients = rig.run(&["client", "list"]).answer();
    for client in made_clients {
        assert!(clients.contains(client.as_str().expect("an id")), "{client} in {clients}");
    }
    let secret = token.split('.').nth(1).expect("a secret");
    assert!(!rig.run(&["client", "invite", "list"]).answer().contains(secret), "shown once");
    server.stop().await;
}

/// A running node knows it at once; what was registered with the token stays.
#[tokio::test]
async fn nobody_registers_with_a_token_that_was_revoked() {
    let rig = rig();
    let server = rig.serve().await;
    let token = token(&rig.run(&["client", "invite", "create", "Shift Swap", "--uses", "5"]).answer());
    let made = register(&rig, &token).await.json::<Value>().await.expect("JSON");
    let told = rig.run(&["client", "invite", "revoke", id(&token)]).answer();
    assert_eq!(told, format!("Nobody registers with {} from now on.\n", id(&token)));
    let refused = register(&rig, &token).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.json::<Value>().await.expect("JSON")["error"], "invalid_token");
    assert_eq!(listed(&rig, id(&token)), None);
    let managed = http().get(made["registration_client_uri"].as_str().expect("an address"));
    let managed = managed.bearer_auth(made["registration_access_token"].as_str().expect("a token"));
    assert_eq!(managed.send().await.expect("a server").status(), 200);
    let again = rig.run(&["client", "invite", "revoke", id(&token)]).complaint(2);
    assert!(again.starts_with("idp: ") && again.contains(id(&token)), "{again}");
    server.stop().await;
}

#[test]
fn what_cannot_be_meant_is_refused_and_makes_no_token() {
    let rig = rig();
    let unknown = rig.run(&["client", "invite", "create", "Nobody", "--company", "00000"]).complaint(2);
    assert_eq!(unknown, "idp: there is no company 00000\n");
    for wrong in
        [&["Shift Swap", "--uses", "0"][..], &["Shift Swap", "--days", "366"], &["Shift\nSwap"], &[""], &[]]
    {
        rig.run(&[&["client", "invite", "create"], wrong].concat()).complaint(2);
    }
    rig.run(&["client", "invite", "revoke", "portal.99999"]).complaint(2);
    let list = rig.run(&["client", "invite", "list"]).answer();
    assert_eq!(list, "There are no initial access tokens.\n");
}

/// The default: who makes a token where nobody registers is told what else to do.
#[test]
fn where_registration_is_off_the_command_says_how_to_switch_it_on() {
    let rig = Rig::new();
    rig.seed();
    let made = rig.run(&["client", "invite", "create", "Shift Swap"]).answer();
    assert!(made.contains(" registers one client at "), "{made}");
    let last = made.trim().lines().last().expect("a hint");
    assert_eq!(last, "registration.mode is \"off\": write \"token\" there, or it is good for nothing.");
}
