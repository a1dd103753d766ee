//! "Your data": everything that is stored about a person, for that person, and no secret (R3, Q9; attack 13).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use idp_domain::audit::{Actor, AuditAction};
use idp_domain::member::{MemberType, PersonEntry};
use idp_domain::recovery_code::{RecoveryCode, StoredRecoveryCode};
use serde_json::{Value, json};

use super::{CHROME, MINUTE, SECOND, browser_called, events, frank_at, joins_birch, notices, open, phone};
use crate::account::{FRANK, GRACE};
use crate::support::admin::caregiver_body;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;

const PATH: &str = "/account/data";

fn file(page: &Page) -> Value {
    assert_eq!(page.status, 200, "{page:?}");
    let header = |name: &str| page.headers[name].to_str().expect("ASCII").to_owned();
    assert_eq!(header("content-disposition"), "attachment; filename=\"my-data.json\"");
    assert_eq!(
        (header("content-type"), header("cache-control")),
        ("application/json".into(), "no-store".into())
    );
    assert_eq!(header("x-content-type-options"), "nosniff");
    serde_json::from_str(&page.html).expect("JSON")
}

/// Every hash and digest that is stored of the person, and how else they may be written.
async fn secrets(app: &TestApp) -> Vec<String> {
    let account = app.account(FRANK).await;
    let mut tx = app.env.store.read().await.unwrap();
    let mut secrets = vec![account.password().unwrap().as_str().to_owned(), PASSWORD.to_owned()];
    secrets.extend(["Mister Bun", "Old Henry", "a red kite", "mister bun"].map(str::to_owned));
    for answer in tx.answers().list(account.id).await.unwrap() {
        secrets.push(answer.hash.as_str().to_owned());
    }
    let mut digests = vec![tx.recovery_codes().find(account.id).await.unwrap().unwrap().digest];
    for session in tx.sessions().list_open_of_account(account.id).await.unwrap() {
        digests.push(session.digest);
    }
    for digest in digests {
        let bytes = digest.bytes();
        secrets.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        secrets.push(STANDARD_NO_PAD.encode(bytes));
        secrets.push(URL_SAFE_NO_PAD.encode(bytes));
    }
    secrets
}

