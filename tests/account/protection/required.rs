//! Required actions (R48, R51; P4): one mechanism, and no route goes around any of its steps.

use idp_domain::account::{PasswordState, RequiredAction};
use idp_domain::outbox::SecurityEvent;
use idp_domain::password::Password;

use super::verify_email::mailed_code;
use super::{
    MINUTE, NEW, OTHER_ANSWERS, QUESTIONS, SECOND, arrived, change, log_in, notices, opens, protection,
    recorded, with_cookie,
};
use crate::account::{FRANK, problems};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const STEPS: [RequiredAction; 3] =
    [RequiredAction::VerifyEmail, RequiredAction::ChangePassword, RequiredAction::EnrolQuestions];
const VERIFY: &str = "Check your mail";
const CHOOSE: &str = "Choose a new password";

const fn heading(step: RequiredAction) -> &'static str {
    match step {
        RequiredAction::VerifyEmail => VERIFY,
        RequiredAction::ChangePassword => CHOOSE,
        RequiredAction::EnrolQuestions => QUESTIONS,
    }
}

/// What an operator, or a longer list of common passwords, leaves behind.
async fn require(app: &TestApp, step: RequiredAction) {
    app.change_account(FRANK, |account| match step {
        RequiredAction::VerifyEmail => account.email_verified = false,
        RequiredAction::ChangePassword => account.password_state = PasswordState::MustChange,
        RequiredAction::EnrolQuestions => account.questions_enrolled = false,
    })
    .await;
}

async fn require_nothing(app: &TestApp) {
    app.change_account(FRANK, |account| {
        account.email_verified = true;
        account.password_state = PasswordState::Sound;
        account.questions_enrolled = true;
    })
    .await;
}

/// Frank at a step on the way from the portal.
async fn at_step(app: &TestApp, step: RequiredAction) -> (Browser<'_>, Page) {
    app.enrol(FRANK).await;
    require(app, step).await;
    let mut browser = app.browser();
    let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
    assert_eq!(page.heading(), heading(step), "{page:?}");
    (browser, page)
}

fn hidden(page: &Page, name: &str) -> String {
    page.attribute(&format!("input[name={name}]"), "value").expect("a hidden field")
}

/// Every form there is, filled in rightly but for its step.
fn forms<'p>(csrf: &'p str, flow: &'p str) -> Vec<(&'static str, Vec<(&'static str, &'p str)>)> {
    let carried = vec![("csrf", csrf), ("flow", flow)];
    let with = |fields: &[(&'static str, &'p str)]| [carried.as_slice(), fields].concat();
    let password = [("current", PASSWORD), ("password", NEW), ("confirm", NEW), ("end_others", "true")];
    let [(a, x), (b, y), (c, z)] = OTHER_ANSWERS;
    let questions = [
        ("question-1", a),
        ("answer-1", x),
        ("question-2", b),
        ("answer-2", y),
        ("question-3", c),
        ("answer-3", z),
    ];
    vec![
        ("/verify-email", with(&[("code", "BCDF-GHJK")])),
        ("/change-password", with(&password)),
        ("/questions", with(&questions)),
        ("/consent", with(&[("answer", "allow")])),
        ("/account", with(&[("seen", "1"), ("nickname", "Frankie")])),
        ("/account/password", with(&password)),
        ("/account/questions", with(&questions)),
        ("/account/recovery-code", with(&[("answer", "make"), ("replaces", "")])),
        ("/account/email", with(&[("email", "frank@elsewhere.example"), ("current", PASSWORD)])),
    ]
}

