#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
use super::*;

fn draft() -> ClientDraft {
    ClientDraft {
        client_name: "Maple Portal".to_owned(),
        grant_types: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
        redirect_uris: vec!["https://maple.example/callback".to_owned()],
        scopes: vec!["openid".to_owned()],
        ..ClientDraft::default()
    }
}

fn paths(draft: &ClientDraft) -> Vec<String> {
    let found = draft.check(ClientOwner::Company).err().unwrap_or_default();
    found.into_iter().map(|problem| problem.field.into_owned()).collect()
}

#[test]
fn a_good_draft_becomes_a_client_with_pkce() {
    let new = draft().check(ClientOwner::Company).expect("a client");
    let client =
        new.registered(Client::new(ClientId::parse("a").unwrap(), new.name.clone(), new.auth_method));
    assert!(client.demands.require_pkce && client.enabled);
    assert_eq!(client.auth_method, AuthMethod::ClientSecretBasic);
}

/// Attack 85: nobody's own client gets the operator's rights.
#[test]
fn a_companys_client_never_acts_for_the_operator() {
    let greedy = ClientDraft { scopes: vec!["operator".to_owned()], ..draft() };
    assert_eq!(paths(&greedy), ["scopes[0]"]);
    assert!(greedy.check(ClientOwner::Operator).is_ok());
}

#[test]
fn every_bad_field_is_named_at_once() {
    let bad = ClientDraft {
        client_id: Some("a b".to_owned()),
        client_name: String::new(),
        auth_method: Some("none".to_owned()),
        grant_types: vec!["client_credentials".to_owned(), "password".to_owned()],
        redirect_uris: vec!["https://ok.example/".to_owned(), "https://*.example/".to_owned()],
        post_logout_redirect_uris: vec!["http://maple.example/".to_owned()],
        backchannel_logout_uri: Some("ftp://maple.example/".to_owned()),
        initiate_login_uri: Some("/login".to_owned()),
        jwks: Some(serde_json::json!({"keys": [{"kty": "oct", "k": "a"}]})),
        jwks_uri: None,
        encryption: EncryptionDraft::default(),
        scopes: vec!["everything".to_owned()],
        resources: vec!["api".to_owned()],
        may_grant: Some("all".to_owned()),
        signing: SigningDraft {
            token_endpoint_auth_signing_alg: Some("HS256".to_owned()),
            request_object_signing_alg: Some("none".to_owned()),
        },
        profile: Some("fapi3".to_owned()),
        response_signing: ResponseSigningDraft {
            userinfo: Some("none".to_owned()),
            ..ResponseSigningDraft::default()
        },
        demands: Demands::default(),
        log_in_defaults: LogInDefaults {
            default_acr_values: ["gold", "a b", "\u{e9}"].map(str::to_owned).into(),
            ..LogInDefaults::default()
        },
        contacts: ["ops@maple.example", "a\nb"].map(str::to_owned).into(),
        may_switch_company: true,
    };
    assert_eq!(
        paths(&bad),
        [
            "client_id",
            "client_name",
            "grant_types[1]",
            "grant_types",
            "redirect_uris[1]",
            "post_logout_redirect_uris[0]",
            "backchannel_logout_uri",
            "initiate_login_uri",
            "jwks",
            "scopes[0]",
            "resources[0]",
            "may_grant",
            "token_endpoint_auth_signing_alg",
            "request_object_signing_alg",
            "profile",
            "userinfo_signed_response_alg",
            "default_acr_values[1]",
            "default_acr_values[2]",
            "contacts[1]",
            "may_switch_company",
        ]
    );
    let demands = Demands { require_signed_request_object: true, ..Demands::default() };
    assert_eq!(paths(&ClientDraft { demands, ..draft() }), ["require_signed_request_object"]);
    let signs = ClientDraft { auth_method: Some("private_key_jwt".to_owned()), ..draft() };
    assert_eq!(paths(&signs), ["jwks"]);
}

/// FAPI 2.0 sections 5.3.2.1 and 5.3.2.2: what the profile does not take is no client of it, whoever registers it.
#[test]
fn a_fapi2_client_signs_and_comes_back_by_https() {
    let secretive = ClientDraft {
        profile: Some("fapi2".to_owned()),
        redirect_uris: ["https://maple.example/callback", "http://127.0.0.1/callback"]
            .map(str::to_owned)
            .into(),
        ..draft()
    };
    assert_eq!(paths(&secretive), ["token_endpoint_auth_method", "redirect_uris[1]"]);
    let good = ClientDraft {
        auth_method: Some("private_key_jwt".to_owned()),
        jwks_uri: Some("https://maple.example/jwks".to_owned()),
        redirect_uris: draft().redirect_uris,
        ..secretive
    };
    assert_eq!(good.check(ClientOwner::Company).map(|new| new.profile), Ok(Profile::Fapi2));
    let rs256 = Some("RS256".to_owned());
    let response_signing = ResponseSigningDraft { id_token: rs256, ..ResponseSigningDraft::default() };
    let signed = ClientDraft { response_signing, ..good.clone() };
    assert_eq!(paths(&signed), ["id_token_signed_response_alg"]);
    let in_the_clear = ClientDraft { jwks_uri: Some("http://maple.example/jwks".to_owned()), ..good };
    assert_eq!(paths(&in_the_clear), ["jwks_uri"]);
}

/// RFC 8628: a desktop has no address to come back to; `company.md` section 3: only a client of nobody's agency switches.
#[test]
fn refresh_tokens_come_from_a_code_or_from_a_device_code() {
    let of = |grants: &[&str]| ClientDraft {
        auth_method: Some("none".to_owned()),
        grant_types: grants.iter().map(|&grant| grant.to_owned()).collect(),
        redirect_uris: Vec::new(),
        demands: Demands { require_device_pkce: true, ..Demands::default() },
        may_switch_company: true,
        ..draft()
    };
    let desktop = of(&[GrantType::DeviceCode.as_str(), "refresh_token"]);
    let new = desktop.check(ClientOwner::Operator).expect("a desktop");
    let client =
        new.registered(Client::new(ClientId::parse("a").unwrap(), new.name.clone(), new.auth_method));
    assert!(client.demands.require_device_pkce && client.may_switch_company && client.is_public());
    assert_eq!(paths(&desktop), ["may_switch_company"], "a desktop of one agency");
    assert_eq!(paths(&of(&["refresh_token"])), ["grant_types", "may_switch_company"]);
}
