//! An operator's first agency (R12, R13), and somebody who looks after none: what no agency's office sees of `/office`.

use super::chromium::Chromium;
use super::mailbox::Letter;
use super::walker::{Hand, Walker};
use crate::support::process::eventually;
use crate::support::rig::{PASSWORD, Rig, USER_NAME};

const RUTH: &str = "ruth@operator.example";
const CHOSEN: &str = "seven copper lanterns adrift";

/// The code in the mail that proves an address: the first mail of this installation.
async fn code(rig: &Rig) -> String {
    let folder = rig.path("mails");
    let mail = eventually("the mail with a code", async || {
        let file = std::fs::read_dir(&folder).ok()?.find_map(Result::ok)?;
        std::fs::read_to_string(file.path()).ok().filter(|mail| mail.ends_with("--\r\n"))
    });
    Letter::of_file(&mail.await).code()
}

/// From the printed link to being logged in (R13).
async fn become_operator(walker: &Walker, rig: &Rig, link: &str) {
    walker.open(link).await;
    walker.photograph("bootstrap").await;
    let fields = [
        ("#given_name", "Ruth"),
        ("#family_name", "Baker"),
        ("#email", RUTH),
        ("#password", CHOSEN),
        ("#confirm", CHOSEN),
    ];
    for (field, text) in fields {
        walker.write(field, text).await;
    }
    walker.submit("#bootstrap-submit").await;
    walker.log_in(RUTH, CHOSEN).await;
    walker.arrive("Check your mail").await;
    walker.write("#code", &code(rig).await).await;
    walker.submit("#verify-submit").await;
    walker.arrive("Security Questions").await;
    let answers = ["first-stuffed-toy", "driving-instructor", "lost-treasure"];
    for (number, question) in (1..).zip(answers) {
        walker.choose(&format!("#question-{number}"), question).await;
        walker.write(&format!("#answer-{number}"), &format!("an answer to {question}")).await;
    }
    walker.submit("#questions-save").await;
}

/// R12: a slip first; then the secret, and an agency where nobody is yet.
async fn open_agency(walker: &Walker) {
    walker.press("#open-agency").await;
    walker.arrive("New agency").await;
    walker.photograph("new-agency").await;
    walker.submit("#agency-open").await;
    walker.problem("new-agency-refused").await;
    walker.write("#name", "Elm Home Care").await;
    walker.write("#code", "ELM24").await;
    walker.submit("#agency-open").await;
    walker.arrive("The agency is open").await;
    walker.photograph("agency-opened").await;
    walker.press("#people").await;
    walker.arrive("People").await;
    assert_eq!(walker.text("#nobody").await.as_deref(), Some("Nobody is here yet. Add the first person."));
    walker.photograph("nobody-yet").await;
    walker.press("nav.menu a[href$='/instructions']").await;
    walker.arrive("How to log in").await;
    walker.photograph("instructions-without-a-portal").await;
}

#[tokio::test]
async fn an_operator_opens_an_agency_and_somebody_else_sees_none() {
    let rig = Rig::new();
    rig.seed();
    let said = rig.run(&["bootstrap"]).answer();
    let link = said.split_whitespace().find(|word| word.contains("/bootstrap?ticket=")).expect("a link");
    let server = rig.serve().await;
    let office = format!("{}/office", rig.address());

    let walker = Walker::new(Chromium::open().await, Hand::Mouse, Some("operator"));
    become_operator(&walker, &rig, link).await;
    walker.open(&office).await;
    walker.arrive("Agencies").await;
    walker.photograph("agencies").await;
    walker.write("#q", "Nowhere").await;
    walker.submit("#search").await;
    assert!(walker.text("#nothing").await.is_some_and(|words| words.starts_with("No agency was found.")));
    walker.photograph("no-agency-found").await;
    open_agency(&walker).await;
    walker.assert_clean_console().await;
    walker.browser.close().await;

    let walker = Walker::new(Chromium::open().await, Hand::Mouse, Some("no-office"));
    walker.open(&office).await;
    walker.log_in(USER_NAME, PASSWORD).await;
    walker.arrive("You look after no agency").await;
    walker.photograph("nobody").await;
    walker.browser.close().await;
    server.stop().await;
}
