//! Looking after one's own account through the demo as `make run` starts it: another address and the way back, signing out
//! somewhere else, the code on paper, staying logged in, and one computer for two people.

use super::chromium::Chromium;
use super::demo::Demo;
use super::journey::{self, FRANK};
use super::recovery::{self, OLD_PASSWORD, OLIVIA};
use super::walker::{Hand, Walker};
use crate::support::process::eventually;

const NEW_ADDRESS: &str = "olivia.park@maplehomecare.example";

impl Demo {
    fn own(&self, page: &str) -> String {
        format!("{}/account{page}", self.provider)
    }

    fn front(&self) -> String {
        format!("{}/", self.portal)
    }
}

async fn news(walker: &Walker, words: &str) {
    eventually(words, async || walker.text("#notice").await.filter(|news| news.starts_with(words))).await;
}

/// R72: proven at the new address in another browser; taken back at the old one, which puts everybody else out and asks for
/// another password.
#[tokio::test]
async fn a_changed_address_is_confirmed_in_another_browser_and_taken_back_at_the_old_one() {
    let demo = Demo::start().await;
    let own = Walker::without_javascript("change-email").await;
    own.open(&demo.own("/email")).await;
    own.log_in(OLIVIA, OLD_PASSWORD).await;
    own.arrive("Your email address").await;
    own.write("#email", NEW_ADDRESS).await;
    own.write("#password", "not the password of hers").await;
    own.submit("#email-save").await;
    own.problem("own-email-refused").await;
    own.write("#password", OLD_PASSWORD).await;
    own.submit("#email-save").await;
    news(&own, "We sent a mail to your new address.").await;
    own.photograph("own-email-sent").await;

    let other = Walker::without_javascript("change-email-elsewhere").await;
    other
        .open(
            &demo
                .letter(NEW_ADDRESS, "Confirm your new email address")
                .await
                .link(&demo.provider, "/email/confirm"),
        )
        .await;
    other.arrive("Is this your new email address?").await;
    other.photograph("confirm").await;
    other.submit("main button").await;
    other.arrive("Your email address was changed").await;
    other.photograph("confirmed").await;
    other.open(&demo.front()).await;
    other.log_in(NEW_ADDRESS, OLD_PASSWORD).await;
    other.arrive("Hello, Olivia Park").await;

    own.open(&demo.letter(OLIVIA, "was changed").await.link(&demo.provider, "/email/undo")).await;
    own.arrive("Get your email address back?").await;
    own.photograph("undo").await;
    own.submit("main button").await;
    own.arrive("You have your email address back").await;
    own.photograph("undone").await;
    other.open(&demo.own("")).await;
    other.log_in(NEW_ADDRESS, OLD_PASSWORD).await;
    other.problem("old-address-refused").await;
    own.press("#email-link-on").await;
    recovery::choose_another_password(&own, &demo).await;
    own.browser.close().await;
    other.browser.close().await;
    demo.stop().await;
}

/// Rules section 5 (remote sign-out): the other browser is out at its next click; this one stays in.
#[tokio::test]
async fn signing_out_everywhere_else_is_seen_by_the_other_browser_at_its_next_click() {
    let demo = Demo::start().await;
    let here = Walker::without_javascript("sign-out-everywhere").await;
    let phone = Walker::new(Chromium::open().await, Hand::Mouse, None);
    for (walker, page, heading) in
        [(&phone, "", "Your account"), (&here, "/sessions", "Where you are logged in")]
    {
        walker.open(&demo.own(page)).await;
        walker.log_in(OLIVIA, OLD_PASSWORD).await;
        walker.arrive(heading).await;
    }
    assert!(here.text("#device-2").await.is_some(), "both browsers are listed");
    here.photograph("sessions").await;
    here.submit("#everywhere-else").await;
    news(&here, "Done. You are logged out everywhere else.").await;
    assert_eq!(here.text("#device-2").await, None);
    here.photograph("sessions-alone").await;

    phone.press("nav.menu a[href='/account/apps']").await;
    phone.arrive("Log In").await;
    here.press("nav.menu a[href='/account/activity']").await;
    here.arrive("What happened lately").await;
    here.photograph("activity").await;
    phone.browser.close().await;
    here.browser.close().await;
    demo.stop().await;
}

