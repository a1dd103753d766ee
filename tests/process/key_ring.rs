//! Signing keys from the operator's side: listed, rotated, sealed anew; tokens outlive all of it.

use serde_json::Value;

use crate::support::process::eventually;
use crate::support::rig::{PASSWORD, Rig, USER_NAME, http};
use crate::support::visitor::{Visitor, authorization_request};

async fn published(rig: &Rig) -> Vec<String> {
    let answer = http().get(format!("{}/jwks", rig.address())).send().await.expect("an answer");
    let set: Value = answer.json().await.expect("JSON");
    let mut kids: Vec<String> =
        set["keys"].as_array().expect("keys").iter().map(|key| key["kid"].to_string()).collect();
    kids.sort();
    kids
}

/// Algorithm and state of each row.
fn states(table: &str) -> Vec<(String, String)> {
    let rows = table.lines().skip(1).take_while(|line| !line.is_empty());
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        (words[0].to_owned(), words[words.len() - 1].to_owned())
    };
    rows.map(row).collect()
}

fn rows(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(alg, state)| ((*alg).to_owned(), (*state).to_owned())).collect()
}

#[tokio::test]
async fn a_rotation_announces_successors_that_a_running_node_publishes_and_does_not_sign_with_yet() {
    let mut rig = Rig::new();
    rig.set("keys.poll", "1 s");
    rig.seed();
    let server = rig.serve().await;
    let before = published(&rig).await;
    assert_eq!(
        states(&rig.run(&["keys", "list"]).answer()),
        rows(&[("ES256", "signing"), ("RS256", "signing")])
    );

    let rotated = rig.run(&["keys", "rotate"]).answer();
    let expected =
        rows(&[("ES256", "signing"), ("ES256", "announced"), ("RS256", "signing"), ("RS256", "announced")]);
    assert_eq!(states(&rotated), expected, "{rotated}");
    assert_eq!(rig.run(&["keys", "list"]).answer(), rotated);
    let after = eventually("the announced keys, without a restart", async || {
        Some(published(&rig).await).filter(|keys| keys.len() == 4)
    })
    .await;
    let tokens = Visitor::new().tokens(&rig).await;
    assert!(before.iter().all(|kid| after.contains(kid)), "{before:?} in {after:?}");
    let header =
        josekit::jwt::decode_header(tokens["id_token"].as_str().expect("an ID token")).expect("a header");
    let kid = header.claim("kid").expect("a kid").to_string();
    assert!(before.contains(&kid), "signed by a key that was already known");
    assert_eq!(Visitor::new().user_info(&rig, &tokens).await.status, 200);
    server.stop().await;
}

/// A new master key seals everything anew at the start; the old one may go as soon as that has happened.
#[tokio::test]
async fn a_new_master_key_takes_over_without_ending_a_token_or_a_password() {
    let mut rig = Rig::new();
    rig.set_masters(&["old"]);
    rig.seed();
    let server = rig.serve().await;
    let before = published(&rig).await;
    let visitor = Visitor::new();
    let tokens = visitor.tokens(&rig).await;
    server.stop().await;

    for masters in [&["new", "old"][..], &["new"]] {
        rig.set_masters(masters);
        let server = rig.serve().await;
        assert_eq!(published(&rig).await, before, "{masters:?}");
        assert_eq!(visitor.user_info(&rig, &tokens).await.status, 200, "{masters:?}");
        // The pepper of the password is derived from the master key; a log-in moves it along.
        let newcomer = Visitor::new();
        let page = newcomer.open(&authorization_request(&rig)).await;
        let back = newcomer.log_in(&page, USER_NAME, PASSWORD).await;
        assert!(!back.sent("code").is_empty(), "{masters:?}");
        server.stop().await;
    }

    rig.set_masters(&["lost"]);
    let complaint = rig.run(&["serve"]).complaint(1);
    assert!(complaint.contains("the signing keys cannot be used"), "{complaint}");
    assert!(complaint.contains("master key"), "{complaint}");
}
