//! An agency without a portal: its mails say where on this server one logs in, and logging in there answers its invitation
//! (R33, R77, R91).

use idp_domain::company::CompanyState;
use idp_domain::member::MembershipState;
use serde_json::json;

use super::{SECOND, frank_at, open};
use crate::account::{FRANK, GRACE};
use crate::support::admin::caregiver_body;
use crate::support::app::{ISSUER, PASSWORD, START, TestApp};
use crate::support::on_each_database;

const PATH: &str = "/account/companies";

/// Both agencies lose address and client of their portals.
async fn nobody_has_a_portal(app: &TestApp) {
    for (company, client) in [(&app.maple, "portal.99999"), (&app.birch, "portal.22222")] {
        app.change_company(company, |it| it.contact.portal_url = None).await;
        app.change_client(client, |it| it.enabled = false).await;
    }
}

async fn state_at_birch(app: &TestApp) -> MembershipState {
    app.membership(&app.birch, FRANK).await.state
}

/// Logs in, and sees "Your agencies".
async fn logs_in(app: &TestApp) -> Vec<String> {
    app.advance(SECOND);
    open(&mut app.browser(), PATH, FRANK).await.select(".joined")
}

/// The addresses of this server in the newest mail to somebody, but for links with a secret.
async fn addresses(app: &TestApp, user_name: &str) -> Vec<String> {
    app.send_mails().await;
    let sent = app.postman.take();
    let text = &sent.iter().rfind(|mail| mail.to.as_str() == user_name).expect("a mail").text;
    text.lines().filter(|it| it.starts_with(ISSUER) && !it.contains("ticket=")).map(str::to_owned).collect()
}

on_each_database! {
    /// The first mail is enough to get in, and to come back; the office sees that the person did.
    async fn a_new_caregiver_of_an_agency_without_a_portal_is_activated_by_the_first_log_in(app) {
        nobody_has_a_portal(&app).await;
        app.admin().create(FRANK).await;
        let link = app.activation_link(FRANK).await;
        assert_eq!(addresses(&app, FRANK).await, [format!("{ISSUER}/account")]);
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        browser.fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)]).await;
        assert_eq!(app.membership(&app.maple, FRANK).await.state, MembershipState::Invited);
        app.advance(SECOND);
        let page = open(&mut browser, "/account", FRANK).await;
        let page = browser.answer_questions(&page).await;
        assert_eq!(page.heading(), "Your account", "{page:?}");
        let seen = app.admin().get("").await;
        assert_eq!(seen.json["members"][0]["state"], "active", "{seen:?}");
        assert_eq!(browser.get(PATH).await.select(".joined"), ["November 21, 2026"]);
    }

    /// R77: somebody with an account is told where to log in, by what this agency made of them.
    async fn the_mail_of_a_further_agency_names_the_place_to_log_in(app) {
        for user_name in [FRANK, GRACE] {
            app.enrol(user_name).await;
        }
        nobody_has_a_portal(&app).await;
        app.other_admin().create(FRANK).await;
        let mut body = caregiver_body(GRACE);
        body["authority"] = json!("administrator");
        assert_eq!(app.other_admin().post(&body, &[]).await.status, 201);
        app.send_mails().await;
        let sent = app.postman.take();
        for (user_name, address) in [(FRANK, "/account"), (GRACE, "/office")] {
            let mail = sent.iter().rfind(|mail| mail.to.as_str() == user_name).expect("a mail");
            let address = format!("{ISSUER}{address}");
            assert!(mail.text.lines().any(|line| line == address), "{address}: {}", mail.text);
            assert!(!mail.text.contains("Maple Home Care"), "R33: {}", mail.text);
        }
    }

    /// What was open before the invitation accepts nothing; the log-in after it does.
    async fn an_older_log_in_accepts_nothing(app) {
        let (mut browser, _) = frank_at(&app, "/account").await;
        nobody_has_a_portal(&app).await;
        app.advance(SECOND);
        app.other_admin().create(FRANK).await;
        for path in ["/account", PATH] {
            assert_eq!(browser.get(path).await.status, 200);
            assert_eq!(state_at_birch(&app).await, MembershipState::Invited, "{path}");
        }
        assert_eq!(logs_in(&app).await, ["November 21, 2026"; 2]);
        assert!(app.membership(&app.birch, FRANK).await.is_active());
    }

    /// Attack: an agency with a portal that writes somebody down who never heard of it gets no member of them.
    async fn an_agency_with_a_portal_is_accepted_there_alone(app) {
        app.enrol(FRANK).await;
        app.other_admin().create(FRANK).await;
        assert_eq!(logs_in(&app).await, ["November 21, 2026", "Invited"]);
        assert_eq!(state_at_birch(&app).await, MembershipState::Invited);
    }

    /// R74, R89: neither a suspended agency, nor one that ended everything after the log-in.
    async fn a_log_in_that_does_not_count_accepts_nothing(app) {
        app.enrol(FRANK).await;
        nobody_has_a_portal(&app).await;
        app.other_admin().create(FRANK).await;
        app.change_company(&app.birch, |it| it.state = CompanyState::Suspended { at: START }).await;
        logs_in(&app).await;
        assert_eq!(state_at_birch(&app).await, MembershipState::Invited);
        app.change_company(&app.birch, |it| it.state = CompanyState::Active).await;
        let later = app.env.now() + super::MINUTE;
        app.change_membership(&app.birch, FRANK, |it| it.sessions_ended_at = Some(later)).await;
        logs_in(&app).await;
        assert_eq!(state_at_birch(&app).await, MembershipState::Invited);
        app.advance(super::MINUTE);
        logs_in(&app).await;
        assert!(app.membership(&app.birch, FRANK).await.is_active());
    }
}
