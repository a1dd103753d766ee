//! Steps out of order, other people's cookies, other browsers' forms (attacks 1, 2, 7, 8, 21, 79; CVE-2026-18963,
//! CVE-2023-26481, CVE-2023-34927): a way on, and never a password.

use super::{
    ANSWERS, CHOOSE, FORGOT, MINUTE, NEW, QUESTIONS, answer, ask, asked, assert_untouched, at_new_password,
    at_questions, choose, frank, mailed,
};
use crate::account::{FRANK, GRACE};
use crate::support::browser::Page;
use crate::support::on_each_database;

const STEP_MISSING: &str = "One step is missing";
const RECOVERY: &str = "__Host-idp_recovery";

/// Every form of the way.
const STEPS: [&str; 4] = ["/forgot/code", "/reset/questions", "/reset/recovery-code", "/reset/password"];

fn csrf_of(page: &Page) -> String {
    page.attribute("input[name=csrf]", "value").unwrap()
}

/// Everything any of the forms could want.
fn fields<'a>(csrf: &'a str, ticket: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("csrf", csrf),
        ("flow", ticket),
        ("code", "BBBB-BBBB"),
        ("recovery-code", "00000-00000-00000-00000-000000"),
        ("password", NEW),
        ("confirm", NEW),
        ("username", FRANK),
        ("stage", "answers"),
    ];
    fields.extend(ANSWERS);
    fields
}

