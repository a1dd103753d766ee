//! From the office's form to the portal and out again.

use url::Url;

use super::chromium::Chromium;
use super::demo::Demo;
use super::walker::{Hand, Walker};
use crate::support::process::eventually;

pub(super) const PASSWORD: &str = "copper ladder quiet meadow";
/// R41, word for word.
const BANNER: &str = "Your password has been reset. Please log in and configure your Security Questions.";

/// Somebody of the office's list.
pub(super) struct Person {
    pub(super) reference: &'static str,
    pub(super) name: &'static str,
    pub(super) email: &'static str,
}

/// Invited when the demo starts.
pub(super) const FRANK: Person =
    Person { reference: "4711", name: "Frank Jones", email: "frank.jones@example.com" };

const SUE: Person =
    Person { reference: "1002", name: "Sue Wright", email: "sue.wright@maplehomecare.example" };
const ROSE: Person = Person { reference: "7002", name: "Rose Miller", email: "rose.miller@example.com" };
/// The office has no address of his yet (R18).
const WEI: Person = Person { reference: "4733", name: "Wei Chen", email: "wei.chen@example.com" };
const GRACE: Person = Person { reference: "4720", name: "Grace Adeyemi", email: "adeyemi@example.com" };

/// R14-R23: choose, fill in, "Are you Sure?", Yes.
async fn provision(walker: &Walker, demo: &Demo, person: &Person) {
    walker.open(&format!("{}/office", demo.desk)).await;
    walker.arrive("Manage Identity Account").await;
    walker.photograph("office").await;
    walker.press(&format!("a[href='/office/{}']", person.reference)).await;
    eventually("the form", async || walker.value("#user_name").await).await;
    for field in ["#user_name", "#email"] {
        if walker.value(field).await.as_deref() != Some(person.email) {
            walker.write(field, person.email).await;
        }
    }
    walker.photograph("office-form").await;
    walker.press("#create").await;
    walker.arrive("Are you Sure?").await;
    walker.photograph("office-sure").await;
    walker.press("#yes").await;
    walker.arrive("Manage Identity Account").await;
    eventually("the identity", async || walker.attribute("#is_identity", "checked").await).await;
    walker.photograph("office-done").await;
}

/// The link in the newest mail to this person.
async fn mailed_link(walker: &Walker, demo: &Demo, person: &Person) -> String {
    let row = "ul.rows li:first-child a";
    eventually("the mail", async || {
        walker.open(&format!("{}/mailbox", demo.desk)).await;
        walker.text(row).await.filter(|row| row.contains(person.email))
    })
    .await;
    walker.photograph("mailbox").await;
    walker.press_through(row, "Activate your account for Maple Home Care").await;
    walker.photograph("mail").await;
    let html = walker.attribute("iframe.letter", "src").await.expect("the mail's HTML");
    let link = walker.attribute("pre a", "href").await.expect("a link");
    walker
        .open(demo.desk.parse::<Url>().and_then(|desk| desk.join(&html)).expect("an address").as_str())
        .await;
    walker.photograph_only("mail-html").await;
    assert!(link.starts_with(&demo.provider), "{link}");
    link
}

/// R40-R43: a slip first, then the password.
pub(super) async fn create_password(walker: &Walker, person: &Person) {
    walker.arrive("Create Password").await;
    assert_eq!(walker.value("#username").await.as_deref(), Some(person.email));
    let suggestion = walker.text("#suggestion").await.expect("a suggestion");
    assert!(suggestion.chars().count() >= 15, "{suggestion:?}");
    walker.photograph("create-password").await;

    walker.write("#password", PASSWORD).await;
    walker.write("#confirm", "copper ladder quiet meadows").await;
    walker.press("#password-submit").await;
    eventually("the summary", async || walker.text("#problem").await).await;
    assert!(walker.has_focus("#problem").await, "the summary takes the focus");
    assert_eq!(walker.value("#password").await.as_deref(), Some(""), "a password is not sent back");
    walker.photograph("create-password-mismatch").await;

    walker.write("#password", PASSWORD).await;
    walker.write("#confirm", PASSWORD).await;
    walker.press("#password-submit").await;
}

/// R44-R52, up to the portal's own page.
pub(super) async fn first_log_in(walker: &Walker, person: &Person) {
    walker.arrive("Log In").await;
    walker.photograph("log-in-banner").await;
    assert_eq!(walker.text("#notice p").await.as_deref(), Some(BANNER));
    assert_eq!(
        walker.value("#username").await.as_deref(),
        Some(person.email),
        "the user name is there already"
    );
    walker.write("#password", "a wrong password of mine").await;
    walker.press("#login-submit").await;
    eventually("the summary", async || walker.text("#problem").await).await;
    assert!(walker.has_focus("#problem").await, "the summary takes the focus");
    walker.photograph("log-in-refused").await;
    walker.write("#password", PASSWORD).await;
    walker.press("#login-submit").await;

    walker.arrive("Security Questions").await;
    walker.photograph("security-questions").await;
    walker.choose("#question-1", "first-stuffed-toy").await;
    walker.write("#answer-1", "Mister Bun").await;
    walker.choose("#question-2", "driving-instructor").await;
    walker.write("#answer-2", "x").await;
    walker.press("#questions-save").await;
    eventually("the summary", async || walker.text("#problem").await).await;
    assert_eq!(walker.value("#answer-1").await.as_deref(), Some("Mister Bun"), "what was typed is kept");
    walker.photograph("security-questions-refused").await;
    walker.write("#answer-2", "Old Henry").await;
    walker.choose("#question-3", "lost-treasure").await;
    walker.write("#answer-3", "a red kite").await;
    walker.press("#questions-save").await;
}

