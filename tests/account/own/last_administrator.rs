//! An agency is never left without an administrator, neither by leaving nor by closing an account.

use idp_domain::member::MembershipState;

use super::{CHROME, browser_called, enrol_administrator, open};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const COMPANIES: &str = "/account/companies";
const HELD: &str = "You are the only administrator of that agency, so you did not leave it. Ask Home Care Software to make \
                    somebody else an administrator first.";

async fn at<'a>(app: &'a TestApp, path: &str, user_name: &str) -> (Browser<'a>, Page) {
    let mut browser = browser_called(app, CHROME);
    let page = open(&mut browser, path, user_name).await;
    (browser, page)
}

async fn is_member(app: &TestApp, user_name: &str) -> bool {
    app.membership(&app.maple, user_name).await.is_active()
}

on_each_database! {
    /// The page says whom to ask instead of offering a button; a form sent by hand is refused with the same words.
    async fn the_only_administrator_cannot_leave_and_is_told_whom_to_ask(app) {
        enrol_administrator(&app, FRANK).await;
        app.enrol(GRACE).await;
        let (mut browser, page) = at(&app, COMPANIES, FRANK).await;
        assert!(page.select("#company-1 form").is_empty(), "{page:?}");
        assert!(page.shows("You are the only administrator of Maple Home Care, so you cannot leave it. Ask "));
        let (_, graces) = at(&app, COMPANIES, GRACE).await;
        assert_eq!(graces.select("#company-1-leave").len(), 1, "who is no administrator may leave");

        let csrf = browser.get("/account/sessions").await.attribute("input[name=csrf]", "value").unwrap();
        let company = app.maple.id.to_string();
        let answer = browser.post(COMPANIES, &[("csrf", &csrf), ("company", &company)]).await;
        let operator = &app.env.policy.operator_name;
        assert_eq!(problems(&answer), [HELD.replace("Home Care Software", operator)], "{answer:?}");
        assert!(is_member(&app, FRANK).await);
    }

    /// The second of two who leave at the same moment stays.
    async fn of_two_administrators_who_leave_at_once_one_stays(app) {
        enrol_administrator(&app, FRANK).await;
        enrol_administrator(&app, GRACE).await;
        let (mut franks, his) = at(&app, COMPANIES, FRANK).await;
        let (mut graces, hers) = at(&app, COMPANIES, GRACE).await;
        let (one, other) = tokio::join!(
            franks.fill(&his, "company-1-leave", &[]),
            graces.fill(&hers, "company-1-leave", &[])
        );
        let refused = [&one, &other].into_iter().filter(|page| !problems(page).is_empty()).count();
        assert_eq!(refused, 1, "{one:?} {other:?}");
        assert_ne!(is_member(&app, FRANK).await, is_member(&app, GRACE).await);
    }

    /// Closing is leaving: it says which agency holds the account, and changes nothing, with the right password, too. Once
    /// somebody else may administer the agency, the account closes.
    async fn the_only_administrator_cannot_close_the_account(app) {
        enrol_administrator(&app, FRANK).await;
        app.enrol(GRACE).await;
        let (mut browser, page) = at(&app, "/account/close", FRANK).await;
        assert!(page.select("#held").concat().contains("Maple Home Care"), "{page:?}");
        assert!(page.select("form").is_empty(), "{page:?}");
        let csrf = browser.get("/account/sessions").await.attribute("input[name=csrf]", "value").unwrap();
        let sent = [("csrf", csrf.as_str()), ("password", PASSWORD), ("understood", "yes")];
        let answer = browser.post("/account/close", &sent).await;
        assert!(answer.select("#held").concat().contains("Maple Home Care"), "{answer:?}");
        assert!(is_member(&app, FRANK).await && app.account(FRANK).await.is_active());

        app.change_membership(&app.maple, GRACE, |membership| {
            membership.particulars.authority = idp_domain::member::Authority::Administrator;
        })
        .await;
        let answer = browser.post("/account/close", &sent).await;
        assert_eq!(answer.heading(), "Your account is closed", "{answer:?}");
        assert!(app.find_account(FRANK).await.is_none());
        assert!(matches!(app.membership(&app.maple, GRACE).await.state, MembershipState::Active { .. }));
    }
}
