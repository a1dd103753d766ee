//! A day of an agency's administrator on the office pages (R14-R34), through the demo as `make run` starts it: thirty people,
//! one more, twenty from a spreadsheet with three faults in it, mails again, a leaver, and a page to print.

use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use super::chromium::Chromium;
use super::demo::Demo;
use super::recovery::{OLD_PASSWORD, OLIVIA};
use super::walker::{Hand, Walker};
use crate::support::process::eventually;

const INVITED: &str = "Activate your account for Maple Home Care";
const HEADER: &str = "Email,User name,First name,Last name,Id,Type\n";
/// With whom the agency has thirty people: two are there when the demo starts.
const STAFF: usize = 28;
/// Those of the day: Sue, and twenty of the list. Frank waits since the demo began.
const NEW: usize = 1 + 20;

/// One line of the office's list.
fn line(given_name: &str, number: usize) -> String {
    let address = format!("{}.{number}@example.com", given_name.to_lowercase());
    format!("{address},{address},{given_name},Number {number},{given_name}-{number},Caregiver\n")
}

fn lines(given_name: &str, count: usize) -> String {
    (1..=count).map(|number| line(given_name, number)).collect()
}

/// Twenty people; one address is cut off, one is not the same twice, and one person is nothing we know.
fn twenty_with_three_faults() -> String {
    let list = lines("Robin", 20)
        .replacen("robin.4@example.com,robin.4@example.com", "robin.4@example,robin.4@example", 1)
        .replacen("robin.9@example.com,robin.9@example.com", "robin.9@example.com,robin.9@example.co", 1);
    list.replacen("Robin-15,Caregiver", "Robin-15,Nurse", 1)
}

/// Files as a spreadsheet saves them.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(TempDir::with_prefix("idp-desk-").expect("a temporary folder"))
    }

    fn save(&self, list: &str) -> PathBuf {
        let path = self.0.path().join("people.csv");
        std::fs::write(&path, format!("\u{FEFF}{HEADER}{list}").replace('\n', "\r\n"))
            .expect("the folder is writable");
        path
    }
}

async fn enter(walker: &Walker, demo: &Demo) {
    walker.open(&format!("{}/office", demo.provider)).await;
    walker.log_in(OLIVIA, OLD_PASSWORD).await;
    walker.arrive("People").await;
}

async fn notice(walker: &Walker, words: &str) {
    eventually(words, async || walker.text("#notice").await.filter(|notice| notice == words)).await;
}

/// "Are you Sure?" Yes.
async fn yes(walker: &Walker, photograph: &str) {
    walker.arrive("Are you Sure?").await;
    walker.photograph(photograph).await;
    walker.submit("#sure-yes").await;
}

/// What a row of the list or of the job says.
async fn outcome(walker: &Walker, row: usize) -> String {
    walker.text(&format!("#row-{row} .tag")).await.unwrap_or_default()
}

/// The page of the person with this name, by searching for them.
async fn find(walker: &Walker, name: &str, listed: &str) {
    walker.press("nav.menu a[href$='/office']").await;
    walker.arrive("People").await;
    walker.write("#q", name).await;
    walker.submit("#search").await;
    eventually(listed, async || walker.text(".person .name a").await.filter(|it| it == listed)).await;
    walker.press(".person .name a").await;
    walker.arrive("Manage Identity Account").await;
}

/// The whole staff, so that the lists of the day are as long as they are.
async fn employ_staff(walker: &Walker, desk: &Desk) {
    walker.press("#bulk").await;
    walker.attach("#file", &desk.save(&lines("Sam", STAFF))).await;
    walker.submit("#bulk-check").await;
    walker.submit("#create").await;
    walker.submit("#sure-yes").await;
    walker.arrive("Done").await;
    walker.press("#ok").await;
    walker.arrive("People").await;
}

/// R14-R25: a slip first.
async fn add_one(walker: &Walker, demo: &Demo) {
    walker.photograph("people").await;
    walker.press("#add").await;
    walker.arrive("Add a person").await;
    walker.photograph("add").await;
    let fields = [
        ("#given_name", "Sue"),
        ("#family_name", "Wright"),
        ("#user_name", "sue.wright@example.com"),
        ("#email", "sue.wright@example"),
        ("#cell", "519 555 0188"),
    ];
    for (field, text) in fields {
        walker.write(field, text).await;
    }
    walker.choose("#member_type", "caregiver").await;
    walker.choose("#role", "none").await;
    walker.submit("#create").await;
    walker.problem("add-refused").await;
    assert_eq!(walker.value("#cell").await.as_deref(), Some("519 555 0188"), "what was typed is kept");
    walker.write("#email", "sue.wright@example.com").await;
    walker.submit("#create").await;
    yes(walker, "add-sure").await;
    notice(walker, "Done. The person is added, and the mail is on its way.").await;
    assert_eq!(
        walker.value("#person_ref").await.as_deref(),
        Some("sue.wright@example.com"),
        "none was typed"
    );
    walker.photograph("added").await;
    demo.letter("sue.wright@example.com", INVITED).await.link(&demo.provider, "/activate");
}

