//! No answer of ours, no log and no disk ever holds what was mailed (L1, L4; attacks 3, 13, 14: CVE-2026-16072,
//! CVE-2026-105211, CVE-2026-32865).

use super::{ANSWERS, MINUTE, NEW, answer, ask, asked, choose, frank, mailed, save_code};
use crate::account::FRANK;
use crate::support::app::TestApp;
use crate::support::database::TestDatabase;
use crate::support::on_each_database;

on_each_database! {
    /// Attacks 13, 14: the secret of the link, the code, the answers and the saved code stand in no answer, at no step, right
    /// or wrong: not in a page, a redirect or a cookie.
    async fn no_answer_holds_a_secret(app) {
        frank(&app).await;
        let saved = save_code(&app, FRANK).await;
        let (mut browser, mut answers) = (app.browser(), vec![]);
        let sent = ask(&mut browser, FRANK).await;
        let mailed = mailed(&app, FRANK).await;
        for code in ["BBBB-BBBB", mailed.code.as_str()] {
            answers.push(browser.fill(&sent, "code-submit", &[("Code from the mail", code)]).await);
        }
        answers.push(sent);
        let mut elsewhere = app.browser();
        answers.push(elsewhere.get_once(&mailed.link).await);
        let questions = elsewhere.get("/reset/questions").await;
        answers.push(answer(&mut elsewhere, &questions, &[("answer-lost-treasure", "a blue kite")]).await);
        answers.push(elsewhere.get("/reset/recovery-code").await);
        let password = answer(&mut elsewhere, &questions, &ANSWERS).await;
        answers.push(choose(&mut elsewhere, &password, "short").await);
        answers.push(choose(&mut elsewhere, &password, NEW).await);
        answers.extend([questions, password]);
        app.advance(MINUTE);
        let second = asked(&app, FRANK).await;
        app.advance(MINUTE * 31);
        for dead in [&mailed.link, &second.link] {
            answers.push(app.browser().get(dead).await);
        }
        let code = mailed.code.replace('-', "");
        let mut secrets = vec![mailed.secret(), &mailed.code, &code, &saved, "Mister Bun", "mister bun", NEW];
        secrets.extend([second.secret(), &second.code]);
        for secret in &secrets {
            for page in &answers {
                let said = format!("{:?} {}", page.headers, page.html);
                assert!(!said.contains(*secret), "{secret}: {page:?}");
            }
        }
        let recorded = format!("{:?}", app.env.store.read().await.unwrap().audit().list(None, 1000).await.unwrap());
        for secret in &secrets {
            assert!(!recorded.contains(*secret), "{secret} is in the audit log");
        }
    }
}

/// L1: on the disk there are digests; neither the link, the code nor the new password can be read from it.
#[tokio::test]
async fn no_secret_of_a_reset_is_ever_written_to_the_disk() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    frank(&app).await;
    let saved = save_code(&app, FRANK).await;
    ask(&mut app.browser(), FRANK).await;
    let mailed = mailed(&app, FRANK).await;
    let mut browser = app.browser();
    let page = browser.get(&mailed.link).await;
    let page = answer(&mut browser, &page, &ANSWERS).await;
    choose(&mut browser, &page, NEW).await;
    let file = app.database().url().strip_prefix("sqlite://").expect("a file").to_owned();
    let mut bytes = std::fs::read(&file).expect("the database");
    bytes.extend(std::fs::read(format!("{file}-wal")).unwrap_or_default());
    let is_there = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(is_there(FRANK), "this is the file");
    for secret in [mailed.secret(), &mailed.code, &mailed.code.replace('-', ""), &saved, NEW] {
        assert!(!is_there(secret), "{secret} is on the disk");
    }
}
