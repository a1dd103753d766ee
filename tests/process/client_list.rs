//! `idp client list` and `idp client invite`, as an operator reads them: codes as commands take them, and who is a stranger.

use serde_json::json;

use crate::support::rig::{Rig, http};

fn row(list: &str, start: &str) -> String {
    list.lines()
        .find(|line| line.starts_with(start))
        .unwrap_or_else(|| panic!("no {start}: {list}"))
        .to_owned()
}

/// The token stands alone in its paragraph.
fn token(made: &str) -> String {
    made.split("\n\n").nth(1).expect("a token").trim().to_owned()
}

#[tokio::test]
async fn a_client_is_listed_with_its_name_its_agency_and_who_registered_it() {
    let mut rig = Rig::new();
    rig.set("registration.mode", "token");
    rig.seed();
    let server = rig.serve().await;
    let made = token(&rig.run(&["client", "invite", "create", "Ms Fields", "--company", "99999"]).answer());
    let metadata = json!({"client_name": "Shift Swap", "redirect_uris": ["https://shifts.example/callback"]});
    let request = http().post(format!("{}/register", rig.address())).bearer_auth(&made).json(&metadata);
    let answer = request.send().await.expect("a server");
    assert_eq!(answer.status(), 201);
    let answer: serde_json::Value = answer.json().await.expect("JSON");
    let list = rig.run(&["client", "list"]).answer();
    let stranger = row(&list, answer["client_id"].as_str().expect("an id"));
    let words: Vec<&str> = stranger.split_whitespace().collect();
    assert_eq!(words[3..7], ["99999", "itself", "Shift", "Swap"], "{stranger}");
    assert!(row(&list, "office.99999").contains("  the operator  "), "{list}");
    let invited = row(&rig.run(&["client", "invite", "list"]).answer(), "iat_");
    assert!(invited.contains("  99999 ") && !invited.contains("cmp_"), "{invited}");
    server.stop().await;
}

/// A token is pasted as it was handed out, and its secret is not repeated.
#[test]
fn a_token_is_revoked_by_all_of_it() {
    let rig = Rig::new();
    rig.seed();
    let made = token(&rig.run(&["client", "invite", "create", "Shift Swap"]).answer());
    let (id, secret) = made.split_once('.').expect("a token");
    let told = rig.run(&["client", "invite", "revoke", &made]).answer();
    assert_eq!(told, format!("Nobody registers with {id} from now on.\n"));
    let unknown = rig.run(&["client", "invite", "revoke", "portal.99999"]).complaint(2);
    assert!(unknown.contains("as `idp client invite list` shows it (iat_...)"), "{unknown}");
    assert!(!told.contains(secret));
}

/// R89: nobody enters through an agency that is suspended.
#[test]
fn a_token_for_a_suspended_agency_is_made_with_a_warning() {
    let rig = Rig::new();
    rig.seed();
    let create = ["client", "invite", "create", "Ms Fields", "--company", "99999"];
    assert!(!rig.run(&create).answer().contains("is suspended"));
    rig.run(&["company", "suspend", "99999"]).answer();
    let made = rig.run(&create).answer();
    assert!(made.contains(" is suspended: ") && made.contains("`idp company resume 99999`"), "{made}");
    assert!(token(&made).starts_with("iat_"), "{made}");
}
