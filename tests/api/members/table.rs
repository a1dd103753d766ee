//! Every action from every state: what comes of it, and what is refused (`company.md` section 2).

use axum::http::Method;
use idp_domain::account::AccountState;
use idp_domain::member::MembershipState;
use serde_json::{Value, json};

use super::id;
use crate::api::{FRANK, problem};
use crate::support::app::TestApp;
use crate::support::on_each_database;

/// Invited · active · inactive before accepting · inactive after · removed.
const STATES: [&str; 5] = ["invited", "active", "never joined", "inactive", "removed"];

/// The state afterwards, or `-` where the action does not exist.
#[rustfmt::skip]
const TABLE: [(&str, [&str; 5]); 10] = [
    //                     invited     active      never joined  inactive    removed
    ("PATCH",             ["invited",  "active",   "inactive",   "inactive", "-"]),
    ("DELETE",            ["removed",  "removed",  "removed",    "removed",  "-"]),
    ("resend",            ["invited",  "-",        "-",          "-",        "-"]),
    ("revoke-invitation", ["inactive", "-",        "-",          "-",        "-"]),
    ("activate",          ["-",        "-",        "invited",    "active",   "-"]),
    ("deactivate",        ["inactive", "inactive", "-",          "-",        "-"]),
    ("reset-password",    ["-",        "active",   "-",          "-",        "-"]),
    ("revoke-sessions",   ["-",        "active",   "-",          "-",        "-"]),
    ("unlock",            ["-",        "active",   "-",          "-",        "-"]),
    ("propose-email",     ["-",        "active",   "-",          "-",        "-"]),
];

/// A member of Maple in this state.
async fn in_state(app: &TestApp, user_name: &str, state: &str) -> Value {
    let created = app.admin().create(user_name).await;
    let (now, known) = (app.env.now(), app.account(FRANK).await.state);
    let has_joined = matches!(state, "active" | "inactive");
    if has_joined {
        assert!(matches!(known, AccountState::Active { .. }));
        app.change_account(user_name, |it| it.state = known).await;
    }
    app.change_membership(&app.maple, user_name, |it| {
        it.joined_at = has_joined.then_some(now);
        it.state = match state {
            "invited" => MembershipState::Invited,
            "active" => MembershipState::Active { since: now },
            "removed" => MembershipState::Removed { at: now },
            _ => MembershipState::Inactive { since: now },
        };
    })
    .await;
    created
}

on_each_database! {
    /// R20, R67, R71, R72, R74, R75, R80: the whole table. What is refused leaves the member as it was.
    async fn each_action_from_each_state(app) {
        app.enrol(FRANK).await;
        let admin = app.admin();
        let token = format!("Bearer {}", admin.token().await);
        let bearer = [("authorization", token.as_str())];
        for (row, (action, outcomes)) in TABLE.into_iter().enumerate() {
            for (column, state) in STATES.into_iter().enumerate() {
                let member = in_state(&app, &format!("person{row}{column}@example.com"), state).await;
                let path = format!("/{}", id(&member));
                let before = admin.send(Method::GET, &path, None, &bearer).await.json;
                let (method, suffix, body) = match action {
                    "PATCH" => (Method::PATCH, path.clone(), Some(json!({"note": "changed"}))),
                    "DELETE" => (Method::DELETE, path.clone(), None),
                    "propose-email" => {
                        let body = json!({"email": format!("new{column}@example.com")});
                        (Method::POST, format!("{path}:{action}"), Some(body))
                    }
                    _ => (Method::POST, format!("{path}:{action}"), None),
                };
                let body = body.map(|body| body.to_string());
                let answer = admin.send(method, &suffix, body, &bearer).await;
                let after = admin.send(Method::GET, &path, None, &bearer).await.json;
                let place = format!("{action} from {state}");
                if outcomes[column] == "-" {
                    assert_eq!(problem(&answer), (409, "wrong-state"), "{place}");
                    assert_eq!(after, before, "{place}");
                } else {
                    assert_eq!(answer.status, 200, "{place}: {answer:?}");
                    assert_eq!((&answer.json, &answer.json["state"]), (&after, &json!(outcomes[column])), "{place}");
                }
            }
        }
    }

    /// Attacks 84, 86: a verb that does not exist, a member that is none of the agency's, and a body that has no place there.
    async fn what_is_no_verb_or_no_member_is_404(app) {
        let member = app.admin().create(FRANK).await;
        let foreign = app.other_admin().create("stranger@example.com").await;
        let own = id(&member);
        for suffix in [
            format!("/{own}:promote"),
            format!("/{own}:Resend"),
            format!("/{own}:"),
            format!("/{own}:resend:resend"),
            format!("/{own}"),
            "/:resend".to_owned(),
            "/x:resend".to_owned(),
            format!("/{}:resend", id(&foreign)),
            format!("/{}:unlock", id(&foreign)),
        ] {
            let answer = app.admin().send(Method::POST, &suffix, None, &[]).await;
            assert_eq!(problem(&answer), (404, "not-found"), "{suffix}");
        }
        assert_eq!(problem(&app.admin().remove(id(&foreign)).await), (404, "not-found"));
        let patched = app.admin().patch(id(&foreign), &json!({"note": "mine"})).await;
        assert_eq!(problem(&patched), (404, "not-found"));
        let body = Some(json!({"password": "x"}).to_string());
        let answer = app.admin().send(Method::POST, &format!("/{own}:resend"), body, &[]).await;
        assert_eq!(problem(&answer), (400, "invalid-body"));
        let empty = app.admin().send(Method::POST, &format!("/{own}:resend"), Some("{}".to_owned()), &[]).await;
        assert_eq!(empty.status, 200, "an empty object is no body: {empty:?}");
        assert_eq!(app.other_admin().get("").await.json["members"][0], foreign);
    }
}