/// Parts of the list in which nobody is say so, and a search that finds nobody says what to do.
async fn look_for_nobody(walker: &Walker) {
    for part in ["expired", "undeliverable", "locked", "inactive"] {
        walker.submit(&format!("nav.filters a[href*='state={part}']")).await;
        assert!(walker.text("#nobody").await.is_some_and(|words| !words.is_empty()), "{part}");
        walker.photograph(&format!("nobody-{part}")).await;
    }
    walker.write("#q", "Nobody of ours").await;
    walker.submit("#search").await;
    walker.photograph("found-nobody").await;
    walker.submit("#everybody").await;
    assert!(walker.text(".person .name").await.is_some(), "everybody again");
}

/// Where the office is, it is another hour than UTC's.
async fn live_in(walker: &Walker, zone: &str) {
    walker.browser.tell("Emulation.setTimezoneOverride", json!({"timezoneId": zone})).await;
}

/// R27-R34.
async fn add_twenty(walker: &Walker, demo: &Demo, desk: &Desk) {
    walker.open(&format!("{}/office", demo.provider)).await;
    walker.press("#bulk").await;
    walker.arrive("Bulk Add Security Accounts").await;
    walker.photograph("bulk").await;
    walker.submit("#bulk-check").await;
    walker.problem("bulk-nothing-sent").await;
    walker.attach("#file", &desk.save(&twenty_with_three_faults())).await;
    walker.submit("#bulk-check").await;
    walker.arrive("Check the list").await;
    assert_eq!(walker.text("#ready").await.as_deref(), Some("Of 20 rows, 17 can go through."));
    walker.photograph("list").await;

    walker.submit("#show-failed").await;
    eventually("the three", async || walker.text("#row-2").await.is_none().then_some(())).await;
    walker.photograph("list-to-correct").await;
    for field in ["#user_name-5", "#email-5"] {
        walker.write(field, "robin.4@example.com").await;
    }
    walker.write("#user_name-10", "robin.9@example.com").await;
    walker.choose("#member_type-16", "caregiver").await;
    walker.submit("#check").await;
    notice(walker, "Saved and checked again.").await;
    assert_eq!(walker.text("#ready").await.as_deref(), Some("Of 20 rows, 20 can go through."));
    walker.photograph("list-corrected").await;
    walker.submit("#show-all").await;
    eventually("all of them", async || walker.text("#row-21").await).await;
    for row in [5, 10, 16] {
        assert_eq!(outcome(walker, row).await, "Will be added");
    }
    walker.submit("#create").await;
    yes(walker, "list-sure").await;
    walker.arrive("Done").await;
    assert_eq!(walker.text("#settled").await.as_deref(), Some("20 of 20 rows are done."));
    assert_eq!([outcome(walker, 2).await, outcome(walker, 21).await], ["Added", "Added"]);
    walker.photograph("job-done").await;
    walker.press("#ok").await;
    walker.arrive("People").await;
    for number in [4, 9, 15, 20] {
        demo.letter(&format!("robin.{number}@example.com"), INVITED).await.link(&demo.provider, "/activate");
    }
}

/// R67: to one.
async fn send_again(walker: &Walker, demo: &Demo) {
    walker.press("nav.filters a[href*='state=not_activated']").await;
    let current = "nav.filters a[aria-current] .count";
    let waiting = (STAFF + NEW + 1).to_string();
    eventually("those who wait", async || walker.text(current).await.filter(|count| *count == waiting)).await;
    walker.photograph("not-activated").await;
    let first = demo.letter("robin.20@example.com", INVITED).await.link(&demo.provider, "/activate");
    find(walker, "Robin-20", "Number 20, Robin").await;
    walker.photograph("person").await;
    walker.submit("#do-resend").await;
    yes(walker, "resend-sure").await;
    notice(walker, "Done. A new mail is on its way.").await;
    eventually("another link", async || {
        let link = demo.letter("robin.20@example.com", INVITED).await.link(&demo.provider, "/activate");
        (link != first).then_some(())
    })
    .await;
}

/// R20: somebody leaves, before they ever came.
async fn deactivate(walker: &Walker) {
    find(walker, "Robin-20", "Number 20, Robin").await;
    walker.choose("#status", "inactive").await;
    walker.submit("#person-save").await;
    yes(walker, "deactivate-sure").await;
    notice(walker, "Done. Status is Inactive.").await;
    walker.photograph("deactivated").await;
}

/// R92: Olivia herself, at what only who has logged in is offered; then somebody leaves for good.
async fn look_at_oneself_and_remove(walker: &Walker) {
    find(walker, "Olivia", "Park, Olivia").await;
    assert_eq!(walker.text("#invitation").await.as_deref(), Some("None was needed."));
    walker.photograph("oneself").await;
    find(walker, "Robin-19", "Number 19, Robin").await;
    walker.press("#do-remove").await;
    walker.arrive("Are you Sure?").await;
    walker.submit("#sure-no").await;
    walker.arrive("Manage Identity Account").await;
    walker.press("#do-remove").await;
    yes(walker, "remove-sure").await;
    notice(walker, "Done. The person is removed from your agency.").await;
    walker.photograph("removed").await;
}

