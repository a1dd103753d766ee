//! A mistyped address (R71), another mail (R67), another address for who has accepted (R72, R73).

use serde_json::{Value, json};

use super::{activation_links, id, invited, joined, listed};
use crate::api::{FRANK, problem};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const RIGHT: &str = "frank.right@example.com";

on_each_database! {
    /// R67: the older link is dead, the newer one works; not more mails than the limit (L6).
    async fn a_mail_sent_again_replaces_the_one_before(app) {
        let member = invited(&app, FRANK).await;
        app.send_mails().await;
        let again = app.admin().done(id(&member), "resend").await;
        assert_eq!(again["invitation"]["state"], "queued");
        let links = activation_links(&app, FRANK).await;
        assert_eq!(links.len(), 2);
        let mut browser = app.browser();
        let old = browser.get(&links[0]).await;
        assert_ne!(old.heading(), "Create a password", "{old:?}");
        let new = app.browser().get(&links[1]).await;
        assert!(!new.select("#password-submit").is_empty(), "{new:?}");
        let mut refused = None;
        for _ in 0..20 {
            let answer = app.admin().act(id(&member), "resend").await;
            if answer.status != 200 {
                refused = Some(answer);
                break;
            }
        }
        let refused = refused.expect("a limit");
        assert_eq!(problem(&refused), (429, "too-many-requests"));
        assert!(refused.headers.contains_key("retry-after"));
    }

    /// R71: corrected before activation: the old link opens nothing, the new address gets its own, and it is the same member.
    async fn a_corrected_address_gets_its_own_link_and_the_old_one_is_dead(app) {
        let member = invited(&app, FRANK).await;
        let old = activation_links(&app, FRANK).await;
        let patched = app.admin().patch(id(&member), &json!({"email": RIGHT})).await;
        assert_eq!(patched.status, 200, "{patched:?}");
        assert_eq!((&patched.json["user_name"], &patched.json["email"]), (&json!(RIGHT), &json!(RIGHT)));
        assert_eq!((&patched.json["member_id"], &patched.json["state"]), (&member["member_id"], &json!("invited")));
        let page = app.browser().get(&old[0]).await;
        assert!(page.select("#password-submit").is_empty(), "{page:?}");
        let new = activation_links(&app, RIGHT).await;
        let mut browser = app.browser();
        let page = browser.get(&new[0]).await;
        browser.fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)]).await;
        let page = app.relying_party().log_in(&mut browser, RIGHT, PASSWORD).await;
        assert!(browser.answer_questions(&page).await.left_to("https://maple.example/callback"));
        assert_eq!(listed(&app, RIGHT).await["state"], "active");
        assert_eq!(app.admin().get("").await.json["members"].as_array().map(Vec::len), Some(1));
    }

    /// R71, R33: the wrong address is somebody's who works elsewhere: their account and their other agency are untouched, and
    /// the answer is the one for an address nobody has.
    async fn correcting_an_address_that_another_agency_shares_shows_nothing(app) {
        app.other_admin().create("shared@example.com").await;
        app.send_mails().await;
        let elsewhere = app.other_admin().get("").await.json;
        let (mut answers, mut members) = (vec![], vec![]);
        let people = [("shared@example.com", "right1@example.com"), ("nobody@example.com", "right2@example.com")];
        for (wrong, _) in people {
            members.push(invited(&app, wrong).await);
        }
        app.send_mails().await;
        app.advance(std::time::Duration::from_secs(60));
        for ((wrong, right), member) in people.into_iter().zip(members) {
            let patched = app.admin().patch(id(&member), &json!({"email": right})).await;
            let text = patched.json.to_string();
            let text = text.replace(id(&member), "mbr").replace(right, "right").replace(wrong, "wrong");
            answers.push((patched.status, text));
        }
        assert_eq!(answers[0], answers[1]);
        assert_eq!(app.other_admin().get("").await.json, elsewhere);
        app.send_mails().await;
    }

    /// R71: nobody ever opened the account of the mistyped address, and no agency has it any more: it goes, and its link opens
    /// nothing. One that another agency has, or had, or that somebody opened, stays; nothing shows which it was (R33).
    async fn an_account_that_only_a_mistyped_address_made_goes(app) {
        let wrong = ["wrong@example.com", "elsewhere@example.com", "left@example.com", "opened@example.com"];
        for shared in &wrong[1..3] {
            app.other_admin().create(shared).await;
        }
        let left = app.membership(&app.birch, wrong[2]).await.id.to_string();
        assert_eq!(app.other_admin().remove(&left).await.status, 200);
        let (mut members, mut answers) = (vec![], vec![]);
        for address in wrong {
            members.push(invited(&app, address).await);
        }
        let link = activation_links(&app, wrong[0]).await.remove(0);
        let opened = activation_links(&app, wrong[3]).await.remove(0);
        let mut browser = app.browser();
        let page = browser.get(&opened).await;
        browser.fill(&page, "password-submit", &[("Password", PASSWORD), ("Confirm Password", PASSWORD)]).await;
        app.advance(std::time::Duration::from_secs(60));
        for (n, (address, member)) in wrong.into_iter().zip(&members).enumerate() {
            let right = format!("right{n}@example.com");
            let patched = app.admin().patch(id(member), &json!({"email": right})).await;
            let text = patched.json.to_string().replace(id(member), "mbr").replace(&right, "right");
            answers.push((patched.status, text.replace(address, "wrong")));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        for (address, is_there) in wrong.into_iter().zip([false, true, true, true]) {
            assert_eq!(app.find_account(address).await.is_some(), is_there, "{address}");
        }
        let page = app.browser().get(&link).await;
        assert!(page.select("#password-submit").is_empty() && page.status < 500, "{page:?}");
        let again = app.admin().post(&crate::support::admin::caregiver_body(wrong[0]), &[]).await;
        assert_eq!(again.status, 409, "the reference is the member's: {again:?}");
        app.send_mails().await;
    }

    /// R31: the right address is another member's.
    async fn an_address_is_not_corrected_to_another_members(app) {
        let member = invited(&app, FRANK).await;
        invited(&app, RIGHT).await;
        let refused = app.admin().patch(id(&member), &json!({"email": RIGHT})).await;
        assert_eq!(problem(&refused), (409, "shared-email-in-company"));
        assert_eq!(listed(&app, FRANK).await, member);
    }

    /// R72, R73: proposed, shown to this agency alone, in effect when the person confirms it; whether somebody has the address
    /// is not told.
    async fn a_proposed_address_waits_for_the_person(app) {
        let member = joined(&app, FRANK).await;
        app.advance(std::time::Duration::from_secs(1));
        let at_birch = crate::account::own::joins_birch(&app, FRANK).await;
        assert_eq!(at_birch.status, 200);
        app.enrol("taken@example.com").await;
        for address in ["taken@example.com", RIGHT] {
            app.advance(std::time::Duration::from_secs(60));
            let proposed = app.admin().propose(id(&member), address).await;
            assert_eq!((proposed.status, &proposed.json["proposed_email"]), (200, &json!(address)), "{proposed:?}");
            assert_eq!(proposed.json["user_name"], FRANK, "nothing is in effect");
            let elsewhere = app.other_admin().get("?q=frank").await.json["members"][0].clone();
            assert_eq!(elsewhere["proposed_email"], Value::Null, "{elsewhere}");
        }
        app.advance(std::time::Duration::from_secs(3600));
        for (address, expected) in [("x", (422, "invalid-member")), ("", (422, "invalid-member")), (FRANK, (409, "wrong-state"))] {
            assert_eq!(problem(&app.admin().propose(id(&member), address).await), expected, "{address}");
        }
        app.send_mails().await;
        let sent = app.postman.sent();
        let link = sent.iter().rev().filter(|mail| mail.to.as_str() == RIGHT).find_map(|mail| {
            let start = mail.text.find("https://id.example/email/confirm?ticket=")?;
            mail.text[start..].split_whitespace().next().map(str::to_owned)
        });
        assert!(link.is_some(), "the new address got a link");
        app.advance(app.env.policy.email_change_life);
        assert_eq!(listed(&app, FRANK).await["proposed_email"], Value::Null, "too late to confirm");
    }
}
