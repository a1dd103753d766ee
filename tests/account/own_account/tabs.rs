//! Forms that are older than what is stored, or not the person's own: nothing is lost and nothing saved by them
//! (attack 79; a shared PC).

use futures::future::join_all;

use super::{
    ACCOUNT, CHANGED_ELSEWHERE, ELSEWHERE, SECOND, TOO_OLD, at_account, frank_at_account, log_in, recorded,
    save, saved, stored,
};
use crate::account::{FRANK, GRACE, problems};
use crate::support::app::TestApp;
use crate::support::on_each_database;

async fn nickname(app: &TestApp, user_name: &str) -> Option<String> {
    stored(app, user_name).await.nickname.map(|it| it.to_string())
}

on_each_database! {
    /// A page that stood open while another one saved shows what is stored now, and saves from there.
    async fn an_older_tab_does_not_undo_a_newer_save(app) {
        let (mut browser, first) = frank_at_account(&app).await;
        let second = browser.get("/account").await;
        let newer = saved(&mut browser, &second, &[("Nickname", "Newer"), ("City", "Guelph")]).await;
        app.advance(SECOND);
        let refused = save(&mut browser, &first, &[("Nickname", "Older")]).await;
        assert_eq!(
            (refused.heading().as_str(), problems(&refused)),
            (ACCOUNT, vec![CHANGED_ELSEWHERE.to_owned()])
        );
        assert!(refused.select("#notice").is_empty(), "not called a success: {refused:?}");
        let shown = (refused.value("Nickname"), refused.value("City"));
        assert_eq!(shown, ("Newer".to_owned(), "Guelph".to_owned()));
        assert_eq!(nickname(&app, FRANK).await.as_deref(), Some("Newer"));
        assert_eq!(recorded(&app, "account.profile_changed").await, 1);

        saved(&mut browser, &refused, &[("Nickname", "Newest")]).await;
        app.advance(SECOND);
        let late = save(&mut browser, &newer, &[("Nickname", "Newer again")]).await;
        assert_eq!(problems(&late), [CHANGED_ELSEWHERE]);
        assert!(problems(&browser.get("/account").await).is_empty(), "said once");
        assert_eq!(nickname(&app, FRANK).await.as_deref(), Some("Newest"));
    }

    /// The same from several devices at one moment: one wins, the others are told.
    async fn of_saves_at_the_same_moment_one_wins_and_the_others_are_told(app) {
        app.enrol(FRANK).await;
        let names = ["Ash", "Birch", "Cedar", "Elm", "Fir"];
        let mut devices = vec![];
        for _ in names {
            devices.push(at_account(&app, FRANK).await);
        }
        let saves = devices.iter_mut().zip(names).map(async |((browser, page), name)| {
            let page = save(browser, page, &[("Nickname", name)]).await;
            (name, page.select("#notice"), problems(&page))
        });
        let (won, lost): (Vec<_>, Vec<_>) =
            join_all(saves).await.into_iter().partition(|(_, notice, _)| notice.concat() == "Saved.");
        assert_eq!((won.len(), lost.len()), (1, 4), "{lost:?}");
        assert!(lost.iter().all(|(.., problems)| problems[..] == [CHANGED_ELSEWHERE]), "{lost:?}");
        assert_eq!(nickname(&app, FRANK).await.as_deref(), Some(won[0].0));
        assert_eq!(recorded(&app, "account.profile_changed").await, 1);
    }

    /// A form that stood open past the session saves nothing; the log-in page says so, and nothing says it again.
    async fn a_form_left_open_past_the_session_says_that_nothing_was_saved(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        app.advance(app.env.policy.session.idle);
        let log_in_page = save(&mut browser, &page, &[("Nickname", "Frankie")]).await;
        assert_eq!(log_in_page.heading(), "Log In");
        let shown = log_in(&mut browser, &log_in_page, FRANK).await;
        assert!(log_in_page.select("#again").concat().contains("so nothing was saved"), "{log_in_page:?}");
        assert_eq!((shown.heading().as_str(), problems(&shown)), (ACCOUNT, vec![]), "said once");
        assert_eq!(nickname(&app, FRANK).await, None);
    }

    /// Attack 79 (CVE-2023-34927): another site's form, a missing, made-up or stolen token, a GET: nothing is saved, and
    /// the page says so.
    async fn a_form_from_elsewhere_saves_nothing(app) {
        app.enrol(GRACE).await;
        let (mut browser, page) = frank_at_account(&app).await;
        let before = stored(&app, FRANK).await;
        for (name, value) in ELSEWHERE {
            browser.headers = vec![(name.to_owned(), value.to_owned())];
            let refused = save(&mut browser, &page, &[("Nickname", "Evil")]).await;
            assert_eq!(
                (refused.heading().as_str(), problems(&refused)),
                (ACCOUNT, vec![TOO_OLD.to_owned()]),
                "{name}: {value}"
            );
            assert_eq!(refused.value("Nickname"), "", "{name}: {value}");
        }
        browser.headers.clear();
        let (mut graces, hers) = at_account(&app, GRACE).await;
        let (_, another_of_his) = at_account(&app, FRANK).await;
        let token =
            |page: &crate::support::browser::Page| page.attribute("input[name=csrf]", "value").unwrap();
        for stolen in ["", "nonsense", &token(&hers), &token(&another_of_his)] {
            let sent = [("csrf", stolen), ("nickname", "Evil")];
            let refused = browser.fill_named(&page, "account-save", &sent).await;
            assert_eq!(problems(&refused), [TOO_OLD], "{stolen}");
        }
        let cold = app.browser().post("/account", &[("nickname", "Evil"), ("csrf", &token(&page))]).await;
        assert_eq!(cold.heading(), "Log In");
        let by_get = browser.get(&format!("/account?nickname=Evil&csrf={}", token(&page))).await;
        assert_eq!((by_get.status, by_get.value("Nickname").as_str()), (200, ""));
        let crossed = save(&mut graces, &page, &[("Nickname", "Evil")]).await;
        assert_eq!(
            (crossed.attribute("#username", "value").as_deref(), problems(&crossed)),
            (Some(GRACE), vec![TOO_OLD.to_owned()])
        );
        assert_eq!((stored(&app, FRANK).await, nickname(&app, GRACE).await), (before, None));
        assert_eq!(recorded(&app, "account.profile_changed").await, 0);
        saved(&mut browser, &page, &[("Nickname", "Frankie")]).await;
    }

    /// On a shared PC the tab that one person left open neither saves for the next one nor shows what was typed there.
    async fn a_tab_of_the_last_person_saves_nothing_for_the_next_one(app) {
        app.enrol(GRACE).await;
        let (mut browser, franks) = frank_at_account(&app).await;
        app.advance(SECOND);
        let page = app.relying_party().with("prompt", "login").authorize(&mut browser).await;
        assert!(log_in(&mut browser, &page, GRACE).await.sent("code").is_some());
        let answer = save(&mut browser, &franks, &[("Nickname", "Frankie"), ("City", "Guelph")]).await;
        assert_eq!((answer.heading().as_str(), problems(&answer)), (ACCOUNT, vec![TOO_OLD.to_owned()]));
        assert_eq!(answer.attribute("#username", "value").as_deref(), Some(GRACE), "her own page");
        assert!(!answer.html.contains("Frankie") && !answer.html.contains("Guelph"), "{answer:?}");
        for person in [FRANK, GRACE] {
            assert_eq!(nickname(&app, person).await, None, "{person}");
        }
        saved(&mut browser, &answer, &[("Nickname", "Gracie")]).await;
        assert_eq!(
            (nickname(&app, FRANK).await, nickname(&app, GRACE).await.as_deref()),
            (None, Some("Gracie"))
        );
    }

    /// `pages.md`, "Dead ends": a reload of the page after Save is a GET, and saves nothing twice.
    async fn a_reload_saves_nothing_twice(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let page = saved(&mut browser, &page, &[("Nickname", "Frankie")]).await;
        assert_eq!((page.status, page.url.path()), (200, "/account"));
        app.advance(SECOND);
        let reloaded = browser.get(page.url.as_str()).await;
        assert!(reloaded.select("#notice").is_empty() && problems(&reloaded).is_empty(), "{reloaded:?}");
        assert_eq!(recorded(&app, "account.profile_changed").await, 1);
    }
}
