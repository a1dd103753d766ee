//! What lies on the disk: digests and hashes; nothing that opens anything (L1, Q6, P7; architecture "Secrets").

use super::FRANK;
use crate::support::app::{PASSWORD, SECRET, TestApp};
use crate::support::database::TestDatabase;

/// The database file and its log, as a thief of the disk reads them.
pub(super) fn on_disk(app: &TestApp) -> Vec<u8> {
    let file = app.database().url().strip_prefix("sqlite://").expect("a file").to_owned();
    let mut bytes = std::fs::read(&file).expect("the database");
    bytes.extend(std::fs::read(format!("{file}-wal")).unwrap_or_default());
    bytes
}

pub(super) fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// A whole life of secrets, and none of them is on the disk.
#[tokio::test]
async fn no_secret_is_ever_written_to_the_disk() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    app.admin().create(FRANK).await;
    let link = app.activation_link(FRANK).await;
    let mut browser = app.browser();
    let page = browser.get(&link).await;
    browser.fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)]).await;
    let page = app.relying_party().log_in(&mut browser, FRANK, PASSWORD).await;
    let first_session = browser.session().expect("a session").to_owned();
    let page = browser.answer_questions(&page).await;
    let code = page.sent("code").expect("a code");
    let tokens = app.relying_party().redeem(&code).await;

    let secret_of = |token: &str| token.rsplit_once('.').expect("an id and a secret").1.to_owned();
    let mut secrets: Vec<String> =
        [PASSWORD, SECRET, "Mister Bun", "mister bun", "Old Henry", "old henry", "a red kite"]
            .map(str::to_owned)
            .into();
    secrets.extend([&link, &first_session, &code].map(|token| secret_of(token)));
    for kind in ["access_token", "id_token", "refresh_token"] {
        secrets.extend(tokens.json[kind].as_str().map(secret_of));
    }
    assert!(secrets.len() >= 12, "{tokens:?}");
    let bytes = on_disk(&app);
    assert!(contains(&bytes, FRANK), "this is the file");
    for secret in secrets {
        assert!(!contains(&bytes, &secret), "{secret} is on the disk");
    }
}