/// R67: to everybody who has not activated, but not to who has left.
async fn send_again_to_all(walker: &Walker) {
    let waiting = STAFF + NEW - 1;
    walker.press("nav.menu a[href$='/office']").await;
    walker.arrive("People").await;
    assert_eq!(walker.text("#resend").await.as_deref(), Some("Re-send to all who have not activated"));
    walker.submit("#resend").await;
    yes(walker, "resend-all-sure").await;
    notice(walker, &format!("Done. {waiting} new mails are on their way.")).await;
    walker.photograph("resent-all").await;
}

#[tokio::test]
async fn an_administrator_of_thirty_spends_a_day_on_the_office_pages() {
    let (demo, desk) = (Demo::start().await, Desk::new());
    let walker = Walker::new(Chromium::open().await, Hand::Mouse, Some("office"));
    live_in(&walker, "America/Toronto").await;
    enter(&walker, &demo).await;
    look_for_nobody(&walker).await;
    employ_staff(&walker, &desk).await;
    add_one(&walker, &demo).await;
    let added = walker.text("#added time").await.expect("when Sue was added");
    assert!(!added.contains("UTC") && added.ends_with('M'), "in Toronto's time: {added}");
    add_twenty(&walker, &demo, &desk).await;
    send_again(&walker, &demo).await;
    deactivate(&walker).await;
    look_at_oneself_and_remove(&walker).await;
    send_again_to_all(&walker).await;
    walker.press("nav.menu a[href$='/instructions']").await;
    walker.arrive("How to log in").await;
    assert_eq!(walker.text("#code").await.as_deref(), Some("99999"));
    walker.photograph("instructions").await;
    assert_eq!(walker.print("instructions").await, 1, "one sheet");
    walker.browser.tell("Emulation.setEmulatedMedia", json!({"media": "print"})).await;
    assert_eq!(walker.text("nav.menu").await.as_deref(), Some(""), "the menu is left out");
    walker.browser.tell("Emulation.setEmulatedMedia", json!({"media": ""})).await;
    walker.assert_clean_console().await;
    walker.browser.close().await;
    demo.stop().await;
}

#[tokio::test]
async fn a_person_is_added_with_the_keyboard_alone() {
    let demo = Demo::start().await;
    let walker = Walker::new(Chromium::open().await, Hand::Keyboard, Some("office-keyboard"));
    enter(&walker, &demo).await;
    add_one(&walker, &demo).await;
    walker.browser.close().await;
    demo.stop().await;
}

/// R25: whoever presses twice gets the answer of the first press, with a script of ours and without.
#[tokio::test]
async fn a_double_click_is_one_press() {
    for javascript in [true, false] {
        let demo = Demo::start().await;
        let walker = match javascript {
            true => Walker::new(Chromium::open().await, Hand::Mouse, None),
            false => Walker::without_javascript("office-double-click").await,
        };
        enter(&walker, &demo).await;
        walker.press(".person .name a").await;
        walker.arrive("Manage Identity Account").await;
        let said = walker.text("#added time").await.expect("when Frank was added");
        assert_eq!(said.ends_with("UTC"), !javascript, "{said}");
        walker.press("#do-resend").await;
        walker.arrive("Are you Sure?").await;
        walker.press_twice("#sure-yes").await;
        notice(&walker, "Done. A new mail is on its way.").await;
        walker.choose("#status", "inactive").await;
        walker.submit("#person-save").await;
        walker.arrive("Are you Sure?").await;
        walker.press_twice("#sure-yes").await;
        walker.arrive("Manage Identity Account").await;
        assert_eq!(walker.text("#problem").await, None, "nobody else changed anything");
        assert!(walker.text("#standing").await.is_some_and(|words| words.starts_with("Inactive since")));
        walker.browser.close().await;
        demo.stop().await;
    }
}

/// The job is looked at again by hand, and stopped or done, no script of ours needed.
#[tokio::test]
async fn a_pasted_list_is_carried_out_without_javascript() {
    let demo = Demo::start().await;
    let walker = Walker::without_javascript("office-without-javascript").await;
    enter(&walker, &demo).await;
    walker.press("#bulk").await;
    walker.arrive("Bulk Add Security Accounts").await;
    walker
        .write(
            "#pasted",
            &format!("{HEADER}{}", lines("Robin", 3)).replace("robin.2@example.com,robin", "robin"),
        )
        .await;
    walker.submit("#bulk-check").await;
    walker.arrive("Check the list").await;
    walker.photograph("list").await;
    walker.submit("#create").await;
    yes(&walker, "sure").await;
    eventually("the end of the job", async || match walker.text("h1").await?.as_str() {
        "Done" => Some(()),
        _ => {
            walker.submit("#look-again").await;
            None
        }
    })
    .await;
    assert_eq!([outcome(&walker, 2).await, outcome(&walker, 3).await], ["Added", "Not added"]);
    walker.photograph("done").await;
    demo.letter("robin.3@example.com", INVITED).await.link(&demo.provider, "/activate");
    walker.browser.close().await;
    demo.stop().await;
}
