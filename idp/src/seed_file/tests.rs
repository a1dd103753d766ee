#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
use super::*;

const RULES: PasswordRules = PasswordRules { min: 15, max: 256, max_bytes: 1024 };

fn parse(text: &str) -> Result<SeedFile, SeedFileError> {
    SeedFile::parse(text, Path::new("/nowhere"), RULES)
}

#[test]
fn the_example_is_a_good_seed_with_every_standard_claim() {
    let file = parse(EXAMPLE).expect("the example is good");
    let profile = serde_json::to_value(&file.accounts[0].profile).unwrap();
    assert_eq!(profile.as_object().unwrap().len(), 16, "every claim of Profile: {profile}");
    assert_eq!(file.accounts[0].answers.len(), 3);
    assert_eq!(file.accounts[0].memberships[0].1.full_name(), "Frank Jones", "the name of the profile");
    assert_eq!(file.clients[0].1.as_ref().map(CompanyCode::as_str), Some("99999"));
    assert!(file.clients[0].0.secrets[0].digest.matches(b"only-for-tests-9f2c61d7"));
}

#[test]
fn every_problem_is_reported_at_once_by_its_key_and_no_secret_is_shown() {
    let text = r#"
        [[company]]
        code = "1"
        name = "Maple"
        [company.address]
        locality = ""

        [[client]]
        client_id = "portal 1"
        client_name = "Portal"
        client_secret = "hunter2"
        redirect_uris = ["https://good.example/cb", "http://portal.example/cb"]
        scope = "openid everything"
        id_token_encrypted_response_alg = "ECDH-ES"
        userinfo_encrypted_response_enc = "A256GCM"

        [[account]]
        user_name = "frank"
        password = "hunter2"
        answers = { first-stuffed-toy = "a rabbit" }
        membership = [{ company = "99999", person_ref = "1", member_type = "caregiver", security_role = "unrestricted" }]
    "#;
    let message = parse(text).unwrap_err().to_string();
    for key in [
        "company[0].code:",
        "company[0].address.locality:",
        "client[0].client_id:",
        "client[0].client_secret:",
        "client[0].redirect_uris[1]: must use https",
        "client[0].scope: \"everything\"",
        "client[0].id_token_encrypted_response_alg: needs jwks or jwks_uri",
        "client[0].userinfo_encrypted_response_alg: is missing",
        "account[0].user_name:",
        "account[0].password: is too short",
        "account[0].membership[0].given_name:",
        "account[0].membership[0].security_role:",
    ] {
        assert!(message.contains(key), "{key} in {message}");
    }
    assert!(!message.contains("hunter2") && !message.contains("redirect_uris[0]"), "{message}");
}

/// R79: who is also office staff may have a role there.
#[test]
fn further_records_of_a_person_are_read() {
    let hats = |hats: &str| {
        EXAMPLE.replacen("other_persons = []", &format!("other_persons = {hats}"), 1).replacen(
            "security_role = \"none\"",
            "security_role = \"unrestricted\"",
            1,
        )
    };
    let file =
        parse(&hats("[{ member_type = \"office_staff\", person_ref = \"S-12\" }]")).expect("a good seed");
    let persons: Vec<_> =
        file.accounts[0].memberships[0].1.persons().map(|it| it.person_ref.to_string()).collect();
    assert_eq!(persons, ["4711", "S-12"]);
    let message = parse(&hats("[{ member_type = \"client\", person_ref = \"\" }]")).unwrap_err().to_string();
    for key in ["membership[0].other_persons[0].person_ref:", "membership[0].security_role:"] {
        assert!(message.contains(key), "{key} in {message}");
    }
}

#[test]
fn a_key_nobody_knows_is_refused_with_its_line_and_without_what_stands_there() {
    let error = parse("[[client]]\nclient_id = \"a\"\nclient_secrets = \"hunter2\"\n").unwrap_err();
    let message = error.to_string();
    assert!(message.contains("client_secrets") && !message.contains("hunter2"), "{message}");
    let error = parse("\n[[account]]\npassword = \"hunter2\n").unwrap_err().to_string();
    assert!(error.contains("line 3") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_secret_file_that_is_not_there_is_named() {
    let text = "[[client]]\nclient_id = \"a\"\nclient_name = \"A\"\nclient_secret_file = \"portal\"\nscope = \"openid\"\ngrant_types = []\n";
    let message = parse(text).unwrap_err().to_string();
    assert!(message.contains("client[0].client_secret_file: portal cannot be read"), "{message}");
}

#[test]
fn what_must_be_there_once_is_not_there_twice() {
    let company = "[[company]]\ncode = \"99999\"\nname = \"Maple\"\n";
    let message = parse(&format!("{company}{company}")).unwrap_err().to_string();
    assert!(message.contains("two have the code \"99999\""), "{message}");
}

/// Attack 70: the portal's address becomes a link on other people's pages and in their mails.
#[test]
fn a_portal_address_that_is_no_web_address_is_refused() {
    for bad in ["javascript:alert(1)", "data:text/html,x", "portal.maple.example"] {
        let company = format!("[[company]]\ncode = \"99999\"\nname = \"Maple\"\nportal_url = \"{bad}\"\n");
        let message = parse(&company).unwrap_err().to_string();
        let told = "company[0].portal_url: must be a web address that begins with https:// or http://";
        assert!(message.contains(told), "{bad}: {message}");
    }
    let good =
        "[[company]]\ncode = \"99999\"\nname = \"Maple\"\nportal_url = \"https://portal.maple.example/\"\n";
    assert_eq!(parse(good).expect("a good address").companies.len(), 1);
}

/// FAPI 2.0 sections 5.3.2 and 5.4.1: what does not go with the profile is said, and not silently something else.
#[test]
fn what_a_fapi2_client_cannot_have_is_reported_by_its_key() {
    let client = |rest: &str| {
        format!(
            "[[client]]\nclient_id = \"payroll\"\nclient_name = \"Payroll\"\nscope = \"openid\"\nprofile = \"fapi2\"\n{rest}"
        )
    };
    let bad = client(
        r#"
        client_secret = "only-for-tests-9f2c61d7"
        redirect_uris = ["https://payroll.example/cb", "http://127.0.0.1/cb"]
        require_pkce = false
        id_token_signed_response_alg = "RS256"
        introspection_signed_response_alg = "ES256"
        "#,
    );
    let message = parse(&bad).unwrap_err().to_string();
    let reported: Vec<&str> =
        message.lines().skip(1).filter_map(|line| line.trim().split_once(':')).map(|it| it.0).collect();
    assert_eq!(
        reported,
        [
            "client[0].token_endpoint_auth_method",
            "client[0].redirect_uris[1]",
            "client[0].require_pkce",
            "client[0].id_token_signed_response_alg",
        ],
        "{message}"
    );
    let good = client(
        r#"
        token_endpoint_auth_method = "private_key_jwt"
        jwks_uri = "https://payroll.example/jwks"
        redirect_uris = ["https://payroll.example/cb"]
        id_token_signed_response_alg = "ES256"
        "#,
    );
    assert_eq!(
        parse(&good).expect("a good client").clients[0].0.shortfalls(idp_domain::client::Profile::Fapi2),
        []
    );
}
