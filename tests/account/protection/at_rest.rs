//! What lies on the disk after everything was changed once: neither a password, an answer nor a code (L1, L8, Q6, P7).

use super::verify_email::mailed_code;
use super::{NEW, OTHER_ANSWERS, answer, arrived, change, frank_at};
use crate::account::FRANK;
use crate::account::at_rest::{contains, on_disk};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::database::TestDatabase;

#[tokio::test]
async fn neither_answers_nor_codes_are_ever_written_to_the_disk() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    let (mut browser, page) = frank_at(&app, "/account/recovery-code").await;
    let saved = browser.fill(&page, "code-make", &[]).await.select("#saved-code").concat();
    let page = browser.get("/account/questions").await;
    answer(&mut browser, &page, OTHER_ANSWERS).await;
    let page = browser.get("/account/password").await;
    change(&mut browser, &page, PASSWORD, NEW).await;
    let session = browser.session().expect("a session").to_owned();
    app.change_account(FRANK, |account| account.email_verified = false).await;
    let page = app.relying_party().authorize(&mut browser).await;
    let code = mailed_code(&app, FRANK).await;
    assert!(arrived(&browser.fill(&page, "verify-submit", &[("Code", &code)]).await));

    let bytes = on_disk(&app);
    assert!(contains(&bytes, FRANK), "this is the file");
    let bare = |code: &str| code.replace('-', "");
    let mut secrets = vec![NEW.to_owned(), bare(&saved), saved, bare(&code), code];
    secrets.extend(session.rsplit_once('.').map(|(_, secret)| secret.to_owned()));
    secrets.extend(OTHER_ANSWERS.map(|(_, typed)| typed.to_owned()));
    secrets.extend(OTHER_ANSWERS.map(|(_, typed)| typed.to_lowercase()));
    for secret in secrets {
        assert!(!contains(&bytes, &secret), "{secret} is on the disk");
    }
}
