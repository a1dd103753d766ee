//! Whatever discovery advertises is used here, value by value (`protocol.md`, "Discovery").

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, header};
use idp_domain::claims::{Address, Profile};
use idp_domain::client::{
    AssertionAlg, AuthMethod, BackchannelLogout, ContentEncryption, Encryption, EncryptionAlg, GrantType,
    ResponseEncryption, SubjectType,
};
use idp_domain::member::{MemberType, PersonEntry};
use idp_domain::scope::Scopes;
use idp_domain::signing_key::SigningAlg;
use idp_domain::text::Line;
use idp_service::registration::Admits;
use serde_json::{Value, json};

use super::{document, texts};
use crate::oidc::bound_token;
use crate::oidc::encrypted::Reader;
use crate::oidc::private_key_jwt::{self, Pair};
use crate::oidc::request_object;
use crate::oidc::{
    CALLBACK, FRANK, authorization_error, change_account, franks_browser, franks_tokens, register,
};
use crate::support::app::{ISSUER, PASSWORD, SECRET, TestApp};
use crate::support::browser::Browser;
use crate::support::desktop::{DESKTOP, Desktop, desktop};
use crate::support::dpop::DpopKey;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, VERIFIER, answer};

const PORTAL: &str = "portal.99999";
/// Of [`VERIFIER`] (RFC 7636 appendix B).
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// How the portal proves itself, at whichever endpoint.
#[derive(Debug, Clone, Copy)]
struct Proof {
    method: AuthMethod,
    /// Of its assertions.
    alg: AssertionAlg,
}

impl Proof {
    async fn register(self, app: &TestApp) {
        register(app, |client| {
            client.auth_method = self.method;
            if self.method == AuthMethod::PrivateKeyJwt {
                client.secrets.clear();
                client.keys = Some(private_key_jwt::inline(&[Pair::of(self.alg).public.clone()]));
            }
        })
        .await;
    }

    async fn post(self, app: &TestApp, path: &str, params: &[(&str, &str)]) -> Answer {
        let client = app.relying_party();
        let (assertion, basic) = (self.assertion(app), client.basic());
        let (proof, authorization) = match self.method {
            AuthMethod::ClientSecretBasic => (vec![], Some(basic.as_str())),
            AuthMethod::ClientSecretPost => (vec![("client_id", PORTAL), ("client_secret", SECRET)], None),
            AuthMethod::PrivateKeyJwt => {
                let typed = ("client_assertion_type", private_key_jwt::TYPE);
                (vec![typed, ("client_assertion", assertion.as_str())], None)
            }
            AuthMethod::None => (vec![("client_id", PORTAL)], None),
        };
        client.post(path, &[params, &proof].concat(), authorization).await
    }

    fn assertion(self, app: &TestApp) -> String {
        let own = json!({"iss": PORTAL, "sub": PORTAL});
        Pair::of(self.alg).assert(&private_key_jwt::with(&private_key_jwt::claims(app), &own))
    }
}

/// Every method, and every algorithm of assertions, that the document has for an endpoint.
fn proofs(document: &Value, endpoint: &str) -> Vec<Proof> {
    let algs = texts(document, &format!("{endpoint}_endpoint_auth_signing_alg_values_supported"));
    let algs: Vec<AssertionAlg> = algs.iter().map(|alg| AssertionAlg::parse(alg).unwrap()).collect();
    let methods = texts(document, &format!("{endpoint}_endpoint_auth_methods_supported"));
    let method = |name: &String| AuthMethod::VARIANTS.into_iter().find(|it| it.as_str() == name).unwrap();
    let proofs = |method: AuthMethod| match method {
        AuthMethod::PrivateKeyJwt => algs.iter().map(|&alg| Proof { method, alg }).collect(),
        method => vec![Proof { method, alg: AssertionAlg::Es256 }],
    };
    methods.iter().map(method).flat_map(proofs).collect()
}

/// A code of the person who is signed in.
async fn code(client: &RelyingParty<'_>, browser: &mut Browser<'_>) -> String {
    let page = client.authorize(browser).await;
    page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))
}

async fn redeemed(app: &TestApp, proof: Proof, browser: &mut Browser<'_>) -> Answer {
    let code = code(&app.relying_party(), browser).await;
    let params = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let tokens = proof.post(app, "/token", &params).await;
    assert_eq!(tokens.status, 200, "{proof:?}: {tokens:?}");
    tokens
}

