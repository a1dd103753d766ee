//! The device authorization request and its answer: RFC 8628 sections 3.1 and 3.2; rules section 6.

use std::collections::BTreeSet;

use idp_domain::Digest;
use idp_domain::client::{AuthMethod, ClientId, ClientSecret, Resource};
use idp_domain::company::CompanyState;
use idp_domain::id::CompanyId;
use idp_domain::text::Line;

use super::{PENDING, browser_of, prepare};
use crate::oidc::{FRANK, MINUTE, names};
use crate::support::app::{ISSUER, SECRET, TestApp};
use crate::support::desktop::{DESKTOP, DEVICE_GRANT, Desktop, desktop};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const UNFIT: (u16, &str) = (400, "invalid_request");

/// What the stored requests hold, as whoever steals the database reads it.
async fn stored(app: &TestApp, column: &str, like: &str) -> i64 {
    app.count(&format!("SELECT COUNT(*) FROM device_grants WHERE {column} LIKE '%{like}%'")).await
}

on_each_database! {
    /// RFC 8628 section 3.2; rules section 6: eight letters nobody mistakes, ten minutes, five seconds.
    async fn the_answer_is_that_of_the_specification(app) {
        prepare(&app).await;
        let asked = Desktop::new(&app).request().await;
        assert_eq!(asked.status, 200, "{asked:?}");
        assert_eq!(asked.headers["cache-control"], "no-store");
        assert_eq!(asked.headers["content-type"], "application/json");
        assert_eq!(
            names(asked.json.as_object().unwrap()),
            [
                "device_code",
                "expires_in",
                "interval",
                "user_code",
                "verification_uri",
                "verification_uri_complete"
            ]
        );
        assert_eq!((&asked.json["expires_in"], &asked.json["interval"]), (&600.into(), &5.into()));
        let user_code = asked.text("user_code");
        let (first, last) = user_code.split_once('-').expect("two groups");
        for group in [first, last] {
            assert!(group.len() == 4 && group.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c)), "{group}");
        }
        assert_eq!(asked.text("verification_uri"), format!("{ISSUER}/device"));
        assert_eq!(asked.text("verification_uri_complete"), format!("{ISSUER}/device?user_code={user_code}"));
        let (_, secret) = asked.text("device_code").split_once('.').expect("an id and a secret");
        assert!(secret.len() >= 43, "256 bits: {secret}");
    }

    /// Rules section 6: neither code is stored; every request has two of its own.
    async fn no_two_requests_share_a_code_and_none_is_stored(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let mut seen = BTreeSet::new();
        for _ in 0..20 {
            let codes = desktop.ask().await;
            assert!(seen.insert(codes.user_code.clone()) && seen.insert(codes.device_code.clone()));
            for secret in [codes.user_code.as_str(), codes.device_code.split_once('.').unwrap().1] {
                assert_eq!(stored(&app, "asked", secret).await, 0);
            }
        }
        let plain = Digest::of(seen.first().unwrap().as_bytes());
        let mut tx = app.env.store.read().await.unwrap();
        let found = tx.device_grants().find_by_user_code(&[plain]).await.unwrap();
        assert!(found.is_none(), "34 bits are too few for a plain hash");
    }

    /// Rules section 6: who has no device grant gets no code, and cannot fetch anything either.
    async fn only_a_client_with_the_device_grant_gets_a_code(app) {
        prepare(&app).await;
        let codes = Desktop::new(&app).ask().await;
        let portal = app.relying_party();
        let basic = portal.basic();
        let asked = portal.post("/device_authorization", &[("scope", "openid")], Some(&basic)).await;
        assert_eq!(asked.error(), (400, "unauthorized_client"));
        let polled = [("grant_type", DEVICE_GRANT), ("device_code", codes.device_code.as_str())];
        assert_eq!(portal.token(&polled).await.error(), (400, "unauthorized_client"));
        for nobody in ["unheard.of", ""] {
            let asked = Desktop::new(&app).with("client_id", nobody).request().await;
            assert_eq!(asked.error(), (401, "invalid_client"), "{nobody}");
        }
        app.change_client(DESKTOP, |client| client.enabled = false).await;
        assert_eq!(Desktop::new(&app).request().await.error(), (401, "invalid_client"));
    }

    /// RFC 8628 section 3.1: a confidential client proves who it is here as it does for its tokens.
    async fn a_client_with_a_secret_must_present_it(app) {
        prepare(&app).await;
        app.change_client(DESKTOP, |client| {
            client.auth_method = AuthMethod::ClientSecretBasic;
            client.secrets = vec![ClientSecret { digest: Digest::of(SECRET.as_bytes()), expires_at: None }];
            client.demands.require_device_pkce = false;
        })
        .await;
        assert_eq!(Desktop::new(&app).request().await.error(), (401, "invalid_client"));
        let client = RelyingParty::new(&app, DESKTOP, "");
        let basic = client.basic();
        let asked = client.post("/device_authorization", &[("scope", "openid")], Some(&basic)).await;
        assert_eq!(asked.status, 200, "{asked:?}");
        let device_code = asked.text("device_code");
        let polled = client.token(&[("grant_type", DEVICE_GRANT), ("device_code", device_code)]).await;
        assert_eq!(polled.error(), PENDING);
    }

    /// `company.md` section 3, "Device flow": "Answer is 200 for any well-formed code"; attack 24: the request tells nobody
    /// which agencies there are.
    async fn an_unknown_or_suspended_agency_gets_the_same_answer_as_a_known_one(app) {
        prepare(&app).await;
        let at = app.env.now();
        app.change_company(&app.birch, |company| company.state = CompanyState::Suspended { at }).await;
        let unknown = CompanyId::new(at, app.env.entropy()).to_string();
        let mut answers = Vec::new();
        for company in ["99999", "22222", "ZZZ99", unknown.as_str(), "no code at all!"] {
            for name in ["company", "tenant"] {
                let asked = Desktop::new(&app).with(name, company).request().await;
                assert_eq!(asked.status, 200, "{company}: {asked:?}");
                let mut shape = asked.json.clone();
                for code in ["device_code", "user_code", "verification_uri_complete"] {
                    shape[code] = asked.text(code).len().into();
                }
                let mut headers: Vec<_> = asked.headers.keys().map(ToString::to_string).collect();
                headers.sort();
                answers.push((shape, headers));
            }
        }
        assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
    }

    /// `company.md` section 3, "Names": the aliases are one parameter, and a client of one agency serves no other.
    async fn names_of_agencies_that_disagree_are_refused(app) {
        prepare(&app).await;
        let ask = |company: &str, tenant: &str, acr_values: &str| {
            let desktop = Desktop::new(&app).with("company", company).with("tenant", tenant);
            desktop.with("acr_values", acr_values)
        };
        let id = app.maple.id.to_string();
        assert_eq!(ask("99999", "99 999", "urn:x tenant:99999").request().await.status, 200);
        assert_eq!(ask("99999", "22222", "").request().await.error(), UNFIT);
        assert_eq!(ask("99999", "", "tenant:22222").request().await.error(), UNFIT);
        let unrelated = format!("urn:{}", "x".repeat(2000));
        assert_eq!(ask("", "", &unrelated).request().await.status, 200, "`protocol.md`: never an error");
        app.change_client(DESKTOP, |client| client.company = Some(app.maple.id)).await;
        for own in ["", "99999", &id] {
            assert_eq!(ask(own, "", "").request().await.status, 200, "{own}");
        }
        let known = ask("22222", "", "").request().await;
        let unknown = ask("ZZZ99", "", "").request().await;
        assert_eq!((known.error(), &known.body), (UNFIT, &unknown.body));
    }

    /// BCP 247: what the approval page shows comes from a stranger. It is one line, and says nothing that is not seen.
    async fn what_cannot_be_shown_or_is_too_long_is_refused(app) {
        prepare(&app).await;
        let long = "x".repeat(101);
        let heap = format!("PC{}", "\u{300}".repeat(80));
        let names = ["FRONT\u{7}DESK", "two\nlines", "evil\u{202e}ksed", "hid\u{200b}den", &heap, long.as_str(), "   "];
        for name in names {
            let asked = Desktop::new(&app).with("device_name", name).request().await;
            assert_eq!(asked.error(), UNFIT, "{name:?}");
        }
        for name in ["Пётр’s PC", "FRONT-DESK-2", ""] {
            assert_eq!(Desktop::new(&app).with("device_name", name).request().await.status, 200, "{name}");
        }
        let long = format!("{}@example.com", "x".repeat(320));
        for hint in [long.as_str(), "frank\u{0}@example.com", "frank\r\n@example.com", "evil\u{202e}moc@example.com"] {
            let asked = Desktop::new(&app).with("login_hint", hint).request().await;
            assert_eq!(asked.error(), UNFIT, "{hint:?}");
            let asked = Desktop::new(&app).with("company", hint).request().await;
            assert_eq!(asked.error(), UNFIT, "{hint:?}");
        }
        assert_eq!(stored(&app, "asked", "evil").await, 0);
    }

    /// Rules section 6: "if `login_hint` was sent, be that user". What can be nobody's user name is told at once, where it was
    /// typed; whether somebody has it, never.
    async fn a_user_name_that_nobody_can_have_is_refused_at_once(app) {
        prepare(&app).await;
        for hint in ["frank", "frank@", "not an address", "frank.jones@example,com", "a@b@example.com"] {
            let asked = Desktop::new(&app).with("login_hint", hint).request().await;
            assert_eq!(asked.error(), UNFIT, "{hint}");
        }
        for hint in ["nobody@example.com", FRANK, " Frank.Jones@EXAMPLE.com ", ""] {
            let asked = Desktop::new(&app).with("login_hint", hint).request().await;
            assert_eq!(asked.status, 200, "an unknown user is never an error: {hint}");
        }
    }

    /// A field that holds nothing but a space or a hyphen was left blank, and no unknown agency: the person is asked.
    async fn a_blank_agency_is_none(app) {
        prepare(&app).await;
        let browser = browser_of(&app, FRANK).await;
        for (name, blank) in [("company", " "), ("company", "-"), ("tenant", " - "), ("acr_values", "tenant:")] {
            let desktop = Desktop::new(&app).with(name, blank);
            let tokens = desktop.let_in(&browser).await;
            assert_eq!(desktop.refresh(&tokens).await.status, 200);
        }
        assert_eq!(Desktop::new(&app).with("company", "99999").with("tenant", " ").request().await.status, 200);
        assert_eq!(stored(&app, "asked", "\"company\":null").await, 4);
    }

    /// RFC 6749 section 3.2: nothing is sent twice; an unknown parameter is ignored.
    async fn a_repeated_parameter_is_refused_and_an_unknown_one_ignored(app) {
        prepare(&app).await;
        for name in ["scope", "company", "login_hint", "code_challenge", "client_id"] {
            let asked = Desktop::new(&app).with(name, "openid").with(name, "openid").request().await;
            assert_eq!(asked.error(), UNFIT, "{name}");
        }
        assert_eq!(Desktop::new(&app).with("unheard_of", "x").request().await.status, 200);
    }

    /// Rules section 6: "no administrative scopes via device grant", and nothing that stays for weeks.
    async fn a_computer_asks_for_people_and_for_nothing_to_administer_with(app) {
        prepare(&app).await;
        for scope in ["", "email", "members:read", "members:read members:write", "unheard:of"] {
            let asked = Desktop::new(&app).with("scope", scope).request().await;
            assert_eq!(asked.error(), (400, "invalid_scope"), "{scope}");
        }
        let everything = "openid email phone offline_access company members:read members:write operator";
        assert_eq!(Desktop::new(&app).with("scope", everything).request().await.status, 200);
        for refused in ["offline_access", "members", "operator", "phone"] {
            assert_eq!(stored(&app, "asked", refused).await, 0, "{refused}");
        }
        let api = format!("{ISSUER}/admin/v1");
        app.change_client(DESKTOP, |client| {
            client.resources = [api.as_str(), "https://api.example/"].map(|it| Resource::parse(it).unwrap()).into();
        })
        .await;
        for resource in [api.as_str(), "https://other.example/", "no address"] {
            let asked = Desktop::new(&app).with("resource", resource).request().await;
            assert_eq!(asked.error(), (400, "invalid_target"), "{resource}");
        }
        assert_eq!(Desktop::new(&app).with("resource", "https://api.example/").request().await.status, 200);
    }

    /// RFC 8628 section 5.1 has no limit for requests; a table that anybody fills has one, a network and minute.
    async fn a_network_asks_for_so_many_codes_in_a_minute(app) {
        let app = app.restarted_under(|policy| policy.device_requests_per_minute = 3).await;
        prepare(&app).await;
        let (desktop, mut neighbour, mut stranger) =
            (Desktop::new(&app), Desktop::new(&app), Desktop::new(&app));
        neighbour.address = [192, 0, 2, 99];
        stranger.address = [198, 51, 100, 7];
        for _ in 0..3 {
            desktop.ask().await;
        }
        assert_eq!(neighbour.request().await.error(), (429, "temporarily_unavailable"), "the same network");
        stranger.ask().await;
        app.advance(MINUTE);
        neighbour.ask().await;
    }

    /// Public clients have no secret, so anybody may ask in their name: it is the person who decides (RFC 8628 section 5.4).
    async fn another_program_of_the_same_operator_has_codes_of_its_own(app) {
        prepare(&app).await;
        let mut other = desktop();
        other.id = ClientId::parse("desktop.other").unwrap();
        other.name = Line::parse("Other Desktop").unwrap();
        app.put_client(&other).await;
        let codes = Desktop::new(&app).with("client_id", "desktop.other").ask().await;
        let mut others = Desktop::new(&app);
        others.client_id = "desktop.other".to_owned();
        assert_eq!(others.poll(&codes).await.error(), PENDING);
    }
}
