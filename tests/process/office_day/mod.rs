//! An office's day at the real binary, over HTTP: from an empty installation to an agency of five thousand, and the numbers in
//! the end state are exact, counted through the API and past it in the database.

mod installation;
mod list;
mod mailbox;
mod people;
mod program;
mod staff;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use self::installation::{BIRCH, Installation, MAPLE, counts};
use self::list::{FAULTY, GOOD, ROWS, SKIPPED, caregiver, sheet, short_list};
use self::people::{accept, activate, is_dead, log_in};
use self::program::Program;
use self::staff::{FORMER, FRANK, MISTYPED, OLIVIA, PENDING, SAM, TARA, office_staff};
use crate::support::database::TestDatabase;
use crate::support::process::eventually;
use crate::support::visitor::Visitor;

const INVITED: &str = "Activate your account for Maple Home Care";
/// Works here from the list on, and leaves the same day.
const LENA: &str = "caregiver1000@example.com";
/// Who has no mail yet, says the office, and is sent another one.
const SENT_AGAIN: usize = 10;
/// Members before the list: the office, and whom it knew.
const KNOWN: usize = 3 + FORMER.len() + PENDING.len() + MISTYPED.len();
/// Mails that lead to an activation at Maple: all but those to the former ones and to Frank, those that were sent again, to a
/// list and to one, and the one to the corrected address.
const INVITATIONS: usize = KNOWN - FORMER.len() + GOOD - 1 + SENT_AGAIN + 1 + 1;
/// What the first mistyped address should have been.
const CORRECTED: &str = "mistyped.one@example.com";