on_each_database! {
    /// Account, profile, what each agency wrote, consents, log-ins with their place, question ids, whether a recovery code
    /// exists, changes of address, events: all of it, and of nobody else.
    async fn the_file_holds_everything_that_is_stored_about_the_person(app) {
        app.enrol(GRACE).await;
        let (mut browser, _) = frank_at(&app, PATH).await;
        joins_birch(&app, FRANK).await;
        phone(&app).tokens(&mut app.browser(), FRANK, PASSWORD).await;
        app.change_membership(&app.maple, FRANK, |membership| {
            membership.particulars.note = idp_domain::text::Line::parse("Has a dog").ok();
            membership.particulars.other_persons = vec![PersonEntry {
                member_type: MemberType::OfficeStaff,
                person_ref: idp_domain::text::Line::parse("S-1").unwrap(),
            }];
        })
        .await;
        let page = browser.get(PATH).await;
        let page = browser.fill(&page, "download", &[]).await;
        let told = file(&page);
        let account = app.account(FRANK).await;
        assert_eq!(told["account"]["id"], account.id.to_string());
        assert_eq!(told["account"]["user_name"], FRANK);
        assert_eq!(told["account"]["profile"]["given_name"], "Frank");
        let agencies = told["agencies"].as_array().unwrap();
        assert_eq!(agencies.len(), 2);
        assert_eq!((&agencies[0]["agency"], &agencies[0]["note"]), (&"Maple Home Care".into(), &"Has a dog".into()));
        let hats = json!([{"member_type": "office_staff", "person_ref": "S-1"}]);
        assert_eq!((&agencies[0]["other_persons"], &agencies[1]["other_persons"]), (&hats, &json!([])));
        assert_eq!(agencies[1]["company_code"], "22222");
        let browsers = told["log_ins"]["browsers"].as_array().unwrap();
        assert!(browsers.iter().any(|it| it["browser"] == CHROME && it["network_address"] == "192.0.2.1"));
        assert!(told["log_ins"]["apps"].as_array().unwrap().iter().any(|it| it["app"] == "Portal"));
        let questions = told["security_questions"].as_array().unwrap();
        assert_eq!(questions.len(), 3);
        assert_eq!(questions[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["question", "enrolled_at"]);
        assert_eq!(told["saved_recovery_code"]["exists"], false);
        assert_eq!(told["changes_of_address"].as_array().unwrap().len(), 0);
        let happened = told["what_happened"].as_array().unwrap();
        assert!(happened.iter().any(|it| it["what"] == "session.signed_in" && it["browser"] == CHROME));
        assert!(!page.html.contains(GRACE), "{}", page.html);
        assert_eq!(events(&app, AuditAction::AccountExported).await.len(), 1);
    }

    /// L11: whoever fetched everything about a person did not do it in silence.
    async fn the_person_is_told_of_a_download_by_mail(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        assert!(notices(&app, FRANK, "downloaded").await.is_empty(), "looking at the page is none");
        file(&browser.fill(&page, "download", &[]).await);
        let mails = notices(&app, FRANK, "data was downloaded").await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert!(mails[0].contains("https://id.example/forgot"), "a way out: {}", mails[0]);
    }

    /// R3: the file is the person's; from where an agency's own program works is the agency's affair.
    async fn the_file_does_not_tell_where_an_agencys_program_works(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        app.advance(SECOND);
        let program = [("user-agent", "Office Suite 9.1")];
        assert_eq!(app.other_admin().post(&caregiver_body(FRANK), &program).await.status, 201);
        let recorded = events(&app, AuditAction::MemberProvisioned).await;
        let by_program = recorded.iter().filter(|event| matches!(event.actor, Actor::Client { .. }));
        let known = by_program.filter(|event| event.origin.user_agent.as_deref() == Some(program[0].1));
        assert_eq!(known.count(), 1, "the log itself knows: {recorded:?}");

        let page = browser.fill(&page, "download", &[]).await;
        let told = file(&page);
        assert!(!page.html.contains(program[0].1), "{}", page.html);
        let (mut by_programs, mut by_frank) = (0, 0);
        for event in told["what_happened"].as_array().unwrap() {
            let place = [&event["network_address"], &event["browser"]];
            match event["by"].as_str().unwrap() {
                "program" => {
                    assert_eq!(place, [&Value::Null, &Value::Null], "{event}");
                    by_programs += 1;
                }
                "you" if event["browser"] == CHROME => by_frank += 1,
                _ => {}
            }
        }
        assert!(by_programs >= 2 && by_frank >= 1, "{told}");
    }

    /// Q9, attack 13: the file is searched for every hash, digest, secret, answer and cookie there is.
    async fn the_file_holds_no_secret(app) {
        let (mut browser, _) = frank_at(&app, PATH).await;
        let account = app.account(FRANK).await.id;
        let code = RecoveryCode::draw(app.env.entropy());
        let mut tx = app.env.store.write().await.unwrap();
        let stored = StoredRecoveryCode { account, digest: code.digest(), made_at: app.env.now() };
        tx.recovery_codes().put(&stored).await.unwrap();
        tx.commit().await.unwrap();
        let tokens = app.relying_party().tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let page = browser.get(PATH).await;
        let page = browser.fill(&page, "download", &[]).await;
        assert_eq!(file(&page)["saved_recovery_code"]["exists"], true);
        let mut secrets = secrets(&app).await;
        secrets.push(code.reveal());
        secrets.push(browser.session().unwrap().split_once('.').unwrap().1.to_owned());
        for name in ["access_token", "refresh_token", "id_token"] {
            secrets.push(tokens.text(name).to_owned());
        }
        for secret in secrets {
            assert!(!page.html.contains(&secret), "{secret} is in the file");
        }
        for word in ["hash", "digest", "argon2", "$phc", "secret", "csrf"] {
            assert!(!page.html.to_lowercase().contains(word), "{word}: {}", page.html);
        }
    }

    /// Q9: a session that stood open opens neither the page nor the file; a GET sends nothing.
    async fn the_file_needs_a_fresh_log_in(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        app.advance(MINUTE * 5);
        assert_eq!(browser.get(PATH).await.heading(), "Log In");
        let refused = browser.fill(&page, "download", &[]).await;
        assert_eq!(refused.heading(), "Log In", "{refused:?}");
        assert_eq!(browser.get("/account/data/download").await.status, 405);
        assert!(events(&app, AuditAction::AccountExported).await.is_empty());
        let back = open(&mut browser, PATH, FRANK).await;
        file(&browser.fill(&back, "download", &[]).await);
    }

    /// Without an agency, an app, or a name the file is as well-formed.
    async fn somebody_without_agencies_has_a_file_too(app) {
        let (mut browser, _) = frank_at(&app, PATH).await;
        let companies = browser.get("/account/companies").await;
        browser.fill(&companies, "company-1-leave", &[]).await;
        let page = open(&mut browser_called(&app, CHROME), PATH, FRANK).await;
        assert_eq!(page.heading(), "Your data");
        let page = browser.get(PATH).await;
        let told = file(&browser.fill(&page, "download", &[]).await);
        assert_eq!(told["agencies"][0]["state"], "left");
    }
}
