//! Above one's own, oneself, and the last who may (R92; attacks 85, 86).

use axum::http::Method;
use idp_domain::member::{Authority, MembershipState, SecurityRole};
use idp_domain::text::Line;
use serde_json::{Value, json};

use super::{id, invited, listed, state_at_maple};
use crate::api::{FRANK, problem};
use crate::support::administrator::call;
use crate::support::app::TestApp;
use crate::support::on_each_database;

const ANN: &str = "ann@example.com";

/// Every action but reading.
const ACTIONS: [&str; 10] = [
    "PATCH",
    "DELETE",
    "resend",
    "revoke-invitation",
    "activate",
    "deactivate",
    "reset-password",
    "revoke-sessions",
    "unlock",
    "propose-email",
];

async fn act(
    app: &TestApp,
    token: &str,
    member: &str,
    action: &str,
) -> crate::support::relying_party::Answer {
    let path = format!("/admin/v1/companies/99999/members/{member}");
    let (method, path, body) = match action {
        "PATCH" => (Method::PATCH, path, Some(json!({"note": "by somebody"}))),
        "DELETE" => (Method::DELETE, path, None),
        "propose-email" => {
            (Method::POST, format!("{path}:{action}"), Some(json!({"email": "new@example.com"})))
        }
        _ => (Method::POST, format!("{path}:{action}"), None),
    };
    call(app, (method, &path), Some(token), body.as_ref()).await
}

on_each_database! {
    /// Attacks 85, 86: somebody above the caller's own is touched by no action, and nobody is raised above it.
    async fn nobody_above_ones_own_is_touched(app) {
        let admin = app.admin();
        let plain = invited(&app, FRANK).await;
        let mut body = crate::support::admin::caregiver_body(ANN);
        body["member_type"] = json!("office_staff");
        body["security_role"] = json!("unrestricted");
        let above = admin.post(&body, &[]).await.json;
        app.change_client("office.99999", |it| it.may_grant = Authority::None).await;
        let token = admin.token().await;
        for action in ACTIONS {
            let refused = act(&app, &token, id(&above), action).await;
            assert_eq!(problem(&refused), (403, "authority-not-allowed"), "{action}");
        }
        assert_eq!(listed(&app, ANN).await, above);
        for raise in [
            json!({"authority": "administrator"}),
            json!({"member_type": "office_staff", "security_role": "unrestricted"}),
        ] {
            assert_eq!(problem(&admin.patch(id(&plain), &raise).await), (403, "authority-not-allowed"), "{raise}");
        }
        assert_eq!(listed(&app, FRANK).await, plain);
        let named = json!({"member_type": "office_staff", "security_role": "Scheduling"});
        assert_eq!(admin.patch(id(&plain), &named).await.status, 200);
    }

    /// Attack 85: an administrator who does not have everything gives less than everything.
    async fn an_administrator_gives_no_more_than_they_have(app) {
        let tools = app.administrator(ANN).await;
        let scheduling = Line::parse("Scheduling").expect("a role");
        app.change_membership(&app.maple, ANN, |it| it.particulars.security_role = SecurityRole::Named(scheduling)).await;
        let plain = invited(&app, FRANK).await;
        let token = tools.token(ANN).await;
        let path = format!("/admin/v1/companies/99999/members/{}", id(&plain));
        let raise = |role: &str| json!({"member_type": "office_staff", "security_role": role, "authority": "administrator"});
        let refused = call(&app, (Method::PATCH, &path), Some(&token), Some(&raise("unrestricted"))).await;
        assert_eq!(problem(&refused), (403, "authority-not-allowed"));
        let equal = call(&app, (Method::PATCH, &path), Some(&token), Some(&raise("Billing"))).await;
        assert_eq!(equal.status, 200, "{equal:?}");
    }

    /// R92: nobody raises, ends, resets or renames themselves; what only describes them they may write.
    async fn nobody_does_it_to_themselves(app) {
        let tools = app.administrator(ANN).await;
        let own = listed(&app, ANN).await;
        let token = tools.token(ANN).await;
        for action in ["revoke-invitation", "activate", "deactivate", "DELETE", "reset-password", "unlock", "propose-email"] {
            let refused = act(&app, &token, id(&own), action).await;
            assert_eq!(problem(&refused), (403, "not-for-yourself"), "{action}");
        }
        let path = format!("/admin/v1/companies/99999/members/{}", id(&own));
        for change in [json!({"authority": "none"}), json!({"security_role": "none"}), json!({"security_role": "Billing"})] {
            let refused = call(&app, (Method::PATCH, &path), Some(&token), Some(&change)).await;
            assert_eq!(problem(&refused), (403, "not-for-yourself"), "{change}");
        }
        let cell = call(&app, (Method::PATCH, &path), Some(&token), Some(&json!({"cell": "+1 555 0100"}))).await;
        assert_eq!((cell.status, &cell.json["cell"]), (200, &json!("+1 555 0100")));
    }

    /// R92: the last who may look after the agency's people is not switched off, removed or demoted; the last but one is.
    async fn an_agency_keeps_an_administrator(app) {
        app.administrator(ANN).await;
        app.administrator(FRANK).await;
        let (ann, frank) = (listed(&app, ANN).await, listed(&app, FRANK).await);
        let admin = app.admin();
        let demoted = admin.patch(id(&frank), &json!({"authority": "none"})).await;
        assert_eq!((demoted.status, &demoted.json["authority"]), (200, &json!("none")));
        for refused in [
            admin.patch(id(&ann), &json!({"authority": "none"})).await,
            admin.act(id(&ann), "deactivate").await,
            admin.remove(id(&ann)).await,
        ] {
            assert_eq!(problem(&refused), (409, "last-administrator"));
        }
        assert!(matches!(state_at_maple(&app, ANN).await, MembershipState::Active { .. }));
        assert_eq!(admin.patch(id(&ann), &json!({"note": "stays"})).await.status, 200);
    }

    /// R92: two who remove each other at the same moment: one of them stays.
    async fn the_last_two_do_not_both_go(app) {
        app.administrator(ANN).await;
        app.administrator(FRANK).await;
        let (ann, frank) = (listed(&app, ANN).await, listed(&app, FRANK).await);
        let admin = app.admin();
        let (one, other) = tokio::join!(admin.act(id(&ann), "deactivate"), admin.act(id(&frank), "deactivate"));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let active = admin.get("?state=active&authority=administrator").await.json;
        assert_eq!(active["members"].as_array().map(Vec::len), Some(1), "{active}");
        assert_eq!(active["next_cursor"], Value::Null);
    }
}
