//! What a link does when it is looked at, and when it can no longer be used (R67-R70; L2-L4; attack 6).

use std::time::Duration;

use super::{choose, invited, link_in, sent_to_portal};
use crate::account::{FRANK, GRACE};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;

const SECOND: Duration = Duration::from_secs(1);

async fn is_invited(app: &TestApp, user_name: &str) -> bool {
    app.account(user_name).await.state == idp_domain::account::AccountState::Invited
}

fn has_no_form(page: &Page) -> bool {
    page.select("input[type=password]").is_empty() && !page.html.contains(FRANK)
}

/// The link that a stranger's "Forgot your password?" brings, if it brings a mail.
async fn asked_by_a_stranger(app: &TestApp) -> Option<String> {
    let mut stranger = app.browser();
    stranger.address = [203, 0, 113, 9];
    let page = stranger.get("/forgot").await;
    let page = stranger.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
    assert_eq!(page.heading(), "Check your mail", "{page:?}");
    while !app.send_mails().await.is_idle() {}
    app.postman.take().first().map(link_in)
}

on_each_database! {
    /// R70: a mail scanner may open the link as often as it likes, by GET and by HEAD.
    async fn looking_at_the_link_never_uses_it_up(app) {
        let link = invited(&app, FRANK).await;
        for _ in 0..5 {
            assert_eq!(app.browser().get_once(&link).await.status, 303);
            assert_eq!(app.browser().head_once(&link).await.status, 303);
            assert_eq!(app.browser().get(&link).await.heading(), "Create Password");
        }
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        for _ in 0..3 {
            assert_eq!(browser.get("/create-password").await.heading(), "Create Password");
            assert_eq!(browser.head_once("/create-password").await.status, 200);
        }
        assert!(is_invited(&app, FRANK).await);
        let done = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
        assert!(sent_to_portal(&done), "{done:?}");
    }

    /// L4: the secret leaves the address bar at once; the page is kept nowhere and asks nobody else for anything.
    async fn the_secret_is_swapped_for_a_cookie_and_a_clean_address(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        let landed = browser.get_once(&link).await;
        assert_eq!((landed.status, &landed.headers["location"]), (303, &"/create-password".parse().unwrap()));
        assert_eq!(landed.headers["cache-control"], "no-store");
        let cookie = landed.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let cookie = cookie.filter(|cookie| cookie.starts_with("__Host-idp_activation=")).collect::<Vec<_>>();
        assert_eq!(cookie.len(), 1, "{landed:?}");
        let secret = link.rsplit_once('.').unwrap().1;
        assert!(!cookie[0].contains(secret) && cookie[0].contains("Max-Age=7200"), "{cookie:?}");
        let page = browser.get("/create-password").await;
        assert_eq!(page.url.query(), None);
        assert_eq!(page.headers["cache-control"], "no-store");
        assert_eq!(page.headers["referrer-policy"], "same-origin");
        assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none';"));
    }

    /// L2, L3, attack 6 (CVE-2025-64708): a second past its 72 hours a link is dead, with no sweeper running.
    async fn a_link_works_for_72_hours_to_the_second(app) {
        let link = invited(&app, FRANK).await;
        app.advance(Duration::from_secs(72 * 3600) - SECOND);
        assert_eq!(app.browser().get(&link).await.heading(), "Create Password");
        app.advance(SECOND);
        let page = app.browser().get(&link).await;
        assert_eq!((page.status, page.heading().as_str()), (200, "This link has expired"));
        assert!(has_no_form(&page) && page.shows("office@maple.example"), "{page:?}");
    }

    /// L3: expiry is judged at the POST, not when the form was drawn.
    async fn a_form_that_was_drawn_in_time_is_refused_when_it_is_sent_too_late(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        app.advance(Duration::from_secs(72 * 3600) - SECOND);
        let page = browser.get(&link).await;
        app.advance(SECOND);
        let late = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
        assert_eq!(late.heading(), "This link has expired", "{late:?}");
        assert!(is_invited(&app, FRANK).await);
    }

    /// R67, R68: one press brings a new link; the old one says that it was replaced.
    async fn an_expired_link_brings_a_new_one_which_replaces_it(app) {
        let old = invited(&app, FRANK).await;
        app.advance(Duration::from_secs(72 * 3600) + SECOND);
        let mut browser = app.browser();
        let expired = browser.get(&old).await;
        let answer = browser.fill(&expired, "link-renew", &[]).await;
        assert_eq!((answer.status, answer.heading().as_str()), (200, "Check your mail"));
        assert!(!answer.html.contains(FRANK), "the address on file is not shown");
        app.postman.take();
        let new = app.activation_link(FRANK).await;
        assert_ne!(new, old);
        let replaced = browser.get(&old).await;
        assert_eq!(replaced.heading(), "This link was replaced by a newer one");
        assert!(has_no_form(&replaced));
        let page = browser.get(&new).await;
        assert!(sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await));
        assert!(app.audited().await.contains(&"invitation.resent"));
    }

    /// R68, L6: the answer to "send a new one" is the same whatever happens behind it, and mails are counted.
    async fn asking_for_a_new_link_is_answered_alike_and_limited(app) {
        let link = invited(&app, FRANK).await;
        let ticket = link.split_once("ticket=").unwrap().1.to_owned();
        app.advance(Duration::from_secs(72 * 3600) + SECOND);
        let mut browser = app.browser();
        let expired = browser.get(&link).await;
        let csrf = expired.attribute("input[name=csrf]", "value").unwrap();
        let unknown = ticket.replace(&ticket[4..12], "00000000");
        let forged = format!("{}.{}", ticket.split_once('.').unwrap().0, "A".repeat(43));
        let mut answers = vec![];
        for flow in [ticket.as_str(), ticket.as_str(), &unknown, &forged, "", "nonsense"] {
            let answer = browser.post("/activate/resend", &[("csrf", &csrf), ("flow", flow)]).await;
            answers.push((answer.status, answer.html));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "byte for byte");
        app.postman.take();
        assert_eq!(app.send_mails().await.sent, 1, "two asked within a minute, one was sent");
        for _ in 0..6 {
            app.advance(Duration::from_secs(60));
            browser.post("/activate/resend", &[("csrf", &csrf), ("flow", &ticket)]).await;
            app.send_mails().await;
        }
        assert_eq!(app.postman.take().len(), 5, "five an hour");
    }

    /// R68, attack 31: a stranger who uses up the mails of an address does not keep the holder of a link from a new one.
    async fn a_strangers_asking_does_not_use_up_the_new_links(app) {
        let app = app.restarted_under(|policy| policy.activation_life = Duration::from_secs(2 * 3600)).await;
        invited(&app, FRANK).await;
        app.postman.take();
        let mut last = None;
        for n in 0..10 {
            app.advance(Duration::from_secs(if n == 5 { 3600 } else { 60 }));
            last = Some(asked_by_a_stranger(&app).await.expect("within the limits"));
        }
        app.advance(Duration::from_secs(2 * 3600));
        assert_eq!(asked_by_a_stranger(&app).await, None, "ten a day");
        let mut browser = app.browser();
        let expired = browser.get(&last.unwrap()).await;
        assert_eq!(expired.heading(), "This link has expired", "{expired:?}");
        browser.fill(&expired, "link-renew", &[]).await;
        let newer = app.activation_link(FRANK).await;
        let page = browser.get(&newer).await;
        assert!(sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await));
    }

    /// R69, attack 15: after activation the link offers the log-in, never a form; not even when it has expired since.
    async fn a_used_link_says_so_and_leads_to_the_log_in(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let done = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
        let portal = done.location().unwrap().to_string();
        for wait in [Duration::ZERO, Duration::from_secs(73 * 3600)] {
            app.advance(wait);
            for browser in [&mut browser, &mut app.browser()] {
                let used = browser.get(&link).await;
                assert_eq!(used.heading(), "Your account is already activated");
                assert!(used.select("input[type=password]").is_empty());
                assert_eq!(used.attribute("#log-in", "href").as_deref(), Some(portal.as_str()));
            }
        }
        let again = browser
            .fill(
                &page,
                "password-submit",
                &[("Password", "another long password"), ("Confirm Password", "another long password")],
            )
            .await;
        assert!(!sent_to_portal(&again), "{again:?}");
        app.relying_party().log_in(&mut app.browser(), FRANK, PASSWORD).await;
        app.browser().post("/activate/resend", &[("flow", link.split_once("ticket=").unwrap().1)]).await;
        assert!(app.send_mails().await.is_idle(), "nobody activates twice");
    }

    /// R43, R69: who clicks twice, goes back, reloads or comes from the other tab is told that the account is activated; a
    /// browser without the proof learns nothing.
    async fn a_second_click_says_that_the_account_is_activated(app) {
        let link = invited(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        let done = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
        let portal = done.location().unwrap().to_string();
        let click = choose(&mut browser, &page, PASSWORD, PASSWORD).await;
        let mut told = vec![click];
        for _ in 0..2 {
            told.push(browser.get("/create-password").await);
        }
        for page in told {
            assert_eq!(page.heading(), "Your account is already activated", "{page:?}");
            assert_eq!(page.attribute("#log-in", "href").as_deref(), Some(portal.as_str()));
            assert!(page.select("input[type=password]").is_empty());
        }
        let set = done.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let kept: Vec<_> = set.filter(|cookie| cookie.starts_with("__Host-idp_activation=")).collect();
        assert!(kept.len() == 1 && kept[0].contains("Max-Age=600"), "{kept:?}");
        let mut stranger = app.browser();
        let flow = page.attribute("input[name=flow]", "value").unwrap();
        let csrf = stranger.get("/forgot").await.attribute("input[name=csrf]", "value").unwrap();
        let fields = [("csrf", csrf.as_str()), ("flow", &flow), ("password", PASSWORD), ("confirm", PASSWORD)];
        let looks = [
            stranger.get("/create-password").await,
            stranger.post("/create-password", &fields).await,
        ];
        for page in looks {
            assert_eq!(page.heading(), "This link does not work");
            assert!(has_no_form(&page) && !page.shows("Maple Home Care"), "{page:?}");
        }
    }

    /// R43, R74: where the agency took the invitation back there is no newer mail to look for, and none to ask for: the page
    /// says so, to whoever holds the link.
    async fn an_invitation_that_was_taken_back_says_so(app) {
        let frank = app.admin().create(FRANK).await["member_id"].as_str().unwrap().to_owned();
        let link = app.activation_link(FRANK).await;
        let grace = app.admin().create(GRACE).await["member_id"].as_str().unwrap().to_owned();
        let graces = app.activation_link(GRACE).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        app.admin().done(&frank, "revoke-invitation").await;
        app.admin().done(&grace, "deactivate").await;
        for wait in [Duration::ZERO, Duration::from_secs(73 * 3600)] {
            app.advance(wait);
            for told in [
                app.browser().get(&link).await,
                app.browser().get(&graces).await,
                browser.get("/create-password").await,
                choose(&mut browser, &page, PASSWORD, PASSWORD).await,
            ] {
                assert_eq!(told.heading(), "Your agency took this invitation back", "{told:?}");
                assert!(told.shows("ask your agency") && told.shows("office@maple.example"), "{told:?}");
                assert!(has_no_form(&told) && told.select("form").is_empty(), "{told:?}");
            }
        }
        assert!(is_invited(&app, FRANK).await);
        let forged = format!("{}.{}", link.rsplit_once('.').unwrap().0, "A".repeat(43));
        assert_eq!(app.browser().get(&forged).await.heading(), "This link does not work");
    }

    /// R40: of two forms sent at the same moment one wins, and the other is told.
    async fn of_two_passwords_chosen_at_once_one_wins(app) {
        let link = invited(&app, FRANK).await;
        let (mut one, mut two) = (app.browser(), app.browser());
        let (first, second) = (one.get(&link).await, two.get(&link).await);
        let passwords = ["a marmalade of one", "a marmalade of two"];
        let (first, second) = tokio::join!(
            choose(&mut one, &first, passwords[0], passwords[0]),
            choose(&mut two, &second, passwords[1], passwords[1]),
        );
        let won = [&first, &second].map(sent_to_portal);
        assert!(won[0] != won[1], "{first:?} {second:?}");
        let (winner, loser, told) =
            if won[0] { (passwords[0], passwords[1], &second) } else { (passwords[1], passwords[0], &first) };
        assert_eq!(told.heading(), "Your account is already activated");
        let mut browser = app.browser();
        let refused = app.relying_party().log_in(&mut browser, FRANK, loser).await;
        assert!(refused.shows("Invalid username or password"), "{refused:?}");
        let page = browser.fill(&refused, "login-submit", &[("Password", winner)]).await;
        assert_eq!(page.heading(), "Security Questions");
    }

    /// Issue 2, point 5: opened in a mail app's own browser, finished in another one.
    async fn a_link_opened_in_one_browser_can_be_finished_in_another(app) {
        let link = invited(&app, FRANK).await;
        let mut mail_app = app.browser();
        let abandoned = mail_app.get(&link).await;
        let mut browser = app.browser();
        let page = browser.get(&link).await;
        assert!(sent_to_portal(&choose(&mut browser, &page, PASSWORD, PASSWORD).await));
        let late = choose(&mut mail_app, &abandoned, "some other long words", "some other long words").await;
        assert_eq!(late.heading(), "Your account is already activated");
        let mut phone = app.browser();
        let page = app.relying_party().log_in(&mut phone, FRANK, PASSWORD).await;
        let page = phone.answer_questions(&page).await;
        assert!(page.left_to("https://maple.example/callback"), "{page:?}");
    }

    /// R78: the newest of two agencies' mails opens the door, and so does the other's: what one agency sends, or takes back,
    /// kills no link of another's.
    async fn the_newest_mail_of_two_agencies_activates(app) {
        let older = invited(&app, FRANK).await;
        app.other_admin().create(FRANK).await;
        let newer = app.activation_link(FRANK).await;
        for link in [older, newer] {
            assert_eq!(app.browser().get(&link).await.heading(), "Create Password");
        }
    }

    /// R78: a mail that has to be tried again does not kill the one of another agency that left meanwhile.
    async fn of_two_agencies_mails_both_links_work(app) {
        app.admin().create(FRANK).await;
        app.postman.answer_next(idp_domain::ports::Delivery::Retry { why: "away".to_owned() });
        app.send_mails().await;
        app.other_admin().create(FRANK).await;
        app.send_mails().await;
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
        let mut opened = 0;
        for mail in app.postman.take() {
            opened += usize::from(app.browser().get(&link_in(&mail)).await.heading() == "Create Password");
        }
        assert_eq!(opened, 2);
    }
}
