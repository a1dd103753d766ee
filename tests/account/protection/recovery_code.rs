//! `/account/recovery-code` (L8): 128 bits, shown once, replaced on purpose only, taken away when the person says so.

use idp_domain::outbox::SecurityEvent;
use idp_domain::recovery_code::RecoveryCode;

use super::{CODE, MINUTE, SECOND, SECURITY, frank_at, log_in, notices, recorded, saved_code};
use crate::account::{FRANK, problems};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::on_each_database;

const PATH: &str = "/account/recovery-code";
const ALREADY: &str = "This was sent already, and the code it made was shown only once. If you did not write it down, make a new one.";

/// The code on the one page that shows it.
fn shown(page: &Page) -> String {
    assert_eq!((page.status, page.heading().as_str()), (200, "Write this code down"), "{page:?}");
    page.select("#saved-code").concat()
}

on_each_database! {
    /// L8: made on demand, shown on the answer that nobody stores, kept as a digest; told and recorded.
    async fn a_code_is_shown_once_and_only_its_digest_is_kept(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        assert!(page.shows("You have no recovery code."));
        assert_eq!(saved_code(&app, FRANK).await.map(|it| it.made_at), None);
        let made = browser.fill(&page, "code-make", &[]).await;
        let code = shown(&made);
        assert_eq!(made.headers["cache-control"], "no-store");
        assert_eq!(code.len(), 30, "{code}");
        let stored = saved_code(&app, FRANK).await.expect("a code");
        assert_eq!(RecoveryCode::typed(&code.to_lowercase()).expect("a code").digest(), stored.digest);
        assert_eq!(recorded(&app, "recovery_code.made").await, 1);
        assert!(notices(&app, FRANK).await.ends_with(&[SecurityEvent::RecoveryCodeMade]));
        for path in [PATH, "/account/security"] {
            let page = browser.get(path).await;
            assert!(!page.html.contains(&code) && page.shows("on November 21, 2026"), "{page:?}");
        }
    }

    /// L8: a reload of the page that shows it, which sends the form again, neither shows it nor makes another.
    async fn the_same_form_sent_twice_makes_one_code(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let code = shown(&browser.fill(&page, "code-make", &[]).await);
        let digest = saved_code(&app, FRANK).await.unwrap().digest;
        let again = browser.fill(&page, "code-make", &[]).await;
        assert_eq!((again.heading().as_str(), problems(&again)), (CODE, vec![ALREADY.to_owned()]));
        assert!(!again.html.contains(&code));
        assert_eq!(saved_code(&app, FRANK).await.unwrap().digest, digest);
        assert_eq!(recorded(&app, "recovery_code.made").await, 1);
        // A new page makes a new one, and the older one is worth nothing, even within the same millisecond.
        let second = shown(&browser.fill(&again, "code-make", &[]).await);
        assert_ne!(second, code);
        let third = browser.fill(&again, "code-make", &[]).await;
        assert_eq!(problems(&third), [ALREADY]);
        let stored = saved_code(&app, FRANK).await.unwrap().digest;
        assert_eq!(RecoveryCode::typed(&second).unwrap().digest(), stored);
    }

    /// The same from two tabs at one moment.
    async fn of_two_forms_at_the_same_moment_one_makes_a_code(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        let mut twin = app.browser();
        twin.cookies = browser.cookies.clone();
        let (one, two) =
            tokio::join!(browser.fill(&page, "code-make", &[]), twin.fill(&page, "code-make", &[]));
        let codes: Vec<String> = [one, two].iter().flat_map(|page| page.select("#saved-code")).collect();
        assert_eq!(codes.len(), 1, "{codes:?}");
        let stored = saved_code(&app, FRANK).await.unwrap().digest;
        assert_eq!(RecoveryCode::typed(&codes[0]).unwrap().digest(), stored);
    }

    /// L8, L11: taken away, it is gone; the page says so, and so does one mail.
    async fn a_code_can_be_removed(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        shown(&browser.fill(&page, "code-make", &[]).await);
        let page = browser.get(PATH).await;
        let removed = browser.fill(&page, "code-remove", &[]).await;
        assert_eq!((removed.heading().as_str(), removed.select("#notice").concat().as_str()),
            (SECURITY, "Your recovery code is removed. It no longer works."));
        assert!(saved_code(&app, FRANK).await.is_none());
        browser.fill(&page, "code-remove", &[]).await;
        assert_eq!(recorded(&app, "recovery_code.removed").await, 1, "nothing is removed twice");
        let removals = notices(&app, FRANK).await.into_iter();
        assert_eq!(removals.filter(|event| *event == SecurityEvent::RecoveryCodeRemoved).count(), 1);
        let stale = browser.fill(&page, "code-make", &[]).await;
        assert_eq!(problems(&stale), [ALREADY], "a page drawn before it was removed");
    }

    /// L8, Q9: a session left open at a shared PC makes none.
    async fn only_a_fresh_log_in_makes_a_code(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        app.advance(MINUTE * 5);
        for button in ["code-make"] {
            let late = browser.fill(&page, button, &[]).await;
            assert_eq!(late.heading(), "Log In");
            assert!(saved_code(&app, FRANK).await.is_none());
        }
        let page = browser.get(PATH).await;
        let back = log_in(&mut browser, &page, FRANK, PASSWORD).await;
        assert_eq!((back.heading().as_str(), problems(&back)), (CODE, vec![]));
        app.advance(SECOND);
        shown(&browser.fill(&back, "code-make", &[]).await);
    }

    /// Whatever else is sent is refused, and changes nothing.
    async fn a_made_up_form_makes_nothing(app) {
        let (mut browser, page) = frank_at(&app, PATH).await;
        for fields in [[("answer", "show"), ("replaces", "")], [("answer", "make"), ("replaces", "yesterday")]] {
            let refused = browser.fill_named(&page, "code-make", &fields).await;
            assert_eq!(refused.status, 400, "{refused:?}");
        }
        let early = browser.fill_named(&page, "code-make", &[("answer", "make"), ("replaces", "1")]).await;
        assert_eq!(problems(&early), [ALREADY]);
        assert!(saved_code(&app, FRANK).await.is_none());
    }
}
