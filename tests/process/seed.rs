//! `idp seed`: for test rigs, safe to repeat, never in production.

use std::fs;

use crate::support::rig::Rig;
use crate::support::visitor::Visitor;

#[test]
fn production_refuses_a_seed() {
    let rig = Rig::production();
    rig.run(&["migrate"]).answer();
    let file = rig.path("seed.toml");
    fs::write(&file, idp::seed_file::EXAMPLE).expect("writable");
    let complaint = rig.run(&["seed", &file.display().to_string()]).complaint(2);
    assert!(complaint.contains("a seed is for test rigs and is refused in production"), "{complaint}");
}

#[test]
fn a_seed_can_be_loaded_again_and_changes_nothing_then() {
    let rig = Rig::new();
    rig.seed();
    let again = rig.run(&["seed", &rig.path("seed.toml").display().to_string()]).answer();
    assert_eq!(again, "Added 0 of 1 companies and 0 of 1 accounts (the others were there), set 6 clients.\n");
}

#[test]
fn a_bad_seed_is_refused_whole_with_every_mistake_and_no_secret() {
    let rig = Rig::new();
    let mistakes = idp::seed_file::EXAMPLE
        .replace("code = \"99999\"", "code = \"9\"")
        .replace("http://127.0.0.1:8090/callback", "http://portal.example/callback")
        .replace("quiet river orange lantern", "hunter2");
    let file = rig.path("seed.toml");
    fs::write(&file, mistakes).expect("writable");
    let file = file.display().to_string();
    let complaint = rig.run(&["seed", &file]).complaint(2);
    for key in ["company[0].code:", "client[0].redirect_uris[0]:", "account[0].password:"] {
        assert!(complaint.contains(key), "{key} in {complaint}");
    }
    assert!(!complaint.contains("hunter2") && !complaint.contains("only-for-tests"), "{complaint}");

    fs::write(&file, "[[client]]\nclient_secrets = \"hunter2\"\n").expect("writable");
    let complaint = rig.run(&["seed", &file]).complaint(2);
    assert!(complaint.contains("client_secrets") && !complaint.contains("hunter2"), "{complaint}");

    let complaint = rig.run(&["seed", "/nowhere/seed.toml"]).complaint(2);
    assert!(complaint.contains("/nowhere/seed.toml cannot be read"), "{complaint}");
}

/// OpenID Connect Core section 8.1: every native app of a person answers on a loopback address, so that it tells no sector
/// from another. A pairwise client of nothing else must name its own.
#[test]
fn a_pairwise_client_on_a_loopback_address_alone_must_name_its_sector() {
    let rig = Rig::new();
    let file = rig.path("seed.toml");
    let sector = "sector_identifier_uri = \"https://rota.example/sector.json\"\n";
    let callback = "\"https://rota.example/callback\"";
    assert!(idp::seed_file::EXAMPLE.contains(sector) && idp::seed_file::EXAMPLE.contains(callback));
    for uris in [
        "\"http://127.0.0.1/callback\"",
        "\"http://127.0.0.1:8080/callback\", \"http://127.0.0.1:9090/callback\"",
        "\"http://[::1]/callback\"",
    ] {
        let named = idp::seed_file::EXAMPLE.replace(callback, uris);
        fs::write(&file, named.replace(sector, "")).expect("writable");
        let complaint = rig.run(&["seed", &file.display().to_string()]).complaint(2);
        assert!(complaint.contains("client[1].sector_identifier_uri:"), "{uris}: {complaint}");
        rig.seed_with(&named);
    }
}

/// Every claim of the profile reaches a relying party, over the real server.
#[tokio::test]
async fn a_seeded_account_can_log_in_at_once_with_every_claim() {
    let rig = Rig::new();
    rig.seed();
    let server = rig.serve().await;
    let visitor = Visitor::new();
    let tokens = visitor.tokens(&rig).await;
    let shown = visitor.user_info(&rig, &tokens).await;
    let claims: serde_json::Value = serde_json::from_str(&shown.html).expect("JSON");
    for (claim, value) in [
        ("name", "Frank Albert Jones"),
        ("nickname", "Frankie"),
        ("birthdate", "1984-02-29"),
        ("zoneinfo", "America/Toronto"),
        ("email", "frank.jones@example.com"),
        ("company_code", "99999"),
        ("member_type", "caregiver"),
        ("security_role", "none"),
    ] {
        assert_eq!(claims[claim], value, "{claim} in {claims}");
    }
    server.stop().await;
}
