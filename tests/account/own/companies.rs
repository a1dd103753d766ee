//! "Your agencies": where a person belongs, and leaving (R33, R74, R76, R77).

use idp_domain::audit::{Actor, AuditAction};
use idp_domain::client::{Client, ClientId};
use idp_domain::invitation::InvitationState;
use idp_domain::member::MembershipState;
use idp_domain::web_address::WebAddress;

use super::{
    CHROME, MINUTE, SECOND, assert_dead, birch, browser_called, events, frank_at, is_alive, joins_birch,
    notices, open, phone, portals_listen, told,
};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::{PASSWORD, TestApp, portal};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const PATH: &str = "/account/companies";

/// The names on the page.
fn listed(page: &Page) -> Vec<String> {
    assert_eq!((page.status, page.heading().as_str()), (200, "Your agencies"), "{page:?}");
    page.select(".company h2")
}

async fn leave(browser: &mut Browser<'_>, page: &Page, number: usize) -> Page {
    browser.fill(page, &format!("company-{number}-leave"), &[]).await
}

/// A client that is nobody's own: people are asked about it.
async fn third_party(app: &TestApp) -> RelyingParty<'_> {
    let callback = "https://shifts.example/callback";
    let client = Client {
        id: ClientId::parse("shift-swap").unwrap(),
        company: None,
        redirect_uris: vec![callback.to_owned()],
        initiate_login_uri: None,
        first_party: false,
        ..portal(&app.maple, "shifts")
    };
    app.put_client(&client).await;
    RelyingParty::new(app, "shift-swap", callback)
}

async fn state_at_maple(app: &TestApp) -> MembershipState {
    app.membership(&app.maple, FRANK).await.state
}