/// L8: shown once, on paper from then on, and worth as much as the three answers, once.
#[tokio::test]
async fn a_saved_recovery_code_stands_in_for_the_questions() {
    let demo = Demo::start().await;
    let own = Walker::without_javascript("recovery-code").await;
    own.open(&demo.own("/security")).await;
    own.log_in(OLIVIA, OLD_PASSWORD).await;
    own.arrive("Security").await;
    own.photograph("security").await;
    own.press("#to-recovery-code").await;
    own.arrive("Recovery code").await;
    own.photograph("recovery-code").await;
    own.press("#code-make").await;
    own.arrive("Write this code down").await;
    own.photograph("recovery-code-shown").await;
    let code = own.text("#saved-code").await.expect("the code");
    own.press("#code-done").await;
    own.arrive("Security").await;

    let other = Walker::without_javascript("recovery-code-used").await;
    recovery::by_saved_code(&other, &demo, &code).await;
    own.browser.close().await;
    other.browser.close().await;
    demo.stop().await;
}

/// Rules section 5: a caregiver who asks to be remembered is logged in when the browser starts again; who does not, is not.
#[tokio::test]
async fn a_remembered_caregiver_is_still_logged_in_when_the_browser_starts_again() {
    let demo = Demo::start().await;
    let walker = Walker::without_javascript("remembered").await;
    journey::activate(&walker, &demo, &FRANK).await;
    let walker = walker.restart().await;
    walker.open(&demo.front()).await;
    walker.arrive("Log In").await;
    walker.press("#remember").await;
    walker.log_in(FRANK.email, journey::PASSWORD).await;
    walker.arrive("Hello, Frank Jones").await;
    let walker = walker.restart().await;
    walker.open(&demo.front()).await;
    walker.arrive("Hello, Frank Jones").await;
    walker.browser.close().await;
    demo.stop().await;
}

/// Rules section 5: of office staff only the user name is remembered.
#[tokio::test]
async fn of_office_staff_only_the_user_name_is_remembered() {
    let demo = Demo::start().await;
    let walker = Walker::without_javascript("remembered-name").await;
    walker.open(&demo.front()).await;
    walker.arrive("Log In").await;
    walker.press("#remember").await;
    walker.log_in(OLIVIA, OLD_PASSWORD).await;
    walker.arrive("Hello, Olivia Park").await;
    let walker = walker.restart().await;
    walker.open(&demo.front()).await;
    walker.arrive("Log In").await;
    assert_eq!(walker.value("#username").await.as_deref(), Some(OLIVIA));
    walker.photograph("log-in-remembered-name").await;
    walker.browser.close().await;
    demo.stop().await;
}

/// Rules section 5, the shared office PC: what A's old tab sends is never done to B, and B never sees A.
#[tokio::test]
async fn on_a_shared_computer_the_tab_of_who_was_there_before_does_nothing_to_who_is_there_now() {
    let demo = Demo::start().await;
    let walker = Walker::new(Chromium::open().await, Hand::Mouse, Some("shared-computer"));
    journey::activate(&walker, &demo, &FRANK).await;
    walker.open(&demo.front()).await;
    walker.arrive("Hello, Frank Jones").await;
    walker.open(&demo.own("")).await;
    walker.arrive("Your account").await;
    walker.write("#nickname", "Frankie").await;

    let franks = walker.new_tab().await;
    walker.open(&demo.front()).await;
    walker.press("#portal-logout").await;
    walker.arrive("You are logged out").await;
    walker.press("#portal-login").await;
    walker.log_in(OLIVIA, OLD_PASSWORD).await;
    walker.arrive("Hello, Olivia Park").await;

    walker.turn_to(&franks).await;
    walker.submit("#account-save").await;
    walker.arrive("Your account").await;
    walker.problem("shared-computer-refused").await;
    assert_eq!(walker.value("#username").await.as_deref(), Some(OLIVIA));
    assert_eq!(walker.value("#nickname").await.as_deref(), Some(""), "nothing of Frank's is saved or shown");
    walker.browser.driver.back().await.expect("a page before");
    eventually("a page without Frank", async || {
        (!walker.browser.driver.source().await.ok()?.contains(FRANK.email)).then_some(())
    })
    .await;
    walker.browser.close().await;
    demo.stop().await;
}
