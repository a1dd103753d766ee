//! Who may do what to which company (`company.md` section 4; attacks 4, 49, 61, 82-86): every door, every wrong key.

use axum::body::Body;
use axum::http::{Method, Request};
use idp_domain::scope::Scopes;

use super::{FRANK, problem};
use crate::support::admin::{Admin, caregiver_body};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty, answer};

/// Method and what follows `/members`, of each operation there is.
fn operations(member: &str) -> [(Method, String, bool); 3] {
    [
        (Method::GET, String::new(), false),
        (Method::POST, String::new(), true),
        (Method::GET, format!("/{member}"), false),
    ]
}

async fn try_all(admin: &Admin<'_>, member: &str, token: &str) -> Vec<Answer> {
    let mut answers = vec![];
    for (method, suffix, has_body) in operations(member) {
        let body = has_body.then(|| caregiver_body("intruder@example.com").to_string());
        answers.push(admin.send(method, &suffix, body, &[("authorization", token)]).await);
    }
    answers
}

async fn member_of(admin: &Admin<'_>) -> String {
    admin.create(FRANK).await["member_id"].as_str().expect("an id").to_owned()
}

async fn nothing_came_of_it(app: &TestApp) {
    assert!(app.find_account("intruder@example.com").await.is_none());
}