/// R62: the portal knows who it is; and out again.
async fn visit_and_leave(walker: &Walker, person: &Person) {
    walker.arrive(&format!("Hello, {}", person.name)).await;
    assert_eq!(walker.text("#company-name").await.as_deref(), Some("Maple Home Care"));
    assert_eq!(walker.text("#company-code").await.as_deref(), Some("99999"));
    walker.photograph("portal").await;
    walker.press("#portal-logout").await;
    walker.arrive("You are logged out").await;
    assert_eq!(
        walker.text(".lead").await.as_deref(),
        Some("Have a good day."),
        "logged out at the provider too"
    );
    walker.photograph("portal-signed-out").await;
    walker.press("#portal-login").await;
    walker.arrive("Log In").await;
    assert_eq!(walker.text("#notice").await, None, "the banner is shown once");
    walker.photograph("log-in").await;
}

/// From the mail that waits already up to the portal.
pub(super) async fn activate(walker: &Walker, demo: &Demo, person: &Person) {
    let letter = demo.letter(person.email, "Activate your account for Maple Home Care").await;
    walker.open(&letter.link(&demo.provider, "/activate")).await;
    create_password(walker, person).await;
    first_log_in(walker, person).await;
    walker.arrive(&format!("Hello, {}", person.name)).await;
}

async fn whole_journey(walker: &Walker, demo: &Demo, person: &Person) {
    provision(walker, demo, person).await;
    let link = mailed_link(walker, demo, person).await;
    walker.open(&link).await;
    create_password(walker, person).await;
    first_log_in(walker, person).await;
    visit_and_leave(walker, person).await;
    walker.open(&link).await;
    eventually("the way on", async || walker.attribute("#log-in", "href").await).await;
    walker.photograph("link-used").await;
    walker.assert_clean_console().await;
}

#[tokio::test]
async fn a_person_is_created_gets_a_mail_activates_signs_in_and_leaves() {
    let demo = Demo::start().await;
    let walker = Walker::new(Chromium::open().await, Hand::Mouse, Some("mouse"));
    whole_journey(&walker, &demo, &SUE).await;
    walker.browser.close().await;
    demo.stop().await;
}

#[tokio::test]
async fn the_whole_journey_needs_no_mouse() {
    let demo = Demo::start().await;
    let walker = Walker::new(Chromium::open().await, Hand::Keyboard, Some("keyboard"));
    whole_journey(&walker, &demo, &ROSE).await;
    walker.browser.close().await;
    demo.stop().await;
}

#[tokio::test]
async fn the_whole_journey_needs_no_javascript() {
    let demo = Demo::start().await;
    let browser = Chromium::open().await;
    browser.without_javascript().await;
    let walker = Walker::new(browser, Hand::Mouse, Some("without-javascript"));
    walker.open(&format!("{}/", demo.portal)).await;
    walker.arrive("Log In").await;
    assert!(walker.attribute("#password-reveal", "hidden").await.is_some(), "no script has shown the toggle");
    whole_journey(&walker, &demo, &WEI).await;
    walker.browser.close().await;
    demo.stop().await;
}

/// L3, L4: a mail program opens links in a browser of its own; the person finishes wherever they like.
#[tokio::test]
async fn a_link_opened_in_one_browser_is_finished_in_another() {
    let demo = Demo::start().await;
    let mail_program = Walker::new(Chromium::open().await, Hand::Mouse, None);
    let own = Walker::new(Chromium::open().await, Hand::Mouse, None);
    provision(&own, &demo, &GRACE).await;
    let link = mailed_link(&own, &demo, &GRACE).await;
    mail_program.open(&link).await;
    mail_program.arrive("Create Password").await;

    own.open(&link).await;
    create_password(&own, &GRACE).await;
    first_log_in(&own, &GRACE).await;
    visit_and_leave(&own, &GRACE).await;

    mail_program.write("#password", "another one quite long").await;
    mail_program.write("#confirm", "another one quite long").await;
    mail_program.press("#password-submit").await;
    eventually("the way on", async || mail_program.attribute("#log-in", "href").await).await;
    mail_program.browser.close().await;
    own.browser.close().await;
    demo.stop().await;
}
