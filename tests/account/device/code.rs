//! The code that a computer shows: typed, or brought along by its address, and never guessed.

use idp_domain::audit::AuditAction;

use super::{ASKED, LET_IN, browser_of, events, in_state, log_in, prepare, type_code};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::PASSWORD;
use crate::support::desktop::Desktop;
use crate::support::on_each_database;

const WRONG: &str =
    "This code does not work. Check the code, or start again on the computer to get a new one.";

on_each_database! {
    /// RFC 8628 sections 3.3 and 6.1: in any case, with any hyphens and spaces; then the log-in, the question, and the way back to
    /// the computer. Nothing of it stands in an address.
    async fn a_typed_code_lets_the_computer_in(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let mut browser = app.browser();
        let typed = format!(" {} ", codes.user_code.to_lowercase().replace('-', " "));
        let page = type_code(&mut browser, &typed).await;
        assert!(!page.shows("Agency Desktop") && !page.shows("Maple"), "nothing before the log-in: {page:?}");
        let page = log_in(&mut browser, &page, FRANK).await;
        assert_eq!(page.heading(), ASKED, "{page:?}");
        let page = browser.fill(&page, "device-allow", &[]).await;
        assert_eq!((page.heading().as_str(), page.url.path()), (LET_IN, "/device/done"), "{page:?}");
        assert_eq!(page.url.query(), Some("answer=allowed"));

        let tokens = desktop.poll(&codes).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let portal = app.relying_party();
        let (claims, _) = portal.verify(tokens.text("id_token")).await;
        assert_eq!(claims["company_code"], "99999");
        assert_eq!(portal.userinfo(tokens.text("access_token")).await.text("email"), FRANK);
        let told = events(&app, AuditAction::DeviceApproved).await;
        let told: Vec<_> = told.iter().map(|it| (it.client.as_ref().unwrap().as_str(), it.company)).collect();
        assert_eq!(told, [("desktop", Some(app.maple.id))], "who let in what, where");
    }

    /// Section 3.3.1: the complete address only fills the code in, and has it compared (BCP 247). Whatever looks at it, a scanner
    /// or a link preview, signed in or not, changes nothing.
    async fn the_complete_address_fills_the_code_in_and_changes_nothing(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let codes = desktop.ask().await;
        let complete = format!("/device?user_code={}", codes.user_code);
        let mut frank = browser_of(&app, FRANK).await;
        for _ in 0..2 {
            app.browser().head_once(&complete).await;
            app.browser().get(&complete).await;
            frank.head_once(&complete).await;
            let page = frank.get(&complete).await;
            assert_eq!((page.status, page.value("Code")), (200, codes.user_code.clone()));
            assert!(page.shows("Is this the code that your computer shows?"), "{page:?}");
            assert!(page.shows("Did somebody send you this code"), "{page:?}");
        }
        assert_eq!(in_state(&app, "pending").await, 1);

        let page = frank.get(&complete).await;
        let page = frank.fill(&page, "user-code-submit", &[]).await;
        assert_eq!(page.heading(), ASKED, "{page:?}");
        let page = frank.get("/device?user_code=%22%3E%3Cscript%3E").await;
        assert_eq!(page.value("Code"), "", "attack 70: what cannot be a code is not repeated");
    }

    /// Rules section 6: "never distinguish unknown/expired/used", nor what is somebody else's.
    async fn a_code_that_does_not_work_never_says_why(app) {
        prepare(&app).await;
        app.enrol(GRACE).await;
        let desktop = Desktop::new(&app);
        let (mut frank, mut grace) = (browser_of(&app, FRANK).await, browser_of(&app, GRACE).await);
        let (used, claimed) = (desktop.ask().await, desktop.ask().await);
        let page = type_code(&mut frank, &used.user_code).await;
        frank.fill(&page, "device-allow", &[]).await;
        assert_eq!(desktop.poll(&used).await.status, 200);
        assert_eq!(type_code(&mut frank, &claimed.user_code).await.heading(), ASKED);

        let mut said = Vec::new();
        for code in ["BCDF-GHJK", "nonsense", &used.user_code, &claimed.user_code] {
            let page = type_code(&mut grace, code).await;
            assert_eq!((page.status, page.value("Code")), (200, code.to_owned()), "what was typed is kept");
            said.push(problems(&page));
        }
        let expired = desktop.ask().await;
        app.advance(app.env.policy.device_code_life);
        said.push(problems(&type_code(&mut grace, &expired.user_code).await));
        assert_eq!(said, vec![[WRONG]; 5]);
        let page = type_code(&mut grace, " ").await;
        assert_eq!(problems(&page), ["Type the code that your computer shows."]);
    }

    /// Section 5.1; rules section 6: five wrong ones of a browser, then not even the right one is looked at; others go on.
    async fn wrong_codes_of_one_browser_are_few(app) {
        prepare(&app).await;
        let codes = Desktop::new(&app).ask().await;
        let mut browser = app.browser();
        for _ in 0..5 {
            assert_eq!(problems(&type_code(&mut browser, "BCDF-GHJK").await), [WRONG]);
        }
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!((page.status, page.headers["retry-after"].to_str().unwrap()), (429, "600"), "{page:?}");
        assert!(problems(&page)[0].starts_with("There were too many wrong codes. Please wait 10 minutes"));
        let page = type_code(&mut app.browser(), &codes.user_code).await;
        assert_eq!(page.heading(), "Log In", "another browser in the same office");
        app.advance(app.env.policy.device_code_life);
        assert_eq!(problems(&type_code(&mut browser, &codes.user_code).await), [WRONG], "looked at again");
    }

    /// Attack 79: a form of another site, and one without our cookie, looks nothing up and counts for nobody.
    async fn a_form_from_elsewhere_looks_no_code_up(app) {
        prepare(&app).await;
        let codes = Desktop::new(&app).ask().await;
        let mut browser = app.browser();
        let page = browser.get("/device").await;
        browser.headers.push(("origin".to_owned(), "https://evil.example".to_owned()));
        let answer = browser.submit(&page, "user-code-submit", &[("Code", &codes.user_code)]).await;
        assert!(answer.location().is_none() && answer.shows("Please type the code again"), "{answer:?}");
        let answer = app.browser().post("/device", &[("user_code", &codes.user_code)]).await;
        assert!(answer.shows("Please type the code again"), "{answer:?}");
    }

    /// R56, `company.md` section 3: whom the program asked for is filled in, as long as the code works.
    async fn the_user_name_of_the_computer_is_filled_in(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app).with("login_hint", FRANK);
        let codes = desktop.ask().await;
        let mut browser = app.browser();
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!((page.heading().as_str(), page.value("UserName").as_str()), ("Log In", FRANK));
        let wrong = [("Password", "not the password at all")];
        let page = browser.fill(&page, "login-submit", &wrong).await;
        assert_eq!(page.value("UserName"), FRANK);
        let log_in = page.url.join(&format!("/login?flow={}", super::hidden(&page, "flow"))).unwrap();
        let page = browser.fill(&page, "login-submit", &[("Password", PASSWORD)]).await;
        assert_eq!(page.heading(), ASKED, "{page:?}");
        app.advance(app.env.policy.device_code_life);
        assert_eq!(app.browser().get(log_in.as_str()).await.value("UserName"), "", "over");
    }
}
