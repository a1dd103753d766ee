//! The list of an agency's people: states in words, filters with counts, search, pages (R26, R33).

use idp_domain::member::MembershipState;

use super::{FRANK, GRACE, RUTH, SECOND, at, open_person, ruth};
use crate::support::admin::caregiver_body;
use crate::support::app::{START, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;

fn names(page: &Page) -> Vec<String> {
    assert_eq!(page.heading(), "People", "{page:?}");
    page.select(".person .name")
}

async fn add(app: &TestApp, user_name: &str, given_name: &str, family_name: &str) {
    let mut body = caregiver_body(user_name);
    body["given_name"] = given_name.into();
    body["family_name"] = family_name.into();
    let created = app.admin().post(&body, &[]).await;
    assert_eq!(created.status, 201, "{created:?}");
}

/// What there is to read, without the names.
fn nameless(page: &Page) -> String {
    let names = [FRANK, GRACE, "Frank", "Jones", "Grace", "Hill"];
    names.iter().fold(page.text(), |text, name| text.replace(name, "…"))
}

on_each_database! {
    async fn people_are_listed_by_name_with_their_state_in_words(app) {
        let mut browser = ruth(&app).await;
        add(&app, FRANK, "Frank", "Jones").await;
        add(&app, GRACE, "Grace", "Hill").await;
        app.change_membership(&app.maple, GRACE, |it| it.state = MembershipState::Inactive { since: START }).await;
        let page = browser.get(&at(&app.maple, "")).await;
        assert_eq!(names(&page), ["Adams, Ruth", "Hill, Grace", "Jones, Frank"]);
        let states = ["Active", "Inactive since November 21, 2026", "Not activated since November 21, 2026"];
        assert_eq!(page.select(".person .tag"), states);
        assert_eq!(page.select(".count"), ["3", "1", "0", "0", "0", "1"]);
        assert_eq!(page.attribute(".person time", "datetime").as_deref(), Some("2026-11-21T12:00:00Z"), "for every time zone");
        assert_eq!(page.select("#resend"), ["Re-send to all who have not activated"]);
    }

    async fn filters_and_the_search_narrow_the_list(app) {
        let mut browser = ruth(&app).await;
        add(&app, FRANK, "Frank", "Jones").await;
        add(&app, GRACE, "Grace", "Hill").await;
        let path = at(&app.maple, "");
        for (query, found) in [
            ("?state=not_activated", &["Hill, Grace", "Jones, Frank"][..]),
            ("?state=locked", &[]),
            ("?q=JON", &["Jones, Frank"]),
            ("?q=frank.jones%40example.com", &["Jones, Frank"]),
            ("?type=office_staff", &["Adams, Ruth"]),
            ("?q=nobody", &[]),
            ("?state=nonsense&type=nonsense&cursor=nonsense", &["Adams, Ruth", "Hill, Grace", "Jones, Frank"]),
        ] {
            assert_eq!(names(&browser.get(&format!("{path}{query}")).await), found, "{query}");
        }
        let page = browser.get(&format!("{path}?q={}", "x".repeat(101))).await;
        assert_eq!(page.select("#q-wrong"), ["This cannot be searched for. Type a shorter text."]);
        let page = browser.get(&format!("{path}?q=%3Cscript%3E&state=locked")).await;
        assert!(page.select("main script").is_empty(), "{}", page.html);
        assert_eq!(page.attribute("input[name=state]", "value").as_deref(), Some("locked"));
    }

    /// As the list writes it, as a word processor writes it, and without the apostrophe.
    async fn a_name_is_found_however_it_is_written(app) {
        let mut browser = ruth(&app).await;
        add(&app, FRANK, "Frank", "O'Brien").await;
        add(&app, GRACE, "Grace", "D’Arcy").await;
        let path = at(&app.maple, "");
        for (q, found) in [
            ("O'Brien, Frank", "O'Brien, Frank"),
            ("O’Brien", "O'Brien, Frank"),
            ("frank obrien", "O'Brien, Frank"),
            ("D'Arcy,Grace", "D’Arcy, Grace"),
            ("DARCY", "D’Arcy, Grace"),
        ] {
            let query: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
            assert_eq!(names(&browser.get(&format!("{path}?q={query}")).await), [found], "{q}");
        }
    }

    /// Who finds nobody is told what to do.
    async fn an_empty_list_says_what_to_do(app) {
        let mut browser = ruth(&app).await;
        let path = at(&app.maple, "");
        for (query, words) in [
            ("?state=not_activated", "Everybody has activated."),
            ("?state=expired", "Nobody's mail is too old."),
            ("?state=undeliverable", "No mail came back."),
            ("?state=locked", "Nobody is locked."),
            ("?state=inactive", "Nobody is inactive."),
            ("?type=client", "Nobody of this kind is here."),
            ("?state=locked&q=nobody", "Nobody was found. Type less"),
        ] {
            let page = browser.get(&format!("{path}{query}")).await;
            assert!(page.select("#nobody").concat().starts_with(words), "{query}: {page:?}");
            assert_eq!(page.attribute("#everybody", "href").as_deref(), Some(path.as_str()), "{query}");
        }
    }

    /// R26: a mail that was not used in time is a part of the list of its own.
    async fn who_let_the_mail_run_out_is_found(app) {
        ruth(&app).await;
        add(&app, FRANK, "Frank", "Jones").await;
        app.send_mails().await;
        app.advance(SECOND * 86_400 * 30);
        let mut browser = super::log_in(&app, RUTH).await;
        let page = browser.get(&at(&app.maple, "?state=expired")).await;
        assert_eq!(names(&page), ["Jones, Frank"]);
        assert!(page.select(".person .tag").concat().starts_with("Not activated: the mail's link stopped working on"), "{page:?}");
        assert_eq!(page.select("nav.filters a[aria-current] .count"), ["1"]);
    }

    async fn a_long_list_has_pages(app) {
        let mut browser = ruth(&app).await;
        for number in 0..55 {
            add(&app, &format!("p{number}@example.com"), "Pat", &format!("Person {number:02}")).await;
            app.advance(SECOND * 10);
        }
        let first = browser.get(&at(&app.maple, "")).await;
        assert_eq!(names(&first).len(), 50);
        let second = browser.get(&first.attribute("#next", "href").unwrap()).await;
        assert_eq!((names(&second).len(), second.select("#next").len()), (6, 0));
        assert!(names(&first).iter().all(|name| !names(&second).contains(name)));
        assert_eq!(names(&browser.get(&second.attribute("#first", "href").unwrap()).await).len(), 50);
    }

    /// R33: of two people who were added at the same moment, nothing tells which one has worked elsewhere for years.
    async fn nothing_shows_that_somebody_works_elsewhere(app) {
        let mut browser = ruth(&app).await;
        app.other_admin().create(FRANK).await;
        app.change_membership(&app.birch, FRANK, |it| {
            it.state = MembershipState::Active { since: START };
            it.joined_at = Some(START);
            it.last_sign_in = Some(START);
        })
        .await;
        add(&app, FRANK, "Frank", "Jones").await;
        add(&app, GRACE, "Grace", "Hill").await;
        app.send_mails().await;
        let frank = nameless(&open_person(&app, &mut browser, FRANK).await);
        let grace = nameless(&open_person(&app, &mut browser, GRACE).await);
        assert_eq!(frank, grace);
        let list = browser.get(&at(&app.maple, "")).await;
        assert!(!list.shows("Birch") && list.shows(RUTH), "{list:?}");
    }
}