on_each_database! {
    /// Attack 83 (CVE-2025-4210): no token, garbage, another scheme, a doctored or expired token: 401 with a challenge.
    async fn what_is_no_valid_token_is_401(app) {
        let admin = app.admin();
        let member = member_of(&admin).await;
        let token = admin.token().await;
        let (head, rest) = token.split_once('.').unwrap();
        let (claims, signature) = rest.split_once('.').unwrap();
        let cases = [
            ("Basic b2ZmaWNlLjk5OTk5OnNlY3JldA==".to_owned(), "token-missing"),
            (token.clone(), "token-missing"),
            ("Bearer ".to_owned(), ""),
            ("Bearer garbage".to_owned(), "token-invalid"),
            (format!("Bearer {head}.{claims}."), "token-invalid"),
            (format!("Bearer {head}.{claims}"), "token-invalid"),
            (format!("Bearer eyJhbGciOiJub25lIn0.{claims}."), "token-invalid"),
            (
                format!("Bearer {head}.{claims}.{}", signature.chars().rev().collect::<String>()),
                "token-invalid",
            ),
            (format!("Bearer {token} {token}"), "token-invalid"),
            (format!("Bearer {}", "x".repeat(10_000)), "token-invalid"),
        ];
        for (header, kind) in cases {
            for answer in try_all(&admin, &member, &header).await {
                let (status, told) = problem(&answer);
                assert_eq!(status, 401, "{header:.60}");
                assert!(kind.is_empty() || told == kind, "{header:.60}: {told}");
                assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
                assert!(!answer.json.to_string().contains(FRANK));
            }
        }
        let bare = Request::get("/admin/v1/companies/99999/members").body(Body::empty()).unwrap();
        assert_eq!(problem(&answer(app.send(bare).await).await), (401, "token-missing"));
        app.advance(app.env.policy.admin_access_token_life);
        for answer in try_all(&admin, &member, &format!("Bearer {token}")).await {
            assert_eq!(problem(&answer), (401, "token-invalid"), "expired to the second");
        }
        nothing_came_of_it(&app).await;
    }

    /// Attack 61: a person's access token, ID token or refresh token opens nothing here.
    async fn a_persons_tokens_are_no_provisioning_tokens(app) {
        app.enrol(FRANK).await;
        let tokens = app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let admin = app.admin();
        for kind in ["access_token", "id_token", "refresh_token"] {
            let Some(token) = tokens.json[kind].as_str() else { continue };
            for answer in try_all(&admin, "mbr_0", &format!("Bearer {token}")).await {
                assert_eq!(problem(&answer), (401, "token-invalid"), "{kind}");
            }
        }
        let theirs = admin.token().await;
        let userinfo = app.relying_party().userinfo(&theirs).await;
        assert_eq!(userinfo.status, 401, "and the other way round: {userinfo:?}");
        nothing_came_of_it(&app).await;
    }

    /// Attacks 4, 82, 84 (CVE-2025-61524, CVE-2025-27507): a foreign company is as absent as one that does not exist.
    async fn another_company_looks_like_none_at_all(app) {
        let member = member_of(&app.admin()).await;
        let mut own = app.other_admin();
        let token = format!("Bearer {}", own.token().await);
        let mut answers = vec![];
        let maple = app.maple.id.to_string();
        let unknown = format!("cmp_{}", "0".repeat(32));
        for company in
            ["99999", &maple, "77777", &unknown, "x", "%20", "..%2F22222", "9".repeat(300).as_str()]
        {
            own.company = company.to_owned();
            for answer in try_all(&own, &member, &token).await {
                assert_eq!(problem(&answer), (404, "not-found"), "{company}");
                answers.push(answer.json);
            }
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "the same answer for every one of them");
        own.company = "22222".to_owned();
        for id in [member.as_str(), "mbr_00000000000000000000000000000000", "mbr_x", "1"] {
            let answer = own.get(&format!("/{id}")).await;
            assert_eq!((problem(&answer), &answer.json), ((404, "not-found"), &answers[0]), "{id}");
        }
        assert_eq!(own.get("").await.json["members"], serde_json::json!([]));
        nothing_came_of_it(&app).await;
    }

    /// R58: a company is named by its code as people type it, or by its id.
    async fn ones_own_company_is_named_by_code_or_by_id(app) {
        let mut admin = app.admin();
        let member = member_of(&admin).await;
        for company in [app.maple.id.to_string(), "9%209999".to_owned(), "99-999".to_owned()] {
            admin.company = company;
            assert_eq!(admin.get(&format!("/{member}")).await.status, 200, "{}", admin.company);
        }
    }

    /// A token for reading does not write, and one for writing does not read.
    async fn each_operation_asks_for_its_own_scope(app) {
        let admin = app.admin();
        let member = member_of(&admin).await;
        let client = RelyingParty::new(&app, "office.99999", "");
        for (scope, allowed) in [("members:read", [200, 403, 200]), ("members:write", [403, 201, 403])] {
            let tokens = client.token(&[("grant_type", "client_credentials"), ("scope", scope)]).await;
            let token = format!("Bearer {}", tokens.text("access_token"));
            for (answer, expected) in try_all(&admin, &member, &token).await.iter().zip(allowed) {
                assert_eq!(answer.status, expected, "{scope}: {answer:?}");
                if expected == 403 {
                    assert_eq!(problem(answer), (403, "scope-missing"));
                    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
                    assert!(challenge.contains("insufficient_scope"), "{challenge}");
                }
            }
        }
    }

    /// Attack 49 (CVE-2025-64521): a client switched off, or with a scope taken away, is so at once.
    async fn a_disabled_clients_token_is_worth_nothing(app) {
        let admin = app.admin();
        let member = member_of(&admin).await;
        let token = format!("Bearer {}", admin.token().await);
        app.change_client("office.99999", |it| it.scopes = Scopes::parse("members:read")).await;
        let statuses: Vec<u16> = try_all(&admin, &member, &token).await.iter().map(|it| it.status).collect();
        assert_eq!(statuses, [200, 403, 200], "the scope was taken away after the token was issued");
        app.change_client("office.99999", |it| it.enabled = false).await;
        for answer in try_all(&admin, &member, &token).await {
            assert_eq!(problem(&answer), (401, "token-invalid"));
        }
        let client = RelyingParty::new(&app, "office.99999", "");
        let refused = client.token(&[("grant_type", "client_credentials")]).await;
        assert_eq!(refused.error(), (401, "invalid_client"));
        nothing_came_of_it(&app).await;
    }

    /// Attack 82: a client that is bound to no company, and one moved to another, act for no company they name.
    async fn a_client_acts_for_its_own_company_only(app) {
        let admin = app.admin();
        let member = member_of(&admin).await;
        let token = format!("Bearer {}", admin.token().await);
        app.change_client("office.99999", |it| it.company = None).await;
        for answer in try_all(&admin, &member, &token).await {
            assert_eq!(problem(&answer), (404, "not-found"));
        }
        let birch = app.birch.id;
        app.change_client("office.99999", |it| it.company = Some(birch)).await;
        for answer in try_all(&admin, &member, &token).await {
            assert_eq!(problem(&answer), (404, "not-found"), "the token is judged by what the client is now");
        }
        nothing_came_of_it(&app).await;
    }

    /// A portal's own credentials get no provisioning token.
    async fn a_portal_gets_no_provisioning_token(app) {
        let portal = app.relying_party();
        let refused = portal.token(&[("grant_type", "client_credentials"), ("scope", "members:write")]).await;
        assert_eq!(refused.error(), (400, "unauthorized_client"), "{refused:?}");
    }

    /// Attack 86: verbs that do not exist are refused, and reach nothing.
    async fn other_verbs_do_not_exist(app) {
        let admin = app.admin();
        let member = format!("/{}", member_of(&admin).await);
        for (method, suffix) in [
            (Method::DELETE, ""),
            (Method::PUT, ""),
            (Method::PATCH, ""),
            (Method::PUT, member.as_str()),
        ] {
            let refused = admin.send(method.clone(), suffix, Some("{}".to_owned()), &[]).await;
            assert_eq!(problem(&refused), (405, "method-not-allowed"), "{method} {suffix}");
            assert!(refused.headers.contains_key("allow"));
        }
        assert_eq!(admin.get(&member).await.status, 200);
    }
}