on_each_database! {
    /// R48, attack 1: every address that could go on leads back to the step, for each step; silent requests are told so.
    async fn no_address_goes_around_a_step(app) {
        app.enrol(FRANK).await;
        for step in STEPS {
            require(&app, step).await;
            let mut browser = app.browser();
            let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
            assert_eq!(page.heading(), heading(step), "{page:?}");
            let flow = hidden(&page, "flow");
            for path in ["continue", "verify-email", "change-password", "questions", "consent"] {
                let page = browser.get(&format!("/{path}?flow={flow}")).await;
                assert_eq!(page.heading(), heading(step), "{step:?} by {path}: {page:?}");
            }
            for path in ["", "/security", "/password", "/questions", "/recovery-code", "/email", "/apps",
                "/sessions", "/activity", "/companies", "/data"]
            {
                let page = browser.get(&format!("/account{path}")).await;
                assert_eq!(page.heading(), heading(step), "{step:?} by /account{path}: {page:?}");
            }
            let again = app.relying_party().with("prompt", "consent").authorize(&mut browser).await;
            assert_eq!(again.heading(), heading(step), "{again:?}");
            let silent = app.relying_party().with("prompt", "none").authorize(&mut browser).await;
            assert_eq!((silent.sent("error").as_deref(), silent.sent("code")), (Some("interaction_required"), None));
            app.advance(SECOND);
            let anew = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
            let anew = log_in(&mut browser, &anew, FRANK, PASSWORD).await;
            assert_eq!(anew.heading(), heading(step), "a second log-in does not help: {anew:?}");
            require_nothing(&app).await;
            assert!(super::is_signed_in(&app, &mut browser).await, "{step:?}: nothing else stood in the way");
        }
    }

    /// R48, attack 1: a form of another step, or of a page behind it, changes nothing, however rightly it is filled in.
    async fn no_form_goes_around_a_step(app) {
        app.enrol(FRANK).await;
        for step in STEPS {
            require(&app, step).await;
            let mut browser = app.browser();
            let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
            let (csrf, flow) = (hidden(&page, "csrf"), hidden(&page, "flow"));
            let before = protection(&app, FRANK).await;
            let profile = app.account(FRANK).await.profile;
            let own = match step {
                RequiredAction::VerifyEmail => "",
                RequiredAction::ChangePassword => "/change-password",
                RequiredAction::EnrolQuestions => "/questions",
            };
            for (path, fields) in forms(&csrf, &flow).into_iter().filter(|(path, _)| *path != own) {
                let answer = browser.post(path, &fields).await;
                assert!(!arrived(&answer), "{step:?} by {path}: {answer:?}");
                assert_eq!(protection(&app, FRANK).await, before, "{step:?} by {path}");
                assert_eq!(app.account(FRANK).await.profile, profile, "{step:?} by {path}");
            }
            require_nothing(&app).await;
        }
        assert_eq!(recorded(&app, "password.changed").await, 0);
    }

    /// R48: all of them, one after the other, and then the code of the request that began it.
    async fn every_step_is_asked_for_in_its_order_and_then_the_flow_goes_on(app) {
        app.enrol(FRANK).await;
        for step in STEPS {
            require(&app, step).await;
        }
        let mut browser = app.browser();
        let portal = app.relying_party().with("state", "from the portal");
        let page = portal.log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), VERIFY);
        let code = mailed_code(&app, FRANK).await;
        let page = browser.fill(&page, "verify-submit", &[("Code", &code)]).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
        let page = change(&mut browser, &page, PASSWORD, NEW).await;
        let page = browser.answer_questions(&page).await;
        assert!(arrived(&page) && page.sent("state").as_deref() == Some("from the portal"), "{page:?}");
        assert!(opens(&app, FRANK, NEW).await && !opens(&app, FRANK, PASSWORD).await);
    }

    /// R48: a person who came for a page of their own is led there once the step is taken.
    async fn a_step_on_the_way_to_a_page_of_ones_own_leads_there(app) {
        app.enrol(FRANK).await;
        require(&app, RequiredAction::ChangePassword).await;
        let mut browser = app.browser();
        let page = browser.get("/account/apps").await;
        let page = log_in(&mut browser, &page, FRANK, PASSWORD).await;
        let page = change(&mut browser, &page, PASSWORD, NEW).await;
        assert_eq!((page.status, page.url.path()), (200, "/account/apps"), "{page:?}");
    }

    /// R51: Cancel is no access, at each step: the session is over and the client is told.
    async fn cancel_is_no_access_at_each_step(app) {
        app.enrol(FRANK).await;
        for (step, button) in STEPS.into_iter().zip(["verify-cancel", "change-cancel", "questions-cancel"]) {
            require(&app, step).await;
            let mut browser = app.browser();
            let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
            let cookie = browser.session().expect("a session").to_owned();
            let denied = browser.fill(&page, button, &[]).await;
            assert!(denied.left_to("https://maple.example/callback"), "{step:?}: {denied:?}");
            assert_eq!((denied.sent("error").as_deref(), denied.sent("code")), (Some("access_denied"), None));
            assert_eq!(browser.session(), None);
            let page = app.relying_party().authorize(&mut with_cookie(&app, &cookie)).await;
            assert_eq!(page.heading(), "Log In", "{step:?}: the session is over, not only its cookie");
            require_nothing(&app).await;
        }
    }

    /// P4: a password that came onto the list of common ones logs in once more, to be replaced by another one.
    async fn a_password_that_people_guess_first_must_be_replaced_at_the_log_in(app) {
        const COMMON: &str = "passwordpassword";
        app.enrol(FRANK).await;
        let hash = app.env.hasher.hash(&Password::typed(COMMON)).await.unwrap();
        app.change_account(FRANK, |account| *account = account.clone().rehash(hash).unwrap()).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, COMMON).await;
        assert_eq!((page.heading().as_str(), page.select(".brand").concat().contains("Maple")), (CHOOSE, true));
        assert!(page.attribute("#end-others", "checked").is_some());
        let unchanged = change(&mut browser, &page, COMMON, COMMON).await;
        assert!(problems(&unchanged).concat().contains("people guess first"), "{unchanged:?}");
        let wrong = change(&mut browser, &unchanged, PASSWORD, NEW).await;
        assert_eq!(problems(&wrong), ["This is not your current password. Check it and try again."]);
        let old = browser.session().expect("a session").to_owned();
        let done = change(&mut browser, &wrong, COMMON, NEW).await;
        assert!(arrived(&done), "{done:?}");
        assert!(!super::is_signed_in(&app, &mut with_cookie(&app, &old)).await);
        assert!(opens(&app, FRANK, NEW).await && !opens(&app, FRANK, COMMON).await);
        assert!(notices(&app, FRANK).await.contains(&SecurityEvent::PasswordChanged));
        let late = change(&mut browser, &wrong, NEW, "yellow ribbon under bridge").await;
        assert!(arrived(&late), "done is done: {late:?}");
        assert!(opens(&app, FRANK, NEW).await);
    }

    /// P4: the new one is another one, also for somebody whose old one is on no list.
    async fn a_forced_change_is_a_change(app) {
        let (mut browser, page) = at_step(&app, RequiredAction::ChangePassword).await;
        let same = change(&mut browser, &page, PASSWORD, PASSWORD).await;
        assert_eq!(
            (same.heading().as_str(), problems(&same)),
            (CHOOSE, vec!["This is the password you have now. Choose another one.".to_owned()])
        );
        assert_eq!(app.account(FRANK).await.password_state, PasswordState::MustChange);
    }

    /// Decided: nothing is known to have happened to somebody who must only choose another password, so what they use goes
    /// on (P4); no new code is given out before they did.
    async fn a_family_that_began_before_goes_on_while_a_step_is_left(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let tokens = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        for step in STEPS {
            require(&app, step).await;
        }
        app.advance(MINUTE);
        assert_eq!(portal.refresh(tokens.text("refresh_token")).await.status, 200);
    }

    /// A step that another tab took meanwhile is not taken twice: both flows go on.
    async fn two_tabs_at_a_step_both_go_on_when_it_is_taken_in_one(app) {
        let (mut browser, first) = at_step(&app, RequiredAction::ChangePassword).await;
        let second = app.relying_party().with("state", "second").authorize(&mut browser).await;
        let done = change(&mut browser, &second, PASSWORD, NEW).await;
        assert_eq!((arrived(&done), done.sent("state").as_deref()), (true, Some("second")));
        let late = change(&mut browser, &first, PASSWORD, "yellow ribbon under bridge").await;
        assert!(arrived(&late), "{late:?}");
        assert_eq!(recorded(&app, "password.changed").await, 1);
    }
}
