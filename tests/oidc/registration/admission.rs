//! Who may register (RFC 7591 section 3), and how often.

use axum::body::Body;
use axum::http::{Method, Request};
use idp_domain::company::CompanyState;
use idp_domain::scope::Scope;
use idp_service::authority::Caller;
use idp_service::registration as service;
use serde_json::{Value, json};

use super::{DAY, by_invitation, invite, open, register, registered, send, swap};
use crate::oidc::{MINUTE, change_maple, get};
use crate::support::on_each_database;
use crate::support::relying_party::answer;

const DISCOVERY: &str = "/.well-known/openid-configuration";

on_each_database! {
    /// Off unless the operator wants it: then there is nothing at its addresses, and discovery does not speak of it.
    async fn registration_is_off_by_default(app) {
        let made = register(&app, None, &swap()).await;
        assert_eq!((made.status, made.headers.get("location")), (404, None));
        assert_eq!(send(&app, (Method::GET, "/register/portal.99999"), Some("x"), None).await.status, 404);
        assert_eq!(get(&app, DISCOVERY, &[]).await.json["registration_endpoint"], Value::Null);
        let app = open(app).await;
        assert_eq!(get(&app, DISCOVERY, &[]).await.json["registration_endpoint"], "https://id.example/register");
    }

    /// RFC 7591 section 3.1, RFC 6750 section 3: an initial access token is needed, and must be one.
    async fn without_an_initial_access_token_nothing_is_registered(app) {
        let app = by_invitation(app).await;
        let token = invite(&app, None, 1).await;
        let refused = register(&app, None, &swap()).await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.headers["www-authenticate"], "Bearer realm=\"registration\"");
        let altered = format!("{}A", &token[..token.len() - 1]);
        for wrong in ["x", "iat_1.x", altered.as_str(), &token[5..]] {
            let refused = register(&app, Some(wrong), &swap()).await;
            assert_eq!(refused.error(), (401, "invalid_token"), "{wrong}");
            assert!(refused.headers["www-authenticate"].to_str().unwrap().contains("error=\"invalid_token\""));
        }
        assert_eq!(register(&app, Some(&token), &swap()).await.status, 201);
        assert_eq!(app.count("SELECT COUNT(*) FROM registrations").await, 1);
    }

    /// RFC 6750 section 3.1: more than one way of presenting a token is an invalid request, here as at every resource.
    async fn two_authorization_headers_are_refused(app) {
        let app = by_invitation(app).await;
        let good = format!("Bearer {}", invite(&app, None, 1).await);
        for (method, path) in [(Method::POST, "/register"), (Method::GET, "/register/portal.99999")] {
            let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
            let request = request.header("authorization", &good).header("authorization", "Bearer x");
            let refused = answer(app.send(request.body(Body::from(swap().to_string())).unwrap()).await).await;
            assert_eq!(refused.error(), (400, "invalid_request"), "{path}");
            let challenge = refused.headers["www-authenticate"].to_str().unwrap();
            assert!(challenge.contains("error=\"invalid_request\""), "{challenge}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM registrations").await, 0);
    }

    /// A token registers as many clients as it may, in its time, until it is revoked; bad metadata costs none of it.
    async fn an_initial_access_token_is_good_as_often_as_it_says(app) {
        let app = by_invitation(app).await;
        let token = invite(&app, None, 2).await;
        let bad = register(&app, Some(&token), &json!({"redirect_uris": ["http://shifts.example/"]})).await;
        assert_eq!(bad.error(), (400, "invalid_redirect_uri"));
        for status in [201, 201, 401] {
            assert_eq!(register(&app, Some(&token), &swap()).await.status, status);
        }
        let late = invite(&app, None, 1).await;
        let revoked = invite(&app, None, 1).await;
        let operator = Caller::of_commands().operator(&app.env, Scope::CompaniesWrite).unwrap();
        let id = revoked.split('.').next().unwrap().parse().unwrap();
        assert!(service::revoke_invite(&app.env, &operator, id).await.unwrap());
        assert!(!service::revoke_invite(&app.env, &operator, id).await.unwrap());
        assert_eq!(register(&app, Some(&revoked), &swap()).await.error(), (401, "invalid_token"));
        app.advance(7 * DAY);
        assert_eq!(register(&app, Some(&late), &swap()).await.error(), (401, "invalid_token"));
    }

    /// Twenty at once with a token for one: one wins.
    async fn of_many_at_once_a_token_for_one_registers_one(app) {
        let app = by_invitation(app).await;
        let token = invite(&app, None, 1).await;
        let metadata = swap();
        let all = (0..20).map(|_| register(&app, Some(&token), &metadata));
        let made = futures::future::join_all(all).await;
        assert_eq!(made.iter().filter(|made| made.status == 201).count(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM registrations").await, 1);
    }

    /// Where anybody may register, a token that is sent must be good all the same: it says whose the client becomes.
    async fn a_client_belongs_to_the_agency_of_its_token(app) {
        let app = open(app).await;
        let token = invite(&app, Some(app.maple.id), 2).await;
        let made = register(&app, Some(&token), &swap()).await;
        let of_company = format!("SELECT COUNT(*) FROM clients WHERE id = '{}' AND company IS NOT NULL", made.text("client_id"));
        assert_eq!(app.count(&of_company).await, 1);
        let nobodys = registered(&app, &swap()).await;
        let of_nobody = format!("SELECT COUNT(*) FROM clients WHERE id = '{}' AND company IS NULL", nobodys.text("client_id"));
        assert_eq!(app.count(&of_nobody).await, 1);
        assert_eq!(register(&app, Some("x"), &swap()).await.error(), (401, "invalid_token"));
        let at = app.env.now();
        change_maple(&app, |company| company.state = CompanyState::Suspended { at }).await;
        assert_eq!(register(&app, Some(&token), &swap()).await.error(), (401, "invalid_token"));
    }

    /// Whoever fills the tables up fills them slowly: a limit for each network and each token.
    async fn a_network_registers_so_many_clients_a_minute(app) {
        let app = app.restarted_under(|policy| {
            policy.registration.admits = service::Admits::Anybody;
            policy.registration.requests_per_minute = 2;
        }).await;
        let app = &app;
        let from = |address: &'static str| {
            let request = Request::post("/register")
                .header("content-type", "application/json")
                .header("x-forwarded-for", address)
                .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 1))))
                .body(Body::from(swap().to_string()))
                .unwrap();
            async move { answer(app.send(request).await).await }
        };
        for status in [201, 201, 429] {
            assert_eq!(from("203.0.113.7").await.status, status);
        }
        let refused = from("203.0.113.99").await;
        assert_eq!(refused.error(), (429, "temporarily_unavailable"), "the same network");
        let wait = refused.headers["retry-after"].to_str().unwrap().to_owned();
        let told = format!("too many requests in a minute from this network or with this token; wait {wait} s");
        assert_eq!(refused.text("error_description"), told);
        assert_eq!(from("198.51.100.1").await.status, 201);
        app.advance(MINUTE);
        assert_eq!(from("203.0.113.7").await.status, 201);
    }
}