on_each_database! {
    /// Name, code, since when, how to reach it; an invitation not answered yet is listed as one.
    async fn agencies_are_listed_as_their_people_know_them(app) {
        app.change_company(&app.maple, |company| {
            company.contact.portal_url = WebAddress::parse("https://maple.example/HTPortal/").ok();
        })
        .await;
        let (mut browser, page) = frank_at(&app, PATH).await;
        assert_eq!(listed(&page), ["Maple Home Care"]);
        assert_eq!(page.select("#company-1 .code"), ["99999"]);
        assert_eq!(page.select("#company-1 .joined"), ["November 21, 2026"]);
        assert_eq!(page.attribute("#company-1 .portal", "href").as_deref(), Some("https://maple.example/HTPortal/"));
        let next = page.select("#company-1 form").concat();
        assert!(next.contains("To come back, Maple Home Care must invite you again."), "{next}");

        app.advance(SECOND);
        app.other_admin().create(FRANK).await;
        let page = browser.get(PATH).await;
        assert_eq!(listed(&page), ["Maple Home Care", "Birch Home Care"]);
        assert_eq!(page.select("#company-2 .joined"), ["Invited"]);
    }

    /// R74-like: what its clients hold is dead at once and they are told; the other agency, the account and this browser
    /// go on. Mail and audit say it (L11, R94).
    async fn who_leaves_is_out_of_that_agency_at_once_and_of_no_other(app) {
        portals_listen(&app).await;
        let (mut browser, _) = frank_at(&app, PATH).await;
        let at_birch = joins_birch(&app, FRANK).await;
        let maple = app.relying_party();
        let online = maple.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let offline = phone(&app).tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let pending = maple.authorize(&mut browser).await.sent("code").unwrap();
        told(&app).await;

        let page = browser.get(PATH).await;
        assert_eq!(listed(&page), ["Maple Home Care", "Birch Home Care"]);
        let page = leave(&mut browser, &page, 1).await;
        assert_eq!(listed(&page), ["Birch Home Care"]);
        assert_eq!(page.select("#notice"), ["Done. You have left the agency."]);
        for dead in [&online, &offline] {
            assert_dead(&maple, dead).await;
        }
        assert_eq!(maple.redeem(&pending).await.error(), (400, "invalid_grant"));
        assert!(is_alive(&birch(&app), &at_birch).await);
        let told = told(&app).await;
        assert!(told.len() >= 2 && told.iter().all(|host| host == "maple.example"), "{told:?}");
        let refused = maple.authorize(&mut browser).await;
        assert_eq!(refused.heading(), "You do not have access to this agency");
        assert!(birch(&app).authorize(&mut browser).await.sent("code").is_some());

        assert!(matches!(state_at_maple(&app).await, MembershipState::Removed { .. }));
        let account = app.account(FRANK).await.id;
        let left = events(&app, AuditAction::MembershipLeft).await;
        assert_eq!(left.len(), 1);
        assert_eq!(
            (&left[0].actor, left[0].company, left[0].account),
            (&Actor::Person { account }, Some(app.maple.id), Some(account))
        );
        let mails = notices(&app, FRANK, "Maple Home Care").await;
        assert!(mails.iter().any(|text| text.contains("no longer belongs to Maple Home Care")), "{mails:?}");
        let seen = app.admin().get("?state=removed").await;
        assert_eq!(seen.json["members"][0]["state"], "removed");
        assert_eq!(app.other_admin().get("").await.json["members"][0]["state"], "active", "R33");
    }

    /// R76: the account outlives the last agency and can be logged in to, for its own pages.
    async fn who_left_the_last_agency_still_has_an_account(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let page = leave(&mut browser, &page, 1).await;
        assert!(listed(&page).is_empty() && page.shows("You do not belong to any agency."), "{page:?}");
        let mut later = browser_called(&app, CHROME);
        app.advance(super::HOUR * 24);
        assert_eq!(open(&mut later, "/account", FRANK).await.heading(), "Your account");
        let page = app.relying_party().authorize(&mut later).await;
        assert_eq!(page.heading(), "You do not have access to this agency");
    }

    /// An invitation is declined the same way: it is taken back, and its mail, if still waiting, is not sent.
    async fn an_invitation_can_be_declined(app) {
        let (mut browser, _) = frank_at(&app, PATH).await;
        app.advance(SECOND);
        app.other_admin().create(FRANK).await;
        let page = browser.get(PATH).await;
        leave(&mut browser, &page, 2).await;
        assert!(matches!(app.membership(&app.birch, FRANK).await.state, MembershipState::Removed { .. }));
        let invitation = app.invitation(&app.birch, FRANK).await;
        assert!(matches!(invitation.state, InvitationState::Revoked { .. }), "{invitation:?}");
        let granted = notices(&app, FRANK, "You have been granted access to Birch").await;
        assert!(granted.is_empty(), "{granted:?}");
        let page = birch(&app).log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert_eq!(page.heading(), "You do not have access to this agency");
    }

    /// Attack 84: an agency the person does not belong to, one that was left before, one that never was: nothing happens,
    /// and nothing is told. Pressing twice is no error.
    async fn leaving_what_one_does_not_belong_to_changes_nothing(app) {
        app.enrol(GRACE).await;
        let (mut browser, page) = frank_at(&app, PATH).await;
        let unknown = "cmp_00000000000070008000000000000000";
        for company in [app.birch.id.to_string().as_str(), unknown] {
            let answer = browser.fill_named(&page, "company-1-leave", &[("company", company)]).await;
            assert_eq!(listed(&answer), ["Maple Home Care"], "{company}");
        }
        for no_id in ["", "99999", "' OR 1=1 --"] {
            let answer = browser.fill_named(&page, "company-1-leave", &[("company", no_id)]).await;
            assert_eq!(answer.status, 400, "{answer:?}");
        }
        assert!(events(&app, AuditAction::MembershipLeft).await.is_empty());
        for _ in 0..2 {
            assert!(listed(&leave(&mut browser, &page, 1).await).is_empty());
        }
        assert_eq!(events(&app, AuditAction::MembershipLeft).await.len(), 1);
        assert!(app.membership(&app.maple, GRACE).await.is_active(), "Frank left, and nobody else");
    }

    /// Q9: only an invitation takes it back, so that a session left open at a shared PC, which may look, leaves nothing; not
    /// even after the log-in does what was pressed before it happen.
    async fn leaving_an_agency_needs_a_fresh_log_in(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        app.advance(MINUTE * 5);
        assert_eq!(listed(&browser.get(PATH).await), ["Maple Home Care"], "looking needs none");
        let asked = leave(&mut browser, &page, 1).await;
        assert_eq!(asked.heading(), "Log In", "{asked:?}");
        assert!(app.membership(&app.maple, FRANK).await.is_active());
        let back = browser.fill(&asked, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert_eq!((listed(&back), problems(&back)), (vec!["Maple Home Care".to_owned()], vec![]));
        assert_eq!(back.url.path(), PATH);
        assert!(app.membership(&app.maple, FRANK).await.is_active());
        assert!(events(&app, AuditAction::MembershipLeft).await.is_empty());
        assert!(listed(&leave(&mut browser, &back, 1).await).is_empty());
    }

    /// What was allowed an app for that agency is allowed no more, so that coming back does not bring it back.
    async fn a_consent_for_the_agency_ends_with_it(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        app.advance(SECOND);
        let client = third_party(&app).await;
        let asked = client.authorize(&mut browser).await;
        let allowed = browser.fill(&asked, "consent-allow", &[]).await;
        let tokens = client.redeem(&allowed.sent("code").unwrap()).await;
        assert!(is_alive(&client, &tokens).await);
        leave(&mut browser, &page, 1).await;
        assert_dead(&client, &tokens).await;
        let account = app.account(FRANK).await.id;
        let mut tx = app.env.store.read().await.unwrap();
        let consents = tx.consents().list_of_account(account).await.unwrap();
        assert!(consents.len() == 1 && consents[0].permitted.companies.is_empty(), "{consents:?}");
    }
}