fn line<const N: usize>(text: &str) -> Option<Line<N>> {
    Some(Line::parse(text).unwrap())
}

/// Something to say for every claim about a person.
fn profile() -> Profile {
    let url = "https://frank.example/".parse().ok();
    Profile {
        given_name: line("Frank"),
        family_name: line("Jones"),
        middle_name: line("Albert"),
        nickname: line("Frankie"),
        preferred_username: line("frank"),
        profile: url.clone(),
        picture: url.clone(),
        website: url,
        gender: line("male"),
        birthdate: line("1980"),
        zoneinfo: line("America/Toronto"),
        locale: line("en-CA"),
        phone_number: line("+1 519 555 0199"),
        phone_number_verified: Some(true),
        address: Some(Address { country: line("Canada"), ..Address::default() }),
        updated_at: Some(1_763_700_000),
    }
}

/// With every scope: only a client that serves all agencies may have each of them.
async fn serve_all_agencies(app: &TestApp, document: &Value) {
    let scopes = Scopes::parse(&texts(document, "scopes_supported").join(" "));
    register(app, |client| (client.company, client.scopes) = (None, scopes)).await;
}

on_each_database! {
    /// Discovery section 4: a client that knows the issuer and nothing else gets all the way through.
    async fn the_advertised_addresses_are_all_a_client_needs(app) {
        app.enrol(FRANK).await;
        let document = document(&app).await;
        let path = |name: &str| document[name].as_str().unwrap().strip_prefix(ISSUER).unwrap().to_owned();
        let client = app.relying_party();
        let mut browser = app.browser();
        let query = client.authorization_query();
        let page = browser.get(&format!("{}?{query}", path("authorization_endpoint"))).await;
        let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        let code = page.sent("code").expect("a code");
        let params = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let basic = client.basic();
        let tokens = client.post(&path("token_endpoint"), &params, Some(&basic)).await;
        let bearer = format!("Bearer {}", tokens.text("access_token"));
        let userinfo = client.post(&path("userinfo_endpoint"), &[], Some(&bearer)).await;
        assert_eq!(userinfo.text("email"), FRANK);
        let token = [("token", tokens.text("refresh_token"))];
        let introspected = client.post(&path("introspection_endpoint"), &token, Some(&basic)).await;
        assert_eq!(introspected.json["active"], true);
        assert_eq!(client.post(&path("revocation_endpoint"), &token, Some(&basic)).await.status, 200);
        let introspected = client.post(&path("introspection_endpoint"), &token, Some(&basic)).await;
        assert_eq!(introspected.json["active"], false);
        let (_, header) = client.verify(tokens.text("id_token")).await;
        let keys = client.get(&path("jwks_uri")).await;
        assert!(keys.json["keys"].as_array().unwrap().iter().any(|key| key["kid"] == header["kid"]));
        let asked = [("client_id", DESKTOP), ("scope", "openid")];
        app.put_client(&desktop()).await;
        app.change_client(DESKTOP, |client| client.demands.require_device_pkce = false).await;
        let asked = client.post(&path("device_authorization_endpoint"), &asked, None).await;
        assert_eq!(asked.text("verification_uri"), format!("{ISSUER}/device"), "RFC 8628 section 4");
        let challenge = [("code_challenge", CHALLENGE), ("code_challenge_method", "S256")];
        let asked =
            [("client_id", PORTAL), ("response_type", "code"), ("redirect_uri", CALLBACK), ("scope", "openid")];
        let pushing = path("pushed_authorization_request_endpoint");
        let pushed = client.post(&pushing, &[&asked[..], &challenge].concat(), Some(&basic)).await;
        let page = browser.get(&client.url_of(pushed.text("request_uri"))).await;
        assert!(page.sent("code").is_some(), "RFC 9126 section 5: {page:?}");
        let hint = format!("{}?id_token_hint={}", path("end_session_endpoint"), tokens.text("id_token"));
        assert_eq!(browser.get(&hint).await.heading(), "You are signed out");
    }

    /// Discovery section 3: where anybody may register, nobody need be told where (Registration section 3).
    async fn the_advertised_registration_endpoint_makes_a_client(app) {
        assert_eq!(document(&app).await["registration_endpoint"], Value::Null, "off, and not advertised");
        let app = app.restarted_under(|policy| policy.registration.admits = Admits::Anybody).await;
        app.enrol(FRANK).await;
        let document = document(&app).await;
        let endpoint = document["registration_endpoint"].as_str().unwrap().strip_prefix(ISSUER).unwrap();
        let callback = "https://shifts.example/callback";
        let metadata = json!({"client_name": "Shift Swap", "redirect_uris": [callback]});
        let request = Request::post(endpoint).header(header::CONTENT_TYPE, "application/json");
        let made = answer(app.send(request.body(Body::from(metadata.to_string())).unwrap()).await).await;
        assert_eq!(made.status, 201, "{made:?}");
        let client = RelyingParty::new(&app, made.text("client_id"), callback);
        let mut browser = franks_browser(&app).await;
        let page = client.authorize(&mut browser).await;
        let page = browser.fill(&page, "consent-allow", &[]).await;
        assert!(page.sent("code").is_some(), "{page:?}");
    }

    async fn every_advertised_authentication_method_and_algorithm_authenticates(app) {
        app.enrol(FRANK).await;
        let document = document(&app).await;
        let mut browser = franks_browser(&app).await;
        for proof in proofs(&document, "token") {
            proof.register(&app).await;
            let tokens = redeemed(&app, proof, &mut browser).await;
            let params = [("grant_type", "refresh_token"), ("refresh_token", tokens.text("refresh_token"))];
            assert_eq!(proof.post(&app, "/token", &params).await.status, 200, "{proof:?}");
        }
        for proof in proofs(&document, "introspection") {
            proof.register(&app).await;
            let tokens = redeemed(&app, proof, &mut browser).await;
            let answer = proof.post(&app, "/introspect", &[("token", tokens.text("access_token"))]).await;
            assert_eq!((answer.status, &answer.json["active"]), (200, &json!(true)), "{proof:?}");
        }
        for proof in proofs(&document, "revocation") {
            proof.register(&app).await;
            let tokens = redeemed(&app, proof, &mut browser).await;
            let revoked = proof.post(&app, "/revoke", &[("token", tokens.text("refresh_token"))]).await;
            assert_eq!(revoked.status, 200, "{proof:?}");
            let userinfo = app.relying_party().userinfo(tokens.text("access_token")).await;
            assert_eq!(userinfo.status, 401, "{proof:?}");
        }
    }

    /// What is advertised for one endpoint and not for another is refused there.
    async fn a_method_that_is_not_advertised_for_an_endpoint_is_refused_there(app) {
        app.enrol(FRANK).await;
        let document = document(&app).await;
        let mut browser = franks_browser(&app).await;
        let advertised = texts(&document, "introspection_endpoint_auth_methods_supported");
        for proof in proofs(&document, "token") {
            proof.register(&app).await;
            let tokens = redeemed(&app, proof, &mut browser).await;
            let answer = proof.post(&app, "/introspect", &[("token", tokens.text("access_token"))]).await;
            let expected = if advertised.contains(&proof.method.as_str().to_owned()) { 200 } else { 401 };
            assert_eq!(answer.status, expected, "{proof:?}");
        }
    }

    /// Registration section 2: each for whatever is signed for a client.
    async fn every_advertised_signing_algorithm_signs(app) {
        app.enrol(FRANK).await;
        let document = document(&app).await;
        let client = app.relying_party();
        let mut browser = franks_browser(&app).await;
        for name in texts(&document, "id_token_signing_alg_values_supported") {
            register(&app, |client| client.algs.id_token = SigningAlg::parse(&name).unwrap()).await;
            let tokens = client.redeem(&code(&client, &mut browser).await).await;
            assert_eq!(client.verify(tokens.text("id_token")).await.1["alg"], name.as_str());
        }
        let tokens = client.redeem(&code(&client, &mut browser).await).await;
        for name in texts(&document, "userinfo_signing_alg_values_supported") {
            register(&app, |client| client.algs.userinfo = SigningAlg::parse(&name)).await;
            let signed = client.userinfo(tokens.text("access_token")).await;
            assert_eq!(client.verify(&signed.body).await.1["alg"], name.as_str());
        }
        for name in texts(&document, "introspection_signing_alg_values_supported") {
            register(&app, |client| client.algs.introspection = SigningAlg::parse(&name).unwrap()).await;
            let request = Request::post("/introspect")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::AUTHORIZATION, client.basic())
                .header(header::ACCEPT, "application/token-introspection+jwt");
            let form = Body::from(format!("token={}", tokens.text("access_token")));
            let signed = answer(app.send(request.body(form).unwrap()).await).await;
            assert_eq!(client.verify(&signed.body).await.1["alg"], name.as_str());
        }
    }

    /// RFC 9449 section 5.1: each binds a token, and proves the key where the token is used.
    async fn every_advertised_algorithm_of_proofs_proves_a_key(app) {
        app.enrol(FRANK).await;
        for name in texts(&document(&app).await, "dpop_signing_alg_values_supported") {
            let key = DpopKey::of(AssertionAlg::parse(&name).unwrap());
            let tokens = bound_token::tokens_bound_to(&app, &key).await;
            let told = bound_token::userinfo_with_proof(&app, &key, tokens.text("access_token")).await;
            assert_eq!((told.status, told.text("email")), (200, FRANK), "{name}");
        }
    }

    /// RFC 9101 section 10.5 and Core section 6.1: each signs a request, with and without a `kid`; `none` is not among them.
    async fn every_advertised_algorithm_of_requests_signs_one(app) {
        app.enrol(FRANK).await;
        let mut browser = franks_browser(&app).await;
        let algs = texts(&document(&app).await, "request_object_signing_alg_values_supported");
        assert!(!algs.is_empty() && !algs.contains(&"none".to_owned()), "{algs:?}");
        for name in algs {
            let pair = Pair::of(AssertionAlg::parse(&name).unwrap());
            register(&app, |client| client.keys = Some(private_key_jwt::inline(&[pair.named("1")]))).await;
            for header in [json!({"alg": name}), json!({"alg": name, "kid": "1", "typ": "JWT"})] {
                let object = pair.sign(&header, &request_object::claims(&app));
                let page = browser.get(&format!("/authorize?{}", request_object::query(&object, &[]))).await;
                assert!(page.sent("code").is_some(), "{header}: {page:?}");
            }
        }
    }

    /// Registration section 2; Core section 10.2.
    async fn every_advertised_encryption_encrypts(app) {
        app.enrol(FRANK).await;
        let document = document(&app).await;
        let client = app.relying_party();
        let mut browser = franks_browser(&app).await;
        let each = |kind: &str| {
            let values = |of: &str| texts(&document, &format!("{kind}_encryption_{of}_values_supported"));
            let encs = values("enc");
            let pairs = |alg: String| encs.clone().into_iter().map(move |enc| (alg.clone(), enc));
            let parsed = values("alg").into_iter().flat_map(pairs).map(|(alg, enc)| Encryption {
                alg: EncryptionAlg::parse(&alg).unwrap(),
                enc: ContentEncryption::parse(&enc).unwrap(),
            });
            parsed.collect::<Vec<_>>()
        };
        let register = async |encryption: ResponseEncryption, alg: EncryptionAlg| {
            register(&app, |client| {
                client.keys = Some(Reader::of(alg).keys());
                client.encryption = encryption;
            })
            .await;
        };
        for how in each("id_token") {
            register(ResponseEncryption { id_token: Some(how), userinfo: None }, how.alg).await;
            let tokens = client.redeem(&code(&client, &mut browser).await).await;
            Reader::of(how.alg).open(tokens.text("id_token"));
        }
        for how in each("userinfo") {
            register(ResponseEncryption { id_token: None, userinfo: Some(how) }, how.alg).await;
            let tokens = client.redeem(&code(&client, &mut browser).await).await;
            Reader::of(how.alg).open(&client.userinfo(tokens.text("access_token")).await.body);
        }
    }

    async fn every_advertised_scope_is_granted(app) {
        app.enrol(FRANK).await;
        let document = document(&app).await;
        serve_all_agencies(&app, &document).await;
        let mut browser = franks_browser(&app).await;
        for scope in texts(&document, "scopes_supported") {
            let mut client = app.relying_party();
            client.scope = format!("openid {scope}");
            let tokens = client.redeem(&code(&client, &mut browser).await).await;
            assert!(tokens.text("scope").split(' ').any(|granted| granted == scope), "{scope}");
        }
    }

    async fn every_advertised_grant_is_granted(app) {
        app.enrol(FRANK).await;
        let grants: BTreeSet<String> =
            texts(&document(&app).await, "grant_types_supported").into_iter().collect();
        assert_eq!(grants, GrantType::VARIANTS.map(|grant| grant.as_str().to_owned()).into());
        let client = app.relying_party();
        let tokens = franks_tokens(&app, &client).await;
        assert_eq!(client.refresh(tokens.text("refresh_token")).await.status, 200);
        assert!(!app.admin().token().await.is_empty(), "client_credentials");
        app.put_client(&desktop()).await;
        Desktop::new(&app).let_in(&franks_browser(&app).await).await;
    }

    async fn every_advertised_response_type_and_mode_brings_a_code(app) {
        app.enrol(FRANK).await;
        let document = document(&app).await;
        for response_type in texts(&document, "response_types_supported") {
            for mode in texts(&document, "response_modes_supported") {
                let client =
                    app.relying_party().with("response_type", &response_type).with("response_mode", &mode);
                let page = client.log_in(&mut app.browser(), FRANK, PASSWORD).await;
                let code = match mode.as_str() {
                    "query" => page.sent("code"),
                    "form_post" => page.attribute("input[name=code]", "value"),
                    other => panic!("{other} is advertised and not tested"),
                };
                assert_eq!(client.redeem(&code.expect("a code")).await.status, 200, "{mode}");
            }
        }
    }

    async fn every_advertised_prompt_prompts(app) {
        app.enrol(FRANK).await;
        for prompt in texts(&document(&app).await, "prompt_values_supported") {
            let mut browser = franks_browser(&app).await;
            let client = app.relying_party().with("prompt", &prompt);
            let page = client.authorize(&mut browser).await;
            let page = match prompt.as_str() {
                "none" => {
                    let nobody = client.authorize(&mut app.browser()).await;
                    assert_eq!(authorization_error(&nobody), "login_required");
                    page
                }
                "select_account" => {
                    assert_eq!(page.heading(), "Continue as Frank Jones?", "although Frank is signed in");
                    browser.fill(&page, "continue", &[]).await
                }
                "login" => {
                    assert_eq!(page.heading(), "Log In", "although Frank is signed in");
                    let typed = [("UserName", FRANK), ("Password", PASSWORD)];
                    browser.fill(&page, "login-submit", &typed).await
                }
                "consent" => browser.fill(&page, "consent-allow", &[]).await,
                other => panic!("{other} is advertised and not tested"),
            };
            assert!(page.sent("code").is_some(), "{prompt}: {page:?}");
        }
    }

    /// Core section 8; Discovery section 3.
    async fn every_advertised_subject_type_names_the_person(app) {
        app.enrol(FRANK).await;
        let account = json!(app.account(FRANK).await.id);
        let mut browser = franks_browser(&app).await;
        for name in texts(&document(&app).await, "subject_types_supported") {
            let subject_type = match name.as_str() {
                "public" => SubjectType::Public,
                "pairwise" => SubjectType::Pairwise { sector: "maple.example".to_owned() },
                other => panic!("{other} is advertised and not tested"),
            };
            let is_public = subject_type == SubjectType::Public;
            register(&app, |client| client.subject_type = subject_type).await;
            let client = app.relying_party();
            let mut subjects = BTreeSet::new();
            for _ in 0..2 {
                let tokens = client.redeem(&code(&client, &mut browser).await).await;
                let (claims, _) = client.verify(tokens.text("id_token")).await;
                let userinfo = client.userinfo(tokens.text("access_token")).await;
                assert_eq!(claims["sub"], userinfo.json["sub"]);
                subjects.insert(claims["sub"].to_string());
                assert_eq!(claims["sub"] == account, is_public, "{name}");
            }
            assert_eq!(subjects.len(), 1, "the same at every sign-in: {name}");
        }
    }

    /// Discovery section 3, `claims_supported`: what is on the list is told, what is told is on the list; none of it by
    /// reference (`claim_types_supported`).
    async fn every_advertised_claim_is_told_and_no_other(app) {
        app.enrol(FRANK).await;
        change_account(&app, FRANK, |account| account.profile = profile()).await;
        // R79: who has one hat only is told nothing of `persons`.
        app.change_membership(&app.maple, FRANK, |it| {
            let person_ref = Line::parse("S-1").unwrap();
            it.particulars.other_persons = vec![PersonEntry { member_type: MemberType::OfficeStaff, person_ref }];
        })
        .await;
        let document = document(&app).await;
        assert_eq!(texts(&document, "claim_types_supported"), ["normal"]);
        serve_all_agencies(&app, &document).await;
        let mut client = app.relying_party();
        client.scope = texts(&document, "scopes_supported").join(" ");
        let tokens = franks_tokens(&app, &client).await;
        let (claims, _) = client.verify(tokens.text("id_token")).await;
        let userinfo = client.userinfo(tokens.text("access_token")).await.json;
        let told = claims.keys().chain(userinfo.as_object().unwrap().keys());
        let told: BTreeSet<String> = told.cloned().collect();
        assert_eq!(told, texts(&document, "claims_supported").into_iter().collect());
    }

    /// Core section 3.1.2.1: `acr_values` that can be satisfied end up in `acr`.
    async fn every_advertised_acr_is_reached(app) {
        app.enrol(FRANK).await;
        for acr in texts(&document(&app).await, "acr_values_supported") {
            let client = app.relying_party().with("acr_values", &format!("urn:unheard:of {acr}"));
            let tokens = franks_tokens(&app, &client).await;
            assert_eq!(client.verify(tokens.text("id_token")).await.0["acr"], acr.as_str());
        }
    }

    /// Core section 3.1.2.1, `display` and `ui_locales`.
    async fn every_advertised_display_and_locale_is_shown(app) {
        let document = document(&app).await;
        for display in texts(&document, "display_values_supported") {
            for locale in texts(&document, "ui_locales_supported") {
                let client = app.relying_party().with("display", &display).with("ui_locales", &locale);
                let page = client.authorize(&mut app.browser()).await;
                assert_eq!(page.heading(), "Log In");
                assert_eq!(page.attribute("html", "lang").as_deref(), Some(locale.as_str()));
            }
        }
    }

    /// RFC 7636 section 4.3; `plain` is not on the list.
    async fn the_advertised_code_challenge_method_is_the_only_one(app) {
        app.enrol(FRANK).await;
        let document = document(&app).await;
        let mut browser = franks_browser(&app).await;
        for method in texts(&document, "code_challenge_methods_supported") {
            let client = app.relying_party().with("code_challenge_method", &method);
            assert_eq!(client.redeem(&code(&client, &mut browser).await).await.status, 200);
        }
        let plain = app.relying_party().with("code_challenge_method", "plain");
        let plain = plain.with("code_challenge", VERIFIER);
        assert_eq!(authorization_error(&plain.authorize(&mut browser).await), "invalid_request");
    }

    /// What the document says yes or no to.
    async fn every_yes_is_a_yes_and_every_no_a_no(app) {
        app.enrol(FRANK).await;
        let uri = "https://maple.example/backchannel-logout".parse().unwrap();
        register(&app, |client| {
            client.backchannel_logout = Some(BackchannelLogout { uri, session_required: true });
        })
        .await;
        let document = document(&app).await;
        let said: Vec<(&str, bool)> = document
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_bool()?)))
            .collect();
        let mut browser = franks_browser(&app).await;
        for (name, said) in said {
            let is_so = match name {
                "claims_parameter_supported" => {
                    let client = app.relying_party().with("claims", r#"{"id_token": {"email": null}}"#);
                    let tokens = client.redeem(&code(&client, &mut browser).await).await;
                    client.verify(tokens.text("id_token")).await.0.contains_key("email")
                }
                "request_parameter_supported" => {
                    let keys = private_key_jwt::inline(&[Pair::es256().public.clone()]);
                    app.change_client(PORTAL, |client| client.keys = Some(keys)).await;
                    let object = request_object::object(&app, &json!({}));
                    let query = request_object::query(&object, &[]);
                    browser.get(&format!("/authorize?{query}")).await.sent("code").is_some()
                }
                "require_signed_request_object" | "require_pushed_authorization_requests" => {
                    let page = app.relying_party().authorize(&mut browser).await;
                    page.sent("code").is_none()
                }
                "request_uri_parameter_supported" => {
                    let client = app.relying_party().with("request_uri", "https://maple.example/request");
                    let page = client.authorize(&mut browser).await;
                    page.sent("error").as_deref() != Some("request_uri_not_supported")
                }
                "authorization_response_iss_parameter_supported" => {
                    let page = app.relying_party().authorize(&mut browser).await;
                    page.sent("iss").as_deref() == Some(ISSUER)
                }
                "backchannel_logout_supported" | "backchannel_logout_session_supported" => {
                    let mut other = app.browser();
                    let client = app.relying_party();
                    let tokens = client.tokens(&mut other, FRANK, PASSWORD).await;
                    other.get(&format!("/logout?id_token_hint={}", tokens.text("id_token"))).await;
                    app.send_logouts().await;
                    let told = app.outbound.take_posts();
                    let (claims, _) = client.verify(told[0].field("logout_token").unwrap()).await;
                    claims["sid"] == client.verify(tokens.text("id_token")).await.0["sid"]
                }
                other => panic!("{other} is advertised and not tested"),
            };
            assert_eq!(is_so, said, "{name}");
        }
    }
}
