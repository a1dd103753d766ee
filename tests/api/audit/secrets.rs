//! No secret in the log, ever (R94): one life of a person and a client through every door that records, then all of it is
//! searched for what was typed, mailed, issued and shown.

use std::time::Duration;

use idp_domain::client::ClientId;
use idp_service::clients::rotate_secret;

use super::{chain, verify};
use crate::api::FRANK;
use crate::support::app::{PASSWORD, SECRET, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const MINUTE: Duration = Duration::from_secs(60);
const WRONG: &str = "a wrong one nobody ever had";
const RESET: &str = "a lantern for the long night";
const CHANGED: &str = "seven boats under a harbour moon";
const ADDRESS: &str = "frank@home.example";
const ANSWERS: [(&str, &str); 3] = [
    ("answer-first-stuffed-toy", "Mister Bun"),
    ("answer-driving-instructor", "Old Henry"),
    ("answer-lost-treasure", "a red kite"),
];

/// The words of all mails so far that are links or codes.
async fn mailed(app: &TestApp) -> Vec<String> {
    while !app.send_mails().await.is_idle() {}
    let is_code = |word: &str| word.len() == 9 && word.chars().nth(4) == Some('-');
    let sent = app.postman.sent();
    let words = sent.iter().flat_map(|mail| mail.text.split_whitespace());
    words.filter(|word| word.contains("?ticket=") || is_code(word)).map(str::to_owned).collect()
}

async fn newest(app: &TestApp, path: &str) -> String {
    let begins = format!("https://id.example{path}?ticket=");
    mailed(app).await.into_iter().rev().find(|word| word.starts_with(&begins)).expect(path)
}

/// A new browser at a person's own page.
async fn at<'a>(app: &'a TestApp, path: &str, user_name: &str, password: &str) -> (Browser<'a>, Page) {
    app.advance(MINUTE);
    let mut browser = app.browser();
    let page = browser.get(path).await;
    let page = browser.fill(&page, "login-submit", &[("UserName", user_name), ("Password", password)]).await;
    assert_eq!(page.status, 200, "{page:?}");
    (browser, page)
}

/// Everything that is recorded, as it lies in the columns.
async fn log(app: &TestApp) -> String {
    let mut tx = app.env.store.read().await.unwrap();
    let events = tx.audit().list(None, 10_000).await.unwrap();
    events.iter().map(|event| format!("{event:?}\n")).collect()
}

on_each_database! {
    async fn no_secret_is_ever_recorded(app) {
        let mut secrets: Vec<String> = [PASSWORD, SECRET, WRONG, RESET, CHANGED, "wrong-of-a-client"].map(str::to_owned).into();
        let mut words: Vec<String> = ANSWERS.map(|(_, answer)| answer.to_owned()).into();
        words.extend(ANSWERS.map(|(_, answer)| answer.to_lowercase()));
        words.push("a blue balloon".to_owned());

        // Activation, a wrong password, the questions, tokens, and replays of what was used.
        app.activate(FRANK).await;
        let portal = app.relying_party();
        let mut browser = app.browser();
        portal.log_in(&mut browser, FRANK, WRONG).await;
        let page = portal.log_in(&mut browser, FRANK, PASSWORD).await;
        let page = browser.answer_questions(&page).await;
        let code = page.sent("code").expect("a code");
        let tokens = portal.redeem(&code).await;
        portal.redeem(&code).await;
        secrets.extend([code, browser.session().expect("a session").to_owned()]);
        let portal = app.relying_party().with("scope", "openid offline_access");
        let (code, mut browser) = { let mut browser = app.browser(); (portal.code(&mut browser, FRANK, PASSWORD).await, browser) };
        let mut more = portal.redeem(&code).await;
        secrets.push(code);
        for tokens in [&tokens, &more] {
            for kind in ["access_token", "id_token", "refresh_token"] {
                secrets.extend(tokens.json[kind].as_str().map(str::to_owned));
            }
        }
        if let Some(refresh) = more.json["refresh_token"].as_str().map(str::to_owned) {
            more = portal.refresh(&refresh).await;
            secrets.extend(more.json["refresh_token"].as_str().map(str::to_owned));
            app.advance(MINUTE * 5);
            portal.refresh(&refresh).await;
        }
        browser.get("/logout").await;

        // A forgotten password: wrong and right code, answers, the new one.
        app.advance(MINUTE);
        let mut browser = app.browser();
        let page = browser.get("/forgot").await;
        let sent = browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
        browser.fill(&sent, "code-submit", &[("Code from the mail", "BBBB-BBBB")]).await;
        secrets.push("BBBB-BBBB".to_owned());
        let link = newest(&app, "/reset").await;
        let page = browser.get(&link).await;
        let page = browser.fill_named(&page, "answers-submit", &[("answer-lost-treasure", "a blue balloon")]).await;
        let page = browser.fill_named(&page, "answers-submit", &ANSWERS).await;
        let page = browser.fill(&page, "password-submit", &[("Password", RESET), ("Confirm Password", RESET)]).await;
        assert!(page.left_to("https://maple.example/login"), "{page:?}");

        // A recovery code, another password, another address and back.
        let (mut browser, page) = at(&app, "/account/recovery-code", FRANK, RESET).await;
        let shown = browser.fill(&page, "code-make", &[]).await.select("#saved-code").concat();
        assert!(!shown.is_empty());
        secrets.push(shown);
        let (mut browser, page) = at(&app, "/account/email", FRANK, RESET).await;
        let typed = [("New email address", ADDRESS), ("Current password", WRONG)];
        let page = browser.fill(&page, "email-save", &typed).await;
        let typed = [("New email address", ADDRESS), ("Current password", RESET)];
        browser.fill(&page, "email-save", &typed).await;
        let link = newest(&app, "/email/confirm").await;
        let mut elsewhere = app.browser();
        let page = elsewhere.get(&link).await;
        elsewhere.fill(&page, "email-confirm", &[]).await;
        let link = newest(&app, "/email/undo").await;
        app.browser().get(&link).await;

        // The secret of a client.
        let id = ClientId::parse("portal.99999").unwrap();
        secrets.push(rotate_secret(&app.env, &id, MINUTE).await.unwrap().expose().clone());
        secrets.extend(mailed(&app).await);

        chain(&app).await;
        assert!(verify(&app).await.is_intact());
        let log = log(&app).await;
        for action in [
            "AccountActivated", "SignInRefused", "SignedIn", "QuestionsEnrolled", "CodeReplayed", "PasswordForgotten",
            "PasswordReset", "RecoveryCodeMade", "EmailChangeProposed", "EmailChanged", "ClientSecretRotated",
        ] {
            assert!(log.contains(action), "{action} was not recorded: {log}");
        }
        assert!(secrets.len() > 20, "{secrets:?}");
        // What follows the point of a token is its secret half; of a code also without its dash.
        let halves = secrets.iter().flat_map(|secret| {
            let half = secret.rsplit_once('.').map(|(_, half)| half.to_owned());
            [Some(secret.clone()), half, Some(secret.replace('-', ""))]
        });
        for secret in halves.flatten().filter(|secret| secret.len() >= 8).chain(words) {
            assert!(!log.contains(&secret), "{secret} is in the log");
        }
    }
}