on_each_database! {
    /// Attack 1 (CVE-2026-18963): a password is never set before its turn, and the person is shown the step that comes next.
    async fn the_new_password_waits_for_every_step_before_it(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let mut browser = app.browser();
        let sent = ask(&mut browser, FRANK).await;
        let mailed = mailed(&app, FRANK).await;
        let ticket = mailed.link.split_once("ticket=").unwrap().1.split_once('.').unwrap().0.to_owned();

        let csrf = csrf_of(&sent);
        for step in ["/reset/questions", "/reset/recovery-code", "/reset/password"] {
            let refused = browser.post(step, &fields(&csrf, &ticket)).await;
            assert_eq!((refused.status, refused.heading().as_str()), (403, STEP_MISSING), "{step}: {refused:?}");
            let next = browser.get(&refused.attribute("#go-on", "href").unwrap()).await;
            assert_eq!(next.heading(), FORGOT, "{step}");
        }
        let page = browser.get(&mailed.link).await;
        let csrf = csrf_of(&page);
        let refused = browser.post("/reset/password", &fields(&csrf, &ticket)).await;
        assert_eq!((refused.status, refused.heading().as_str()), (403, STEP_MISSING), "{refused:?}");
        let next = browser.get(&refused.attribute("#go-on", "href").unwrap()).await;
        assert_eq!(next.heading(), QUESTIONS);
        assert_eq!(browser.get("/reset/password").await.heading(), QUESTIONS, "looked at too early");
        assert_untouched(&app, &before).await;
    }

    /// Attacks 8, 21 (CVE-2022-46145): every form of the way, sent cold, with another browser's token, and with none.
    async fn a_form_without_its_page_changes_nothing(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let mailed = asked(&app, FRANK).await;
        let ticket = mailed.link.split_once("ticket=").unwrap().1.to_owned();
        let stolen = csrf_of(&app.browser().get(&mailed.link).await);
        for step in STEPS {
            for csrf in ["", "nonsense", &stolen] {
                for flow in [ticket.as_str(), ticket.split_once('.').unwrap().0, ""] {
                    let page = app.browser().post(step, &fields(csrf, flow)).await;
                    assert_eq!(page.heading(), FORGOT, "{step}: {page:?}");
                    assert!(!page.html.contains(FRANK), "{step}: {page:?}");
                }
            }
            let mut genuine = app.browser();
            let csrf = csrf_of(&genuine.get("/forgot").await);
            let page = genuine.post(&format!("{step}?ticket={ticket}"), &fields(&csrf, &ticket)).await;
            assert!(!page.html.contains(FRANK) && page.location().is_none(), "{step}: {page:?}");
        }
        let resend = app.browser().post("/reset/resend", &fields("", &ticket)).await;
        assert_eq!(resend.status, 403, "{resend:?}");
        assert!(super::mails(&app).await.is_empty());
        assert_untouched(&app, &before).await;
    }

    /// Attack 7 (CVE-2023-26481): in one browser two links were opened; the form of the one never acts for the other.
    async fn the_form_of_one_person_does_not_act_for_another(app) {
        frank(&app).await;
        app.enrol(GRACE).await;
        super::mails(&app).await;
        let (frank_before, grace_before) = (app.account(FRANK).await, app.account(GRACE).await);
        let (mut browser, of_frank) = at_new_password(&app, FRANK).await;
        let graces = asked(&app, GRACE).await;
        let of_grace = browser.get(&graces.link).await;
        let answered = choose(&mut browser, &of_frank, NEW).await;
        assert_eq!(answered.heading(), QUESTIONS, "Grace's, whose link was opened last: {answered:?}");
        let page = answer(&mut browser, &of_grace, &ANSWERS).await;
        assert_eq!((page.heading().as_str(), page.value("Username").as_str()), (CHOOSE, GRACE));
        let again = choose(&mut browser, &of_frank, NEW).await;
        assert_eq!((again.heading().as_str(), again.value("Username").as_str()), (CHOOSE, GRACE), "{again:?}");
        assert_untouched(&app, &frank_before).await;
        assert_untouched(&app, &grace_before).await;
        let done = choose(&mut browser, &again, NEW).await;
        assert_eq!(done.sent("login_hint").as_deref(), Some(GRACE));
        assert_untouched(&app, &frank_before).await;
    }

    /// Attack 1, L4: how far somebody has come is sealed: cookies of another kind, of another browser's earlier step, altered
    /// ones and made-up ones open nothing.
    async fn a_made_up_cookie_is_no_step(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let mut browser = app.browser();
        ask(&mut browser, FRANK).await;
        let asked = browser.cookies[RECOVERY].clone();
        let mailed = mailed(&app, FRANK).await;
        let page = browser.get(&mailed.link).await;
        let proven = browser.cookies[RECOVERY].clone();
        let csrf = csrf_of(&page);
        let ticket = page.attribute("input[name=flow]", "value").unwrap();
        let activation = idp_service::activate::seal(&app.env, mailed.link.split_once("ticket=").unwrap().1);
        let plain = format!("{{\"ticket\":\"{ticket}\",\"stage\":\"Answers\"}}");
        for made_up in [asked, proven[1..].to_owned(), format!("{proven}A"), activation, plain, String::new()] {
            browser.cookies.insert(RECOVERY.to_owned(), made_up.clone());
            let refused = browser.post("/reset/password", &fields(&csrf, &ticket)).await;
            assert_eq!((refused.status, refused.heading().as_str()), (403, STEP_MISSING), "{made_up}: {refused:?}");
            let refused = browser.post("/reset/questions", &fields(&csrf, &ticket)).await;
            assert_eq!(refused.status, 403, "{made_up}: {refused:?}");
        }
        assert_untouched(&app, &before).await;
    }

    /// Attack 1: the progress of one mail is none for the next one.
    async fn answers_given_for_one_mail_do_not_count_for_the_next(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let (mut browser, page) = at_new_password(&app, FRANK).await;
        app.advance(MINUTE);
        let newer = asked(&app, FRANK).await;
        assert_eq!(browser.get(&newer.link).await.heading(), QUESTIONS);
        assert_eq!(browser.get("/reset/password").await.heading(), QUESTIONS);
        assert_eq!(choose(&mut browser, &page, NEW).await.heading(), QUESTIONS, "the form of the one before");
        assert_untouched(&app, &before).await;
    }

    /// Attack 79 (CVE-2023-34927): a form that another site sends is shown again, and not obeyed.
    async fn a_form_from_another_site_is_not_obeyed(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let (mut browser, page) = at_new_password(&app, FRANK).await;
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            let refused = choose(&mut browser, &page, NEW).await;
            assert_eq!(refused.heading(), CHOOSE, "{name}: {value}");
        }
        assert_untouched(&app, &before).await;
        let (mut browser, page) = {
            app.advance(MINUTE);
            at_questions(&app, FRANK).await
        };
        browser.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
        let refused = answer(&mut browser, &page, &[("answer-first-stuffed-toy", "wrong")]).await;
        assert_eq!(refused.heading(), QUESTIONS);
        assert!(refused.select("#problem").is_empty(), "no try was spent: {refused:?}");
    }

    /// A way back that does not exist, or no longer leads anywhere, is no dead end.
    async fn a_flow_that_leads_nowhere_is_left_behind(app) {
        frank(&app).await;
        for flow in ["nonsense", "%00", &"x".repeat(3000)] {
            let mut browser = app.browser();
            let page = browser.get(&format!("/forgot?flow={flow}")).await;
            assert_eq!((page.status, page.heading().as_str()), (200, FORGOT), "{flow}");
            assert!(page.attribute("#back-to-log-in", "href").is_none());
        }
    }

    /// Bad input to the forms themselves: no shape of it is a server error.
    async fn a_body_that_is_no_form_is_refused_in_words(app) {
        frank(&app).await;
        let (mut browser, _) = at_questions(&app, FRANK).await;
        let large = "x".repeat(70_000);
        for step in ["/forgot", "/forgot/company-code", "/reset/resend"].into_iter().chain(STEPS) {
            let page = browser.post(step, &[("password", &large)]).await;
            assert_eq!(page.status, 413, "{step}: {page:?}");
            browser.headers = vec![("content-type".to_owned(), "application/json".to_owned())];
            let page = browser.post(step, &[("password", NEW)]).await;
            assert_eq!(page.status, 400, "{step}: {page:?}");
            browser.headers.clear();
        }
    }
}
