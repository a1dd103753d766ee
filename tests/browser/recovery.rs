//! Ways back into an account (R45, R90), through the demo as `make run` starts it: from the log-in page to a mail, to the
//! questions or the saved code, to a new password, and in.

use super::chromium::Chromium;
use super::demo::Demo;
use super::mailbox::Letter;
use super::walker::{Hand, Walker};

/// Who runs the demo's office, as its seed has her.
pub(super) const OLIVIA: &str = "office@maplehomecare.example";
pub(super) const OLD_PASSWORD: &str = "quiet river orange lantern";
const NEW_PASSWORD: &str = "velvet harbour seven pines";
const ANSWERS: [(&str, &str); 3] = [
    ("#answer-first-stuffed-toy", "A Green Rabbit!"),
    ("#answer-first-cooked-dish", "pancakes with berries"),
    ("#answer-lost-treasure", "Grandfather's compass"),
];

/// From the portal's log-in page up to the page that says to look for the mail.
async fn forget(walker: &Walker, demo: &Demo) {
    walker.open(&format!("{}/", demo.portal)).await;
    walker.arrive("Log In").await;
    walker.press("#forgot-password").await;
    ask_for_mail(walker).await;
}

async fn ask_for_mail(walker: &Walker) {
    walker.arrive("Forgot your password?").await;
    walker.photograph("forgot").await;
    walker.write("#email", "olivia").await;
    walker.press("#forgot-submit").await;
    walker.problem("forgot-refused").await;
    walker.write("#email", OLIVIA).await;
    walker.press("#forgot-submit").await;
    walker.arrive("Check your mail").await;
    walker.photograph("check-mail").await;
}

async fn reset_mail(demo: &Demo) -> Letter {
    demo.letter(OLIVIA, "Choose a new password").await
}

/// A slip first, then what the seed has, in other capitals and with other punctuation (rules Q4).
async fn answer(walker: &Walker) {
    walker.arrive("Answer your security questions").await;
    walker.photograph("reset-questions").await;
    for (field, _) in ANSWERS {
        walker.write(field, "pancakes with berries").await;
    }
    walker.press("#answers-submit").await;
    walker.problem("reset-questions-refused").await;
    for (field, right) in ANSWERS {
        assert_eq!(walker.value(field).await.as_deref(), Some(""), "an answer is not sent back");
        walker.write(field, right).await;
    }
    walker.press("#answers-submit").await;
}

async fn choose_password(walker: &Walker) {
    walker.arrive("Choose a new password").await;
    assert_eq!(walker.value("#username").await.as_deref(), Some(OLIVIA));
    walker.photograph("reset-password").await;
    walker.write("#password", NEW_PASSWORD).await;
    walker.write("#confirm", NEW_PASSWORD).await;
    walker.press("#password-submit").await;
}

/// R41, R45: nobody is logged in by a reset; the banner is said once.
async fn log_in_again(walker: &Walker) {
    walker.arrive("Log In").await;
    assert_eq!(
        walker.text("#notice p").await.as_deref(),
        Some("Your password has been reset. Please log in.")
    );
    walker.photograph("log-in-after-reset").await;
    walker.log_in(OLIVIA, NEW_PASSWORD).await;
    walker.arrive("Hello, Olivia Park").await;
}

/// From the page that asks for the address to the portal.
pub(super) async fn choose_another_password(walker: &Walker, demo: &Demo) {
    ask_for_mail(walker).await;
    walker.open(&reset_mail(demo).await.link(&demo.provider, "/reset")).await;
    answer(walker).await;
    choose_password(walker).await;
    log_in_again(walker).await;
}

/// L8, with a slip first, and as people type what is on paper.
pub(super) async fn by_saved_code(walker: &Walker, demo: &Demo, code: &str) {
    forget(walker, demo).await;
    walker.open(&reset_mail(demo).await.link(&demo.provider, "/reset")).await;
    walker.arrive("Answer your security questions").await;
    walker.press("#use-recovery-code").await;
    walker.arrive("Enter your saved recovery code").await;
    walker.photograph("reset-recovery-code").await;
    walker.write("#recovery-code", "7Z0QK-3M9WX-A1B2C-D3E4F-G5H6J0").await;
    walker.press("#recovery-code-submit").await;
    walker.problem("reset-recovery-code-refused").await;
    walker.write("#recovery-code", &code.to_lowercase().replace('-', " ")).await;
    walker.press("#recovery-code-submit").await;
    choose_password(walker).await;
    log_in_again(walker).await;
}

async fn by_link(walker: &Walker, demo: &Demo) {
    forget(walker, demo).await;
    let link = reset_mail(demo).await.link(&demo.provider, "/reset");
    walker.open(&link).await;
    answer(walker).await;
    choose_password(walker).await;
    log_in_again(walker).await;
    demo.letter(OLIVIA, "Your password for").await;
    walker.open(&link).await;
    walker.arrive("Your password has been reset").await;
    walker.photograph("reset-link-used").await;
    walker.assert_clean_console().await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_mail_questions_and_keyboard_alone() {
    let demo = Demo::start().await;
    let walker = Walker::new(Chromium::open().await, Hand::Keyboard, Some("forgot-keyboard"));
    by_link(&walker, &demo).await;
    walker.browser.close().await;
    demo.stop().await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_without_javascript() {
    let demo = Demo::start().await;
    let walker = Walker::without_javascript("forgot-without-javascript").await;
    by_link(&walker, &demo).await;
    walker.browser.close().await;
    demo.stop().await;
}

/// R45: who reads mail on another device types the code where they asked, as people type.
#[tokio::test]
async fn the_code_from_a_mail_read_elsewhere_is_typed_where_it_was_asked_for() {
    let demo = Demo::start().await;
    let walker = Walker::without_javascript("forgot-code").await;
    forget(&walker, &demo).await;
    let code = reset_mail(&demo).await.code();
    walker.write("#code", "BCDF-GHJK").await;
    walker.press("#code-submit").await;
    walker.problem("check-mail-refused").await;
    walker.write("#code", &code.to_lowercase().replace('-', " ")).await;
    walker.press("#code-submit").await;
    answer(&walker).await;
    choose_password(&walker).await;
    log_in_again(&walker).await;
    walker.browser.close().await;
    demo.stop().await;
}

/// R81, L7, rules section 4: wrong passwords make a person wait; recovery takes the wait away.
#[tokio::test]
async fn who_has_to_wait_after_wrong_passwords_is_let_in_by_recovery() {
    let demo = Demo::start().await;
    let walker = Walker::without_javascript("locked-out").await;
    walker.open(&format!("{}/", demo.portal)).await;
    guess_until_told_to_wait(&walker).await;
    walker.photograph("log-in-wait").await;
    walker.log_in(OLIVIA, OLD_PASSWORD).await;
    assert!(waits(&walker).await, "the right password is not looked at yet");

    walker.press("#forgot-password").await;
    choose_another_password(&walker, &demo).await;
    walker.browser.close().await;
    demo.stop().await;
}

async fn guess_until_told_to_wait(walker: &Walker) {
    for _ in 0..8 {
        walker.log_in(OLIVIA, "not the password of hers").await;
        if waits(walker).await {
            return;
        }
    }
    panic!("eight wrong passwords, and nobody was asked to wait");
}

async fn waits(walker: &Walker) -> bool {
    let problem = walker.text("#problem").await.unwrap_or_default();
    problem.contains("There were too many tries. Please wait")
}
