//! Attack 90 (CVE-2024-49755), at every operation of the provisioning API: a token that is bound to a key is nobody's but the
//! key's (RFC 9449 sections 7.1 and 7.2).

use axum::body::Body;
use axum::http::{Request, header};
use idp_domain::member::Authority;

use super::callers::{ADMINISTRATOR, operator_token};
use super::routes::{Route, routes};
use super::{Place, Scene, problem, unhurried};
use crate::support::app::TestApp;
use crate::support::described::DESCRIBED;
use crate::support::dpop::DpopKey;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, answer};

/// A call with these headers and a good body.
async fn knock(app: &TestApp, route: &Route, path: &str, headers: &[(&str, &str)], number: usize) -> Answer {
    let method = route.verb();
    let mut request = Request::builder().method(&method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match (route.picture(number), route.body) {
        (Some(picture), _) => {
            request = request.header(header::CONTENT_TYPE, "image/png");
            Body::from(picture)
        }
        (None, Some(body)) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body(number).to_string())
        }
        (None, None) => Body::empty(),
    };
    let answer = answer(app.send(request.body(body).expect("a request")).await).await;
    DESCRIBED.judge(&method, path, &answer);
    answer
}

on_each_database! {
    async fn every_operation_takes_a_bound_token_from_its_key_only(app) {
        let app = unhurried(app).await;
        app.employ(ADMINISTRATOR, &[(&app.maple, Authority::Administrator)]).await;
        let mut scene = Scene::set(&app).await;
        let (key, thief) = (DpopKey::new(), DpopKey::new());
        let unbound = operator_token(&app, None).await;
        let token = key.bind(&app, &unbound);
        let (bearer, dpop) = (format!("Bearer {token}"), format!("DPoP {token}"));
        let unbound_dpop = format!("DPoP {unbound}");
        for route in routes() {
            let path = scene.path(&route, Place::Maple).await;
            let address = path.split('?').next().expect("a path").to_owned();
            let method = route.verb();
            let other_method = if route.method == "get" { "POST" } else { "GET" };
            let good = || key.proof(&app, method.as_str(), &address).of(&token).sign();
            let wrong = [
                (&bearer, None, "token-invalid", "by itself"),
                (&bearer, Some(good()), "token-invalid", "as if it were bound to nothing"),
                (&dpop, None, "proof-invalid", "without a proof"),
                (
                    &dpop,
                    Some(thief.proof(&app, method.as_str(), &address).of(&token).sign()),
                    "token-invalid",
                    "with the thief's own proof",
                ),
                (
                    &dpop,
                    Some(key.proof(&app, other_method, &address).of(&token).sign()),
                    "proof-invalid",
                    "with a proof for another method",
                ),
                (
                    &dpop,
                    Some(key.proof(&app, method.as_str(), "/admin/v1/companies/77777").of(&token).sign()),
                    "proof-invalid",
                    "with a proof for another address",
                ),
                (
                    &dpop,
                    Some(key.proof(&app, method.as_str(), &address).sign()),
                    "proof-invalid",
                    "with a proof for no token",
                ),
                (
                    &unbound_dpop,
                    Some(key.proof(&app, method.as_str(), &address).of(&unbound).sign()),
                    "token-invalid",
                    "a token bound to nothing, with a proof",
                ),
            ];
            let before = scene.trace().await;
            for (authorization, proof, kind, why) in &wrong {
                let mut headers = vec![("authorization", authorization.as_str())];
                headers.extend(proof.as_ref().map(|proof| ("dpop", proof.as_str())));
                let refused = knock(&app, &route, &path, &headers, 0).await;
                assert_eq!(problem(&refused), (401, *kind), "{} {why}", route.name());
                let algs = "algs=\"ES256 PS256 Ed25519 EdDSA\"";
                let mut challenges = refused.headers.get_all("www-authenticate").iter();
                assert!(challenges.any(|told| told.to_str().expect("ASCII").contains(algs)), "{refused:?}");
            }
            assert_eq!(scene.trace().await, before, "{}", route.name());
            let proof = good();
            let headers = [("authorization", dpop.as_str()), ("dpop", proof.as_str())];
            let done = knock(&app, &route, &path, &headers, scene.made).await;
            assert!(done.status < 300, "{}: {done:?}", route.name());
            let again = knock(&app, &route, &path, &headers, scene.made).await;
            assert_eq!(problem(&again), (401, "proof-invalid"), "{}: a proof that was used", route.name());
        }
    }
}
