//! A reset that an agency's office starts (L10, R80, R90): the link goes to the person and to nobody else, and the agency's
//! word stands in only for answers that were never given.

use axum::http::Method;

use super::{
    ANSWERS, CHOOSE, FORGOT, FRANK, HOUR, MINUTE, NEW, QUESTIONS, SECOND, answer, ask, assert_reset,
    assert_untouched, choose, frank, is_code, mails,
};
use crate::support::admin::Admin;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

const SUPERSEDED: &str = "This link was replaced by a newer one";
const EXPIRED: &str = "This link has expired";

/// As an office's program does it, a minute after whatever it did before (L6).
async fn perform(app: &TestApp, office: &Admin<'_>, what: &str) -> Answer {
    app.advance(MINUTE);
    let company = if office.company == "99999" { &app.maple } else { &app.birch };
    let member = app.membership(company, FRANK).await.id;
    let answer = office.send(Method::POST, &format!("/{member}:{what}"), None, &[]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

/// The link in the mail that an office has sent.
async fn started_by(app: &TestApp, office: &Admin<'_>) -> String {
    perform(app, office, "reset-password").await;
    let mails = mails(app).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!(mail.to.as_str(), FRANK);
    link_in(&mail.text)
}

fn link_in(text: &str) -> String {
    let link = text.split_whitespace().find(|word| word.contains("/reset?ticket="));
    link.unwrap_or_else(|| panic!("no link: {text}")).to_owned()
}

async fn started(app: &TestApp) -> String {
    started_by(app, &app.admin()).await
}

/// Frank, who was let in before anybody asked for questions, and has no saved code either.
async fn frank_without_questions(app: &TestApp) {
    frank(app).await;
    app.database().execute("DELETE FROM answers").await;
    app.change_account(FRANK, |account| account.questions_enrolled = false).await;
}

/// Frank works for Birch Home Care, too.
async fn joins_birch(app: &TestApp) {
    app.other_admin().create(FRANK).await;
    let portal = RelyingParty::new(app, "portal.22222", "https://birch.example/callback");
    let page = portal.log_in(&mut app.browser(), FRANK, PASSWORD).await;
    assert!(page.left_to("https://birch.example/callback"), "{page:?}");
    mails(app).await;
}

async fn heading_at(app: &TestApp, link: &str) -> String {
    app.browser().get(link).await.heading()
}

on_each_database! {
    /// L10 (CVE-2026-16072), R80: whoever looks after an agency's people gets neither the link nor a code, nor into the account
    /// with what they know; there is no way to choose the password for somebody.
    async fn an_office_that_starts_a_reset_gets_nothing_to_reset_with(app) {
        frank_without_questions(&app).await;
        let before = app.account(FRANK).await;
        let answer = perform(&app, &app.admin(), "reset-password").await;
        let mails = mails(&app).await;
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        let link = link_in(&mail.text);
        let secret = link.rsplit_once('.').unwrap().1;
        let member = app.membership(&app.maple, FRANK).await.id;
        for answer in [answer, app.admin().get(&format!("/{member}")).await, app.admin().get("").await] {
            assert!(!answer.body.contains("ticket") && !answer.body.contains(secret), "{answer:?}");
            assert!(!format!("{:?}", answer.headers).contains(secret));
        }
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(None, 1000).await.unwrap();
        assert!(!format!("{events:?}").contains(secret) && format!("{events:?}").contains("ResetStarted"));
        drop(tx);
        let mut office = app.browser();
        ask(&mut office, "office@maple.example").await;
        let page = office.get("/reset/password").await;
        assert_ne!(page.heading(), CHOOSE, "{page:?}");
        let typed = [("password", NEW), ("confirm", NEW)];
        assert_eq!(app.browser().post("/reset/password", &typed).await.heading(), FORGOT);
        assert_untouched(&app, &before).await;
    }

    /// R80: the agency's word never stands in for answers that are there.
    async fn where_there_are_questions_they_are_asked(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&started(&app).await).await;
        assert_eq!(page.heading(), QUESTIONS, "{page:?}");
        assert_eq!(browser.get("/reset/password").await.heading(), QUESTIONS, "no step is left out");
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        let csrf = page.attribute("input[name=csrf]", "value").unwrap();
        let forged = [("password", NEW), ("confirm", NEW), ("flow", flow.as_str()), ("csrf", &csrf)];
        assert_eq!(browser.post("/reset/password", &forged).await.status, 403);
        assert_untouched(&app, &before).await;
        let page = answer(&mut browser, &page, &ANSWERS).await;
        choose(&mut browser, &page, NEW).await;
        assert_reset(&app).await;
    }

    /// L10: the mail says who started it, has the link and nothing to type anywhere, and works for a day to the second.
    async fn the_mail_names_the_agency_and_works_for_a_day(app) {
        frank(&app).await;
        perform(&app, &app.admin(), "reset-password").await;
        let mails = mails(&app).await;
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        assert!(mail.text.contains("Maple Home Care started this for you"), "{}", mail.text);
        assert!(mail.text.contains("24 hours") && !mail.text.split_whitespace().any(is_code), "{}", mail.text);
        let link = link_in(&mail.text);
        app.advance(HOUR * 24 - SECOND);
        assert_eq!(heading_at(&app, &link).await, QUESTIONS);
        app.advance(SECOND);
        assert_eq!(heading_at(&app, &link).await, EXPIRED);
    }

    /// R90: nothing was ever enrolled: mailbox and agency are enough, once; and the next log-in asks for the questions.
    async fn without_questions_the_person_goes_straight_to_the_new_password(app) {
        frank_without_questions(&app).await;
        let link = started(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
        choose(&mut browser, &page, NEW).await;
        assert_eq!(heading_at(&app, &link).await, "Your password has been reset");
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, NEW).await;
        let page = browser.answer_questions(&page).await;
        assert!(page.left_to("https://maple.example/callback"), "{page:?}");
        mails(&app).await;
        assert_eq!(heading_at(&app, &started(&app).await).await, QUESTIONS, "from then on they are asked");
    }

    /// R80: judged when the password is stored: questions that were enrolled after the page was drawn are asked first.
    async fn questions_enrolled_in_between_are_asked(app) {
        frank_without_questions(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&started(&app).await).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
        let mut own = app.browser();
        let questions = app.relying_party().log_in(&mut own, FRANK, PASSWORD).await;
        own.answer_questions(&questions).await;
        let before = app.account(FRANK).await;
        let refused = choose(&mut browser, &page, NEW).await;
        assert_eq!(refused.status, 403, "{refused:?}");
        assert_untouched(&app, &before).await;
        assert_eq!(browser.get("/reset/questions").await.heading(), QUESTIONS);
    }

    /// R90: a saved code is something to ask for.
    async fn a_saved_code_is_asked_for_where_there_are_no_questions(app) {
        frank_without_questions(&app).await;
        super::save_code(&app, FRANK).await;
        assert_ne!(heading_at(&app, &started(&app).await).await, CHOOSE);
    }

    /// R90: somebody who chose a password and forgot it before the first log-in has no questions, and belongs nowhere yet. The
    /// office sends the invitation again; what it sees of that is what it sees of everybody's.
    async fn who_forgot_the_password_before_the_first_log_in_is_invited_again(app) {
        app.activate(FRANK).await;
        mails(&app).await;
        let seen = perform(&app, &app.admin(), "resend").await;
        assert_eq!((&seen.json["state"], &seen.json["invitation"]["state"]), (&"invited".into(), &"queued".into()));
        let sent = mails(&app).await;
        let link = sent.iter().find(|mail| mail.text.contains("/reset?ticket=")).map(|mail| link_in(&mail.text));
        let mut browser = app.browser();
        let page = browser.get(&link.unwrap()).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
        choose(&mut browser, &page, NEW).await;
        let mut browser = app.browser();
        let page = app.relying_party().log_in(&mut browser, FRANK, NEW).await;
        assert!(browser.answer_questions(&page).await.left_to("https://maple.example/callback"));
    }

    /// R80: an agency that somebody has not accepted does not speak for who works elsewhere: its invitation brings no link.
    async fn another_agencys_invitation_brings_no_link_to_a_password(app) {
        frank_without_questions(&app).await;
        app.other_admin().create(FRANK).await;
        mails(&app).await;
        perform(&app, &app.other_admin(), "resend").await;
        let sent = mails(&app).await;
        assert!(sent.len() == 1 && !sent[0].text.contains("ticket="), "{sent:?}");
    }

    /// R80: who left, or was switched off, is not spoken for any more, and coming back does not bring the old mail back.
    async fn the_agencys_word_ends_when_the_person_is_switched_off(app) {
        frank_without_questions(&app).await;
        let link = started(&app).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        perform(&app, &app.admin(), "deactivate").await;
        assert_eq!(heading_at(&app, &link).await, SUPERSEDED);
        let before = app.account(FRANK).await;
        assert_eq!(choose(&mut browser, &page, NEW).await.heading(), SUPERSEDED, "judged when it is sent");
        perform(&app, &app.admin(), "activate").await;
        assert_eq!(heading_at(&app, &link).await, SUPERSEDED);
        assert_untouched(&app, &before).await;
    }

    /// A mail that waits to be sent when that happens is not sent.
    async fn a_mail_that_still_waits_is_dropped(app) {
        frank_without_questions(&app).await;
        perform(&app, &app.admin(), "reset-password").await;
        perform(&app, &app.admin(), "deactivate").await;
        assert!(mails(&app).await.iter().all(|mail| !mail.text.contains("/reset?ticket=")));
    }

    /// The same when the person is removed, and when the agency is suspended.
    async fn the_agencys_word_ends_with_the_membership_and_with_the_agency(app) {
        frank_without_questions(&app).await;
        let link = started(&app).await;
        app.change_company(&app.maple, |maple| {
            maple.state = idp_domain::company::CompanyState::Suspended { at: maple.created_at };
        })
        .await;
        assert_eq!(heading_at(&app, &link).await, SUPERSEDED);
        app.change_company(&app.maple, |maple| maple.state = idp_domain::company::CompanyState::Active).await;
        assert_eq!(heading_at(&app, &link).await, CHOOSE);
        let member = app.membership(&app.maple, FRANK).await.id;
        assert!(app.admin().send(Method::DELETE, &format!("/{member}"), None, &[]).await.status < 300);
        assert_eq!(heading_at(&app, &link).await, SUPERSEDED);
    }

    /// R74, R80: of somebody at two agencies, each speaks for itself.
    async fn at_two_agencies_each_speaks_for_itself(app) {
        frank(&app).await;
        joins_birch(&app).await;
        app.database().execute("DELETE FROM answers").await;
        app.change_account(FRANK, |account| account.questions_enrolled = false).await;
        let of_birch = started_by(&app, &app.other_admin()).await;
        perform(&app, &app.admin(), "deactivate").await;
        assert_eq!(heading_at(&app, &of_birch).await, CHOOSE, "Maple's office does not end it");
        perform(&app, &app.other_admin(), "deactivate").await;
        assert_eq!(heading_at(&app, &of_birch).await, SUPERSEDED);
    }

    /// L3: the newest mail wins, whoever asked for it; the password that was chosen ends them all.
    async fn the_newest_mail_wins_and_a_new_password_ends_every_other(app) {
        frank(&app).await;
        let first = started(&app).await;
        let second = started(&app).await;
        assert_eq!(heading_at(&app, &first).await, SUPERSEDED);
        app.advance(MINUTE);
        let own = super::asked(&app, FRANK).await;
        assert_eq!(heading_at(&app, &second).await, SUPERSEDED);
        let third = started(&app).await;
        assert_eq!(heading_at(&app, &own.link).await, SUPERSEDED);
        app.change_account(FRANK, |account| account.credential_version += 1).await;
        assert_eq!(heading_at(&app, &third).await, SUPERSEDED);
    }

    /// L6: a stranger who asks for mails again and again reaches the limit of strangers; the office has its own.
    async fn strangers_do_not_use_up_the_mails_of_the_office(app) {
        frank(&app).await;
        for _ in 0..6 {
            app.advance(MINUTE);
            ask(&mut app.browser(), FRANK).await;
        }
        mails(&app).await;
        assert_eq!(heading_at(&app, &started(&app).await).await, QUESTIONS);
        ask(&mut app.browser(), FRANK).await;
        assert!(mails(&app).await.is_empty(), "one too many");
    }
}