#[tokio::test]
async fn a_whole_office_day_ends_with_exact_numbers_on_sqlite() {
    office_day(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_whole_office_day_ends_with_exact_numbers_on_postgres() {
    office_day(TestDatabase::postgres().await).await;
}

/// R12-R34, R74-R79, R85, R91, R94.
async fn office_day(database: TestDatabase) {
    let mut day = Installation::begin(database).await;
    let olivia = staff_is_hired(&mut day).await;
    people_are_known(&day).await;
    let frank = frank_works_at_birch(&mut day).await;

    five_thousand_are_added(&day).await;
    everybody_was_invited_once(&mut day).await;

    let administrator = Program::with(&day.rig, &olivia);
    mails_are_sent_again(&mut day, &administrator).await;
    a_wrong_address_is_undone(&mut day, &administrator).await;
    somebody_leaves(&mut day, &administrator).await;
    frank_comes_to_maple(&mut day, &frank).await;

    the_numbers_are_exact(&mut day).await;
    the_log_tells_of_all_of_it(&day).await;
    day.server.stop().await;
}

fn at(path: &str) -> String {
    format!("companies/{MAPLE}/{path}")
}

fn id(member: &Value) -> &str {
    member["member_id"].as_str().unwrap_or_else(|| panic!("no member: {member}"))
}

/// Three of the office, of whom one administers the agency; her token at the provisioning API.
async fn staff_is_hired(day: &mut Installation) -> Value {
    let staff =
        [(OLIVIA, "unrestricted", "administrator"), (SAM, "Scheduler", "none"), (TARA, "none", "none")];
    let mut olivia = Visitor::new();
    for (user_name, role, authority) in staff {
        day.operator.post(&at("members"), &office_staff(user_name, role, authority)).await;
        let letter = day.mailbox.letter(user_name, INVITED, 1).await;
        let visitor = Visitor::new();
        activate(&day.rig, &visitor, (user_name, &letter), &day.maple_portal).await;
        if user_name == OLIVIA {
            olivia = visitor;
        }
    }
    let tools = day.tools();
    let back = tools.open(&day.rig, &olivia).await;
    tools.redeem(&day.rig, &back).await
}

/// Whom the agency knew before the list: former ones, invited ones, and two whose mails come back (R85).
async fn people_are_known(day: &Installation) {
    let office = day.office("office.maple1").await;
    for (people, status) in [(FORMER, "inactive"), (PENDING, "active"), (MISTYPED, "active")] {
        for user_name in people {
            office.post(&at("members"), &staff::caregiver(user_name, status)).await;
        }
    }
    for user_name in MISTYPED {
        let state = async || office.member(MAPLE, user_name).await["invitation"]["state"].clone();
        eventually("the mail to leave", async || (state().await == "sent").then_some(())).await;
        let diagnostic = "smtp; 550 5.1.2 no such domain";
        let told = json!({"recipient": user_name, "kind": "permanent", "diagnostic": diagnostic});
        day.operator.post("bounces", &told).await;
        assert_eq!(state().await, "undeliverable");
    }
}

/// Frank, before Maple knows of him.
struct Frank {
    visitor: Visitor,
    tokens: Value,
    /// As Birch sees him.
    at_birch: Value,
}

async fn frank_works_at_birch(day: &mut Installation) -> Frank {
    let office = day.office("office.birch1").await;
    office.post(&format!("companies/{BIRCH}/members"), &staff::caregiver(FRANK, "active")).await;
    let letter = day.mailbox.letter(FRANK, "Activate your account for Birch Home Care", 1).await;
    let visitor = Visitor::new();
    let tokens = activate(&day.rig, &visitor, (FRANK, &letter), &day.birch_portal).await;
    let at_birch = office.member(BIRCH, FRANK).await;
    assert_eq!((&at_birch["state"], &at_birch["given_name"]), (&json!("active"), &json!("Rose")));
    Frank { visitor, tokens, at_birch }
}

/// R27-R34: dry run, "Are you Sure?", job, and a result for every row.
async fn five_thousand_are_added(day: &Installation) {
    let office = day.office("office.maple1").await;
    let list = sheet();
    let before = day.count("SELECT count(*) FROM memberships").await;
    let report = office.dry_run(MAPLE, "", list.text).await;
    let expected = [GOOD, 0, SKIPPED, FAULTY - SKIPPED];
    assert_eq!((counts(&report), &report["total"]), (expected, &json!(ROWS)));
    assert_eq!(day.count("SELECT count(*) FROM memberships").await, before, "a dry run does nothing");

    let confirmation = json!({"confirm_token": report["confirm_token"]});
    let job = office.post(&at("bulk-invitations"), &confirmation).await;
    let job = at(&format!("jobs/{}", job["job_id"].as_str().expect("an id")));
    for rows in (1..=5).map(|thousand| thousand * 1000) {
        eventually(&format!("row {rows}"), async || {
            let carried_out = office.get(&job).await["carried_out"].as_u64().expect("a number");
            (carried_out >= rows).then_some(())
        })
        .await;
    }
    let done = eventually("the end of the job", async || {
        Some(office.get(&job).await).filter(|job| job["state"] == "done")
    })
    .await;
    assert_eq!((counts(&done), &done["carried_out"]), (expected, &json!(ROWS)), "the job does what was said");
    for (outcome, rows) in [("failed", FAULTY - SKIPPED), ("skipped", SKIPPED)] {
        let told = office.get(&format!("{job}/rows?outcome={outcome}")).await;
        assert_eq!(told["rows"].as_array().map(Vec::len), Some(rows), "{outcome}");
    }
    let result = office.file(&format!("{job}/result.csv"), "text/csv").await;
    assert!(result.contains(",'=1+1,"), "no cell is a formula");
    let told: BTreeMap<usize, (&str, &str)> = result.split("\r\n").skip(1).filter_map(row_told).collect();
    assert_eq!(told.len(), ROWS);
    for (row, told) in told {
        assert_eq!(told, list.faulty.get(&row).copied().unwrap_or(("created", "")), "row {row}");
    }
}

/// Number, outcome and codes in a line of the result.
fn row_told(line: &str) -> Option<(usize, (&str, &str))> {
    let mut cells = line.splitn(4, ',');
    Some((cells.next()?.parse().ok()?, (cells.next()?, cells.next()?)))
}

/// R25: one mail for each of them, however the list was read; Frank's has no link (R77).
async fn everybody_was_invited_once(day: &mut Installation) {
    let mails = GOOD + 3 + PENDING.len() + MISTYPED.len() + 1;
    let waiting = "SELECT count(*) FROM outbox WHERE state <> 'sent'";
    for _ in 0..5 {
        let before = day.count(waiting).await;
        eventually("a fifth of the mails", async || {
            (day.count(waiting).await <= before.saturating_sub(1000)).then_some(())
        })
        .await;
    }
    let invited = day.mailbox.invitations();
    assert_eq!(invited.values().sum::<usize>(), mails - 1, "Frank's second mail invites nobody");
    assert!(invited.values().all(|mails| *mails == 1));
    assert!((1..=ROWS).all(|row| row.is_multiple_of(135) != invited.contains_key(&caregiver(row))));
}

/// R32, L6: to a list of people, and to one of them: once a day, said of each by itself.
async fn mails_are_sent_again(day: &mut Installation, administrator: &Program) {
    let office = day.office("office.maple1").await;
    let people: Vec<String> = (1..=SENT_AGAIN).map(caregiver).collect();
    let first = day.mailbox.letter(&people[0], INVITED, 1).await;
    for expected in [[0, SENT_AGAIN, 0, 0], [0, 0, 0, SENT_AGAIN]] {
        let report = office.dry_run(MAPLE, "&resend_pending=true", short_list(&people)).await;
        assert_eq!(counts(&report), [0, SENT_AGAIN, 0, 0]);
        let confirmation = json!({"confirm_token": report["confirm_token"]});
        let job = office.post(&at("bulk-invitations"), &confirmation).await;
        let job = at(&format!("jobs/{}", job["job_id"].as_str().expect("an id")));
        let done = eventually("the end of the job", async || {
            Some(office.get(&job).await).filter(|job| job["state"] == "done")
        })
        .await;
        assert_eq!(counts(&done), expected);
        let result = office.file(&format!("{job}/result.csv"), "text/csv").await;
        let limited = result.matches(",failed,rate_limited,").count();
        assert_eq!(limited, expected[3], "{result}");
    }
    day.mailbox.letter(&people[0], INVITED, 2).await;
    assert!(is_dead(&first).await, "R67: only the newest link works");

    let single = office.member(MAPLE, &caregiver(SENT_AGAIN + 1)).await;
    let resend = at(&format!("members/{}:resend", id(&single)));
    administrator.act(&resend).await;
    let (status, again) = administrator.send(Method::POST, &resend, None).await;
    assert_eq!(status, 429, "{again}");
    day.mailbox.letter(&caregiver(SENT_AGAIN + 1), INVITED, 2).await;
}

/// R71, R85: the right address gets the mail that came back from the wrong one.
async fn a_wrong_address_is_undone(day: &mut Installation, administrator: &Program) {
    let [mistyped, other] = MISTYPED;
    let member = administrator.member(MAPLE, other).await;
    let resend = at(&format!("members/{}:resend", id(&member)));
    let (status, refused) = administrator.send(Method::POST, &resend, None).await;
    assert_eq!(status, 409, "no other mail to a mailbox that is not there: {refused}");
    let member = administrator.member(MAPLE, mistyped).await;
    assert_eq!(member["invitation"]["reason"], "domain_unknown", "{member}");
    let path = at(&format!("members/{}", id(&member)));
    let right = json!({"user_name": CORRECTED});
    let (status, changed) = administrator.send(Method::PATCH, &path, Some(&right)).await;
    assert_eq!((status, &changed["user_name"]), (200, &json!(CORRECTED)), "{changed}");
    day.mailbox.letter(CORRECTED, INVITED, 1).await;
}

/// R74, R76: off and out, and everything that was given is refused from that moment on.
async fn somebody_leaves(day: &mut Installation, administrator: &Program) {
    let letter = day.mailbox.letter(LENA, INVITED, 1).await;
    let tokens = activate(&day.rig, &Visitor::new(), (LENA, &letter), &day.maple_portal).await;
    let (status, tokens) = day.maple_portal.refresh(&day.rig, &tokens).await;
    assert_eq!(status, 200, "{tokens}");
    assert!(day.maple_portal.is_alive(&day.rig, &tokens).await);

    let lena = administrator.member(MAPLE, LENA).await;
    let path = at(&format!("members/{}", id(&lena)));
    let off = administrator.act(&format!("{path}:deactivate")).await;
    assert_eq!(off["state"], "inactive");
    let is_out = async || {
        assert!(!day.maple_portal.is_alive(&day.rig, &tokens).await);
        let (status, refused) = day.maple_portal.refresh(&day.rig, &tokens).await;
        assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
        let page = log_in(&day.rig, LENA, &day.maple_portal).await;
        assert_eq!(page.heading(), "You do not have access to this agency", "{page:?}");
    };
    is_out().await;
    let (status, removed) = administrator.send(Method::DELETE, &path, None).await;
    assert_eq!((status, &removed["state"]), (200, &json!("removed")), "{removed}");
    assert_eq!(removed["user_name"], Value::Null);
    is_out().await;
}

/// R33, R77, R91: the list added Frank to a second agency: a mail without a link, and neither agency sees anything of the
/// other, before he comes and afterwards.
async fn frank_comes_to_maple(day: &mut Installation, frank: &Frank) {
    let letter = day.mailbox.letter(FRANK, "You have been granted access to Maple Home Care", 1).await;
    assert_eq!(letter.activation_link(), None);
    let maple = day.office("office.maple1").await;
    let birch = day.office("office.birch1").await;
    let his = maple.member(MAPLE, FRANK).await;
    let anybodys = maple.member(MAPLE, &caregiver(2001)).await;
    for field in ["state", "joined_at", "last_sign_in", "is_locked", "locked_until", "note", "proposed_email"]
    {
        assert_eq!(his[field], anybodys[field], "{field}");
    }
    assert_eq!((&his["state"], &his["invitation"]["state"]), (&json!("invited"), &json!("sent")));
    assert_eq!(birch.member(BIRCH, FRANK).await, frank.at_birch);

    let tokens = accept(&day.rig, &frank.visitor, FRANK, &day.maple_portal).await;
    for (portal, tokens) in [(&day.maple_portal, &tokens), (&day.birch_portal, &frank.tokens)] {
        assert!(portal.is_alive(&day.rig, tokens).await, "{}", portal.id);
    }
    let his = maple.member(MAPLE, FRANK).await;
    assert_eq!(his["state"], "active");
    let theirs = birch.member(BIRCH, FRANK).await;
    assert_eq!(theirs, frank.at_birch, "that he comes to Maple does not show at Birch");
    for (seen, foreign) in [(&his, &theirs), (&theirs, &his)] {
        assert!(!seen.to_string().contains(foreign["company_id"].as_str().expect("an id")), "{seen}");
    }
}

/// Everybody who is there at the end of the day, through the API and past it.
async fn the_numbers_are_exact(day: &mut Installation) {
    let office = day.office("office.maple1").await;
    // Lena left; the office and Frank have logged in.
    let (everybody, removed, active) = (KNOWN + GOOD - 1, 1, 3 + 1);
    let invited = everybody - active - FORMER.len();
    for (filter, people) in [
        ("", everybody),
        ("state=active", active),
        ("state=inactive", FORMER.len()),
        ("state=invited", invited),
        ("state=not_activated", invited),
        ("state=removed", removed),
        ("state=undeliverable", MISTYPED.len() - 1),
        ("state=locked", 0),
        ("state=expired", 0),
        ("type=office_staff", 3),
        ("authority=administrator", 1),
    ] {
        assert_eq!(office.members(MAPLE, filter).await.len(), people, "{filter}");
    }
    let ready = office.get(&at("readiness")).await;
    let told = ["members", "not_activated", "undeliverable", "administrators"].map(|it| ready[it].clone());
    assert_eq!(told, [everybody, invited, MISTYPED.len() - 1, 1].map(|it| json!(it)));
    let birch = day.office("office.birch1").await.members(BIRCH, "").await;
    assert_eq!(birch.len(), 1);

    let waiting = "SELECT count(*) FROM outbox WHERE state <> 'sent'";
    eventually("the last mail", async || (day.count(waiting).await == 0).then_some(())).await;
    for (what, sql, rows) in [
        ("members", "SELECT count(*) FROM memberships", KNOWN + GOOD + 1),
        ("people", "SELECT count(DISTINCT account) FROM memberships", KNOWN + GOOD),
        // The operator is nobody's member. What the mistyped address made is gone with it.
        ("accounts", "SELECT count(*) FROM accounts", KNOWN + GOOD + 1),
        ("agencies", "SELECT count(*) FROM companies", 2),
        ("operators", "SELECT count(*) FROM accounts WHERE is_operator", 1),
        ("invitations", "SELECT count(*) FROM invitations", INVITATIONS + 2),
        ("jobs", "SELECT count(*) FROM bulk_batches WHERE state = 'done'", 3),
        ("rows", "SELECT count(*) FROM bulk_rows", ROWS + 2 * SENT_AGAIN),
    ] {
        assert_eq!(day.count(sql).await, rows, "{what}");
    }
    // The operator, three of the office, Frank and Lena have questions; Lena tried another browser twice when she was out.
    let expected = [
        (INVITED, INVITATIONS),
        ("Activate your account for Birch Home Care", 1),
        ("Confirm your email address for Home Identity", 1),
        ("You have been granted access to Maple Home Care", 1),
        ("You no longer belong to Maple Home Care", 1),
        ("Your Home Identity account was used on a new device", 2),
        ("Your security questions for Home Identity are set up", 6),
    ];
    let expected = expected.map(|(subject, mails)| (subject.to_owned(), mails));
    assert_eq!(day.mailbox.subjects(), BTreeMap::from(expected));
}

/// R94: what happened is in the log of its agency, no more and no less, and nobody changed it. That a person chose a password is
/// in no agency's log (R33).
async fn the_log_tells_of_all_of_it(day: &Installation) {
    let at_maple = [
        ("bulk.confirmed", 3),
        ("bulk.done", 3),
        ("bulk.proposed", 3),
        ("client.created", 3),
        ("company.created", 1),
        ("invitation.resent", SENT_AGAIN + 1),
        ("invitation.sent", INVITATIONS + 1),
        ("invitation.undeliverable", MISTYPED.len()),
        ("member.address_corrected", 1),
        ("member.changed", 1),
        ("member.deactivated", 1),
        ("member.provisioned", KNOWN + GOOD),
        ("member.removed", 1),
        ("membership.accepted", 5),
    ];
    let at_birch = [
        ("client.created", 2),
        ("company.created", 1),
        ("invitation.sent", 1),
        ("member.provisioned", 1),
        ("membership.accepted", 1),
    ];
    let mut events = BTreeMap::new();
    for (company, office, foreign, expected) in
        [(MAPLE, "office.maple1", BIRCH, at_maple.as_slice()), (BIRCH, "office.birch1", MAPLE, &at_birch)]
    {
        let program = day.office(office).await;
        let log = program.file(&format!("companies/{company}/audit"), "application/x-ndjson").await;
        let foreign = day.operator.get(&format!("companies/{foreign}")).await;
        assert!(!log.contains(foreign["company_id"].as_str().expect("an id")), "{company}");
        let mut actions: BTreeMap<String, usize> = BTreeMap::new();
        for line in log.lines() {
            let event: Value = serde_json::from_str(line).expect("an event on each line");
            *actions.entry(event["action"].as_str().expect("an action").to_owned()).or_default() += 1;
        }
        let expected = expected.iter().map(|(action, events)| ((*action).to_owned(), *events)).collect();
        assert_eq!(actions, expected, "{company}");
        let own = day.operator.get(&format!("companies/{company}")).await;
        // That it was exported is an event, too.
        events.insert(own["company_id"].as_str().expect("an id").to_owned(), log.lines().count() + 1);
    }
    let told = eventually("a place in a log for every event", async || {
        let told = day.rig.run_meanwhile(&["audit", "verify"]).await.answer();
        told.contains("Events that wait for their place in a log: 0\n").then_some(told)
    })
    .await;
    for (company, events) in events {
        let words = told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let line = words.into_iter().find(|words| words.first() == Some(&company.as_str()));
        let line = line.unwrap_or_else(|| panic!("no log of {company} in {told}"));
        assert_eq!(line[1..3], [events.to_string().as_str(), "intact"], "{told}");
    }
    assert_eq!(told.matches(" intact ").count(), 3, "two agencies' and the platform's: {told}");
}
