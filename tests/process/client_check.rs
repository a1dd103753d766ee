//! `idp client check`: a report that a person can act on, and an exit code that a script can.

use serde_json::{Value, json};

use crate::support::rig::{Rig, http};

/// The example seed, and a client that keeps to FAPI 2.0.
fn rig() -> Rig {
    let rig = Rig::new();
    let payroll = r#"
        [[client]]
        client_id = "payroll"
        client_name = "Payroll"
        profile = "fapi2"
        token_endpoint_auth_method = "private_key_jwt"
        redirect_uris = ["https://payroll.example/callback"]
        scope = "openid"
        [client.jwks]
        keys = [{ kty = "EC", crv = "P-256", x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }]
    "#;
    rig.seed_with(&format!("{}\n{payroll}", idp::seed_file::EXAMPLE));
    rig
}

#[test]
fn a_client_that_keeps_to_its_profile_is_told_so() {
    let told = rig().run(&["client", "check", "payroll"]).answer();
    assert_eq!(
        told,
        "payroll is registered for the profile fapi2.\n\nstandard  satisfied\n\nfapi2     satisfied\n"
    );
}

/// What is missing stands under the name it is registered by, with what to write; a warning changes no exit code.
#[test]
fn what_is_missing_for_another_profile_is_listed_with_what_to_write() {
    let rig = rig();
    let told = rig.run(&["client", "check", "portal.99999"]).answer();
    for line in [
        "standard  satisfied",
        "fapi2     not satisfied:",
        "  token_endpoint_auth_method must be private_key_jwt for a fapi2 client",
        "  redirect_uris[0] must use https for a fapi2 client",
        "  profile must be fapi2: write it last",
        "warnings:",
        "  redirect_uris[0] is http on the person's own computer",
    ] {
        assert!(told.lines().any(|said| said.starts_with(line)), "{line} in {told}");
    }
    let failed = rig.run(&["client", "check", "portal.99999", "--profile", "fapi2"]);
    assert_eq!((failed.code, &failed.stdout), (Some(1), &told));
    assert_eq!(failed.stderr, "idp: portal.99999 does not satisfy the profile fapi2\n");
    assert!(!told.contains("only-for-tests"), "no secret is shown");
}

#[test]
fn a_client_that_cannot_work_fails_the_check() {
    let rig = rig();
    rig.run(&["client", "disable", "payroll"]).answer();
    let failed = rig.run(&["client", "check", "payroll"]);
    assert_eq!(failed.code, Some(1));
    assert!(
        failed.stdout.contains("enabled is switched off; `idp client enable payroll` switches it on"),
        "{failed:?}"
    );
    let unknown = rig.run(&["client", "check", "nobody"]).complaint(2);
    assert_eq!(unknown, "idp: there is no client nobody\n");
}

#[test]
fn a_script_reads_the_report_as_json() {
    let rig = rig();
    let told: Value =
        serde_json::from_str(&rig.run(&["client", "check", "payroll", "--json"]).answer()).unwrap();
    let satisfied = json!({"satisfied": true, "missing": []});
    let profiles = json!({"standard": satisfied, "fapi2": satisfied});
    assert_eq!(
        told,
        json!({
            "client_id": "payroll", "registration_client_uri": null, "contacts": [], "profile": "fapi2",
            "profiles": profiles, "warnings": [],
        })
    );
    let told: Value =
        serde_json::from_str(&rig.run(&["client", "check", "portal.99999", "--json"]).answer()).unwrap();
    let missing = &told["profiles"]["fapi2"]["missing"][0];
    assert_eq!(
        (&told["profile"], &missing["field"]),
        (&json!("standard"), &json!("token_endpoint_auth_method"))
    );
    assert_eq!(told["warnings"][0]["field"], "redirect_uris[0]");
}

/// FAPI 2.0 section 5.3.2.1: whoever registers it.
#[test]
fn a_client_that_its_profile_does_not_take_is_not_registered() {
    let rig = rig();
    let registration = [
        "client",
        "create",
        "pay",
        "--name",
        "Pay",
        "--grant",
        "authorization_code",
        "--profile",
        "fapi2",
        "--redirect-uri",
        "http://127.0.0.1/callback",
    ];
    let refused = rig.run(&registration).complaint(2);
    for field in ["token_endpoint_auth_method must be private_key_jwt", "redirect_uris[0] must use https"] {
        assert!(refused.contains(field), "{field} in {refused}");
    }
}

/// OpenID Connect Registration section 2: `contacts` are for whoever runs the provider.
#[tokio::test]
async fn the_contacts_of_a_client_that_registered_itself_are_told() {
    let mut rig = Rig::new();
    rig.set("registration.mode", "open");
    let server = rig.serve().await;
    let metadata = json!({"redirect_uris": ["https://shifts.example/"], "contacts": ["ops@shifts.example", "519 555 0199"]});
    let request = http().post(format!("{}/register", rig.address())).json(&metadata);
    let made: Value = request.send().await.unwrap().json().await.unwrap();
    let id = made["client_id"].as_str().unwrap();
    let told = rig.run(&["client", "check", id]).answer();
    assert!(told.contains("\nWhom it names to ask: ops@shifts.example, 519 555 0199\n"), "{told}");
    let told: Value = serde_json::from_str(&rig.run(&["client", "check", id, "--json"]).answer()).unwrap();
    assert_eq!(told["contacts"], metadata["contacts"]);
    server.stop().await;
}
