//! What a reset link does when it is looked at, and when it can no longer be used (R43, R67-R70; L2-L5; attacks 2, 6, 9-11,
//! 15, 22).

use idp_domain::account::AccountState;

use super::{
    ANSWERS, CHECK_MAIL, CHOOSE, HOUR, MINUTE, NEW, QUESTIONS, SECOND, SENT, answer, ask, asked,
    assert_untouched, at_new_password, at_questions, choose, frank, mailed, mails,
};
use crate::account::{FRANK, GRACE};
use crate::support::app::{ISSUER, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;

const EXPIRED: &str = "This link has expired";
const SUPERSEDED: &str = "This link was replaced by a newer one";
const USED: &str = "Your password has been reset";

/// Nothing to type anything into, and nobody's name.
fn reveals_nothing(page: &Page) -> bool {
    page.select("input:not([type=hidden])").is_empty() && !page.html.contains(FRANK)
}

async fn heading_at(app: &TestApp, link: &str) -> String {
    let page = app.browser().get(link).await;
    assert!(page.heading() == QUESTIONS || reveals_nothing(&page), "{page:?}");
    page.heading()
}

on_each_database! {
    /// R70: a mail scanner may open the link as often as it likes, by GET and by HEAD.
    async fn looking_at_the_link_never_uses_it_up(app) {
        frank(&app).await;
        let mailed = asked(&app, FRANK).await;
        for _ in 0..10 {
            assert_eq!(app.browser().get_once(&mailed.link).await.status, 303);
            assert_eq!(app.browser().head_once(&mailed.link).await.status, 303);
            assert_eq!(heading_at(&app, &mailed.link).await, QUESTIONS);
        }
        let mut browser = app.browser();
        let page = browser.get(&mailed.link).await;
        browser.get("/reset/password").await;
        let page = answer(&mut browser, &page, &ANSWERS).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
    }

    /// L4: the secret leaves the address bar at once; what follows is kept nowhere and asks nobody else for anything.
    async fn the_secret_is_swapped_for_a_cookie_and_a_clean_address(app) {
        frank(&app).await;
        let mailed = asked(&app, FRANK).await;
        let mut browser = app.browser();
        let landed = browser.get_once(&mailed.link).await;
        assert_eq!((landed.status, &landed.headers["location"]), (303, &"/reset/questions".parse().unwrap()));
        assert_eq!(landed.headers["cache-control"], "no-store");
        let cookies = landed.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let cookies: Vec<_> = cookies.filter(|cookie| cookie.starts_with("__Host-idp_recovery=")).collect();
        assert!(matches!(&cookies[..], [one] if one.contains("Max-Age=1800")), "{cookies:?}");
        let page = browser.get("/reset/questions").await;
        assert_eq!((page.heading().as_str(), page.headers["cache-control"].to_str().unwrap()), (QUESTIONS, "no-store"));
        assert_eq!(page.headers["referrer-policy"], "same-origin");
        assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none';"));
    }

    /// L2, L3, attack 6 (CVE-2025-64708): dead to the second, with no sweeper running; judged when the form is sent, not when
    /// it was drawn.
    async fn a_link_works_for_thirty_minutes_to_the_second(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let (mut browser, page) = at_new_password(&app, FRANK).await;
        let cookies = browser.cookies.clone();
        app.advance(MINUTE);
        let mailed = asked(&app, FRANK).await;
        app.advance(MINUTE * 30 - SECOND);
        assert_eq!(heading_at(&app, &mailed.link).await, QUESTIONS);
        app.advance(SECOND);
        assert_eq!(heading_at(&app, &mailed.link).await, EXPIRED);
        browser.cookies = cookies;
        let late = choose(&mut browser, &page, NEW).await;
        assert_eq!(late.heading(), EXPIRED, "{late:?}");
        assert_untouched(&app, &before).await;
    }

    /// L3: a form that was drawn in time and is sent too late.
    async fn a_form_that_is_sent_too_late_is_refused_at_every_step(app) {
        frank(&app).await;
        let before = app.account(FRANK).await;
        let (mut at_questions, questions) = at_questions(&app, FRANK).await;
        let mut at_password = app.browser();
        at_password.cookies.clone_from(&at_questions.cookies);
        let password = answer(&mut at_password, &questions, &ANSWERS).await;
        app.advance(MINUTE * 30);
        let hashes = idp_domain::ports::PasswordHasher::computed(&*app.hasher);
        let late = answer(&mut at_questions, &questions, &ANSWERS).await;
        assert_eq!(late.heading(), EXPIRED, "{late:?}");
        let late = choose(&mut at_password, &password, NEW).await;
        assert_eq!(late.heading(), EXPIRED, "{late:?}");
        assert_eq!(idp_domain::ports::PasswordHasher::computed(&*app.hasher), hashes, "nothing is compared");
        assert_untouched(&app, &before).await;
    }

    /// R67, R68: the page of an expired link names the agency and sends a new one to the address on file, which replaces it;
    /// the address is not shown, and the answer does not say whether anything was sent.
    async fn an_expired_link_brings_a_new_one(app) {
        frank(&app).await;
        let old = asked(&app, FRANK).await;
        app.advance(MINUTE * 31);
        let mut browser = app.browser();
        let expired = browser.get(&old.link).await;
        assert!(expired.heading() == EXPIRED && expired.shows("office@maple.example"), "{expired:?}");
        let sent = browser.fill(&expired, "link-renew", &[]).await;
        assert!(sent.heading() == CHECK_MAIL && sent.shows(SENT) && !sent.html.contains(FRANK), "{sent:?}");
        let new = mailed(&app, FRANK).await;
        assert_ne!(new.link, old.link);
        let page = browser.fill(&sent, "code-submit", &[("Code from the mail", &new.code)]).await;
        assert_eq!(page.heading(), QUESTIONS, "its code can be typed right there: {page:?}");
        assert_eq!(heading_at(&app, &old.link).await, SUPERSEDED);
        assert_eq!(heading_at(&app, &new.link).await, QUESTIONS);
    }

    /// R68: "send a new one" is answered alike for a link of ours, another person's, and none; and it is limited like any
    /// other mail.
    async fn asking_for_a_new_link_is_answered_alike(app) {
        frank(&app).await;
        let old = asked(&app, FRANK).await;
        app.advance(MINUTE * 31);
        let mut browser = app.browser();
        let expired = browser.get(&old.link).await;
        let csrf = expired.attribute("input[name=csrf]", "value").unwrap();
        let ticket = expired.attribute("input[name=flow]", "value").unwrap();
        let kept = browser.cookies.clone();
        let mut answers = vec![];
        for flow in [ticket.as_str(), "tkt_00000000000000000000000000000000", "", "nonsense"] {
            browser.cookies.clone_from(&kept);
            let answer = browser.post("/reset/resend", &[("csrf", &csrf), ("flow", flow)]).await;
            answers.push((answer.status, answer.html));
        }
        browser.cookies.remove("__Host-idp_recovery");
        let answer = browser.post("/reset/resend", &[("csrf", &csrf), ("flow", &ticket)]).await;
        answers.push((answer.status, answer.html));
        assert!(answers.iter().all(|answer| *answer == answers[0]), "byte for byte");
        mailed(&app, FRANK).await;
        browser.cookies.clone_from(&kept);
        let again = browser.post("/reset/resend", &[("csrf", &csrf), ("flow", &ticket)]).await;
        assert_eq!((again.status, mails(&app).await.len()), (429, 0), "one a minute: {again:?}");
    }

    /// L4, R70: opened once more where the answers were given already, it leads on from there; anywhere else it proves the
    /// mailbox and nothing more.
    async fn opening_the_link_again_keeps_the_answers(app) {
        frank(&app).await;
        let mailed = asked(&app, FRANK).await;
        let mut browser = app.browser();
        let page = browser.get(&mailed.link).await;
        answer(&mut browser, &page, &ANSWERS).await;
        let page = browser.get(&mailed.link).await;
        assert_eq!(page.heading(), CHOOSE, "{page:?}");
        assert_eq!(heading_at(&app, &mailed.link).await, QUESTIONS);
        let done = choose(&mut browser, &page, super::NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
        assert_eq!(browser.get(&mailed.link).await.heading(), USED);
    }

    /// L3, R67: a newer mail replaces an older one.
    async fn the_newest_mail_is_the_only_one_that_works(app) {
        frank(&app).await;
        let older = asked(&app, FRANK).await;
        app.advance(MINUTE);
        let newer = asked(&app, FRANK).await;
        assert_eq!(heading_at(&app, &older.link).await, SUPERSEDED);
        assert_eq!(heading_at(&app, &newer.link).await, QUESTIONS);
    }

    /// L3, attack 15: dead after another password, another address, and when the account is switched off, wherever the
    /// person stands.
    async fn a_link_dies_with_what_it_was_made_for(app) {
        frank(&app).await;
        app.enrol(GRACE).await;
        app.enrol("rose@example.com").await;
        mails(&app).await;
        let now = app.env.now();
        type Change = fn(&mut idp_domain::account::Account, idp_domain::Timestamp);
        let changes: [(&str, Change); 3] = [
            (FRANK, |account, _| account.credential_version += 1),
            (GRACE, |account, _| {
                account.user_name = idp_domain::email::EmailAddress::parse("grace@elsewhere.example").unwrap();
            }),
            ("rose@example.com", |account, now| {
                account.state = AccountState::Disabled { at: now, password: account.password().cloned() };
            }),
        ];
        for (person, change) in changes {
            let (mut browser, page) = at_new_password(&app, person).await;
            app.change_account(person, |account| change(account, now)).await;
            let late = choose(&mut browser, &page, NEW).await;
            assert_eq!(late.heading(), SUPERSEDED, "{person}: {late:?}");
        }
        assert_eq!(super::recorded(&app, "password.reset").await, 0);
    }

    /// R69, attack 15 (CVE-2026-73431): a link that has done its work says so, and no page drawn before does it again; not
    /// even after a later change.
    async fn a_used_link_is_never_used_again(app) {
        frank(&app).await;
        let mailed = asked(&app, FRANK).await;
        let mut browser = app.browser();
        let questions = browser.get(&mailed.link).await;
        let page = answer(&mut browser, &questions, &ANSWERS).await;
        let cookies = browser.cookies.clone();
        choose(&mut browser, &page, NEW).await;
        let after = app.account(FRANK).await;
        for wait in [0, 1, 25] {
            app.advance(HOUR * wait);
            assert_eq!(heading_at(&app, &mailed.link).await, USED);
            browser.cookies.clone_from(&cookies);
            let again = choose(&mut browser, &page, "another long lantern").await;
            assert_eq!(again.heading(), USED, "{again:?}");
            let again = answer(&mut browser, &questions, &ANSWERS).await;
            assert_eq!(again.heading(), USED, "{again:?}");
        }
        assert_untouched(&app, &after).await;
    }

    /// R43, R69: who clicks twice, goes back, reloads or comes from the other tab is told what became of the password, never
    /// that nothing was changed, and gets on where the first click led; a browser without the proof learns nothing.
    async fn a_second_click_says_that_the_password_is_reset(app) {
        frank(&app).await;
        let (mut browser, page) = at_new_password(&app, FRANK).await;
        let done = choose(&mut browser, &page, NEW).await;
        assert!(done.left_to("https://maple.example/login"), "{done:?}");
        let after = app.account(FRANK).await;
        let click = choose(&mut browser, &page, NEW).await;
        let mut told = vec![click];
        for path in ["/reset/password", "/reset/questions"] {
            told.push(browser.get(path).await);
        }
        for page in told {
            assert_eq!((page.status, page.heading().as_str()), (200, USED), "{page:?}");
            let portal = page.attribute("#log-in", "href").unwrap();
            assert!(portal.starts_with("https://maple.example/login?iss=") && reveals_nothing(&page), "{portal}");
        }
        assert_untouched(&app, &after).await;
        let set = done.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let kept: Vec<_> = set.filter(|cookie| cookie.starts_with("__Host-idp_recovery=")).collect();
        assert!(kept.len() == 1 && kept[0].contains("Max-Age=600"), "{kept:?}");
        let stranger = app.browser().get("/reset/password").await;
        assert!(stranger.heading() == super::FORGOT && !stranger.html.contains(FRANK), "{stranger:?}");
        browser.cookies.remove("__Host-idp_recovery");
        let late = choose(&mut browser, &page, NEW).await;
        assert!(reveals_nothing(&late) && late.shows("What was sent just now changed nothing"), "{late:?}");
    }

    /// R45: from a log-in page, the second click leads back to that very log-in.
    async fn a_second_click_gets_on_at_the_log_in_page_it_came_from(app) {
        frank(&app).await;
        let mut browser = app.browser();
        let log_in = app.relying_party().authorize(&mut browser).await;
        let forgot = browser.get(&log_in.attribute("#forgot-password", "href").unwrap()).await;
        let sent = browser.fill(&forgot, "forgot-submit", &[("Email address", FRANK)]).await;
        let code = super::mailed(&app, FRANK).await.code;
        let page = browser.fill(&sent, "code-submit", &[("Code from the mail", &code)]).await;
        let page = answer(&mut browser, &page, &ANSWERS).await;
        assert_eq!(choose(&mut browser, &page, NEW).await.heading(), "Log In");
        let told = choose(&mut browser, &page, NEW).await;
        assert_eq!(told.heading(), USED, "{told:?}");
        let log_in = browser.get(&told.attribute("#log-in", "href").unwrap()).await;
        assert!(log_in.shows(super::BANNER), "{log_in:?}");
        let page =
            browser.fill(&log_in, "login-submit", &[("UserName", FRANK), ("Password", NEW)]).await;
        assert!(page.left_to("https://maple.example/callback"), "{page:?}");
    }

    /// R40, L3: of two passwords sent at the same moment one wins, and the other is told.
    async fn of_two_passwords_chosen_at_once_one_wins(app) {
        frank(&app).await;
        let (mut one, page) = at_new_password(&app, FRANK).await;
        let mut two = app.browser();
        two.cookies.clone_from(&one.cookies);
        let (first, second) = tokio::join!(
            choose(&mut one, &page, "a marmalade of one"),
            choose(&mut two, &page, "a marmalade of two"),
        );
        let won = [&first, &second].map(|page| page.left_to("https://maple.example/login"));
        assert!(won[0] != won[1], "{first:?} {second:?}");
        assert_eq!(super::recorded(&app, "password.reset").await, 1);
    }

    /// R43, attacks 2, 22 (CVE-2026-1529): altered, foreign, unknown: one page, byte for byte, and it knows nobody.
    async fn a_link_that_is_not_ours_learns_nothing(app) {
        frank(&app).await;
        app.admin().create(GRACE).await;
        let activation = app.activation_link(GRACE).await;
        app.postman.take();
        let mailed = asked(&app, FRANK).await;
        let ticket = mailed.link.split_once("ticket=").unwrap().1;
        let (id, secret) = ticket.split_once('.').unwrap();
        let flipped = if secret.starts_with('A') { "B" } else { "A" };
        let forged = [
            format!("{id}.{flipped}{}", &secret[1..]),
            format!("{id}.{}", &secret[..42]),
            format!("{id}."),
            id.to_owned(),
            format!("tkt_{}.{secret}", "0".repeat(32)),
            format!("ses_{}.{secret}", &id[4..]),
            format!("{ticket}%00"),
            activation.split_once("ticket=").unwrap().1.to_owned(),
            mailed.code.clone(),
            "'%20OR%201=1--".to_owned(),
            "x".repeat(5000),
            String::new(),
        ];
        let reference = app.browser().get("/reset").await;
        assert_eq!(reference.heading(), "This link does not work");
        for ticket in &forged {
            let page = app.browser().get(&format!("/reset?ticket={ticket}")).await;
            assert_eq!((page.status, &page.html), (reference.status, &reference.html), "{ticket}");
        }
        for word in [FRANK, GRACE, "Maple", "csrf"] {
            assert!(!reference.html.contains(word), "{word}: {}", reference.html);
        }
        let crossed = app.browser().get(&format!("/activate?ticket={ticket}")).await;
        assert_eq!(crossed.heading(), "This link does not work", "a reset link activates nothing");
        assert_eq!(heading_at(&app, &mailed.link).await, QUESTIONS, "the genuine one is as good as before");
    }

    /// L5, attacks 9, 10, 11 (CVE-2025-48936, CVE-2026-93453, CVE-2026-29067): nothing a request says gets into the mail.
    async fn a_poisoned_request_does_not_change_the_link(app) {
        frank(&app).await;
        for (name, value) in [
            ("host", "evil.example"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "http"),
            ("forwarded", "host=evil.example;proto=http;for=203.0.113.9"),
            ("x-original-host", "evil.example"),
            ("x-rewrite-url", "https://evil.example/"),
            ("referer", "https://evil.example/"),
        ] {
            let mut browser = app.browser();
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            ask(&mut browser, FRANK).await;
            let mails = mails(&app).await;
            let [mail] = &mails[..] else { panic!("{name}: {mails:?}") };
            assert!(super::Mailed::of(mail).link.starts_with(&format!("{ISSUER}/reset?ticket=tkt_")), "{mail:?}");
            for part in [&mail.text, &mail.html, &mail.subject, &mail.message_id] {
                assert!(!part.contains("evil.example") && !part.contains("http://id.example"), "{name}: {part}");
            }
            app.advance(HOUR * 6);
        }
        let mut browser = app.browser();
        let page = browser.get("/forgot").await;
        browser.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
        let refused = browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
        assert_eq!(refused.heading(), super::FORGOT, "another site's form is shown again, and not obeyed");
        assert!(mails(&app).await.is_empty());
    }
}
