//! `/office/{company}/logo`: another logo, none, and files that are none; without JavaScript.

use idp_domain::member::Authority;

use super::{GRACE, MINUTE, RUTH, UNKNOWN, at, log_in, notice, problems, ruth};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;
use crate::support::picture::{fetch, jpeg, png};

on_each_database! {
    async fn an_administrator_uploads_the_logo_and_takes_it_away(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "")).await;
        let link = page.attribute(&format!(".menu a[href='{}']", at(&app.maple, "/logo")), "href");
        let page = browser.get(&link.expect("a way to it")).await;
        assert_eq!((page.status, page.heading().as_str()), (200, "Logo"), "{page:?}");
        assert_eq!(page.attribute("img", "src"), None);
        assert_eq!(page.select("#logo-remove"), Vec::<String>::new());

        let saved = browser.upload(&page, "logo-save", &[], &png(960, 320, 1)).await;
        assert_eq!(notice(&saved), "The logo was saved. Pages show it from now on.");
        let first = saved.attribute("#logo-now", "src").expect("the logo");
        assert_eq!(saved.attribute("#logo-now", "alt").as_deref(), Some("The logo of Maple Home Care now"));
        assert_eq!(saved.attribute("header img.logo", "src").as_ref(), Some(&first));
        let saved = browser.upload(&saved, "logo-save", &[], &jpeg(48, 48, 2)).await;
        let second = saved.attribute("#logo-now", "src").expect("the logo");
        assert_eq!((fetch(&app, &first).await.0, fetch(&app, &second).await.0), (404, 200));

        let sure = browser.get(&saved.attribute("#logo-remove", "href").expect("a way")).await;
        assert_eq!(sure.heading(), "Are you Sure?");
        let kept = browser.fill(&sure, "sure-no", &[]).await;
        assert_eq!(kept.attribute("#logo-now", "src"), Some(second.clone()), "No changes nothing");
        let removed = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(notice(&removed), "The logo was removed.");
        assert_eq!((removed.attribute("img", "src"), fetch(&app, &second).await.0), (None, 404));
        let nothing = browser.get(&at(&app.maple, "/logo/remove")).await;
        assert_eq!(nothing.heading(), "Logo", "there is nothing to be asked");
    }

    async fn a_file_that_is_no_logo_is_refused_in_words(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/logo")).await;
        let limit = idp_domain::logo::MOST_BYTES;
        for (file, words) in [
            (vec![], "Choose a file."),
            (vec![0; limit + 1], "The file is larger than 512 KiB. Save the picture smaller, and choose that file."),
            (vec![0; 6 * limit], "The file is larger than 512 KiB. Save the picture smaller, and choose that file."),
            (
                b"<svg/>".to_vec(),
                "This file is neither a PNG nor a JPEG picture. Save the logo as one of them, and choose that file.",
            ),
            (
                png(5000, 1, 1),
                "The picture is wider or higher than 4096 pixels. Save it smaller, and choose that file.",
            ),
            (
                png(30, 10, 1)[..60].to_vec(),
                "The picture is damaged. Save it again as PNG or JPEG, and choose that file.",
            ),
        ] {
            let refused = browser.upload(&page, "logo-save", &[], &file).await;
            assert_eq!((refused.status, problems(&refused)), (200, vec![words.to_owned()]));
            assert_eq!(refused.attribute("#file", "aria-invalid").as_deref(), Some("true"));
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM company_logos").await, 0);
    }

    /// As everything that is written here: after a while the password is asked for once more.
    async fn a_log_in_of_long_ago_must_be_proven(app) {
        let mut browser = ruth(&app).await;
        app.advance(11 * MINUTE);
        let page = browser.get(&at(&app.maple, "/logo")).await;
        assert!(page.attribute("#password", "name").is_some(), "{page:?}");
        let file = png(30, 10, 1);
        for (password, words) in
            [("", "Enter your password."), ("wrong", "This is not your password. Nothing was changed. Type it again.")]
        {
            let refused = browser.upload(&page, "logo-save", &[("password", password)], &file).await;
            assert_eq!(problems(&refused), [words]);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM company_logos").await, 0);
        let saved = browser.upload(&page, "logo-save", &[("password", PASSWORD)], &file).await;
        assert_eq!(notice(&saved), "The logo was saved. Pages show it from now on.");
        app.advance(11 * MINUTE);
        let sure = browser.get(&at(&app.maple, "/logo/remove")).await;
        let refused = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(problems(&refused), ["Enter your password."]);
        let removed = browser.fill_named(&sure, "sure-yes", &[("password", PASSWORD), ("sure", "yes")]).await;
        assert_eq!(notice(&removed), "The logo was removed.");
    }

    /// Attack 82: nobody else's agency, and no page of another site.
    async fn nobody_else_changes_it(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/logo")).await;
        for company in [app.birch.id.to_string(), UNKNOWN.to_owned()] {
            for suffix in ["", "/remove"] {
                let refused = browser.get(&format!("/office/{company}/logo{suffix}")).await;
                assert_eq!(refused.status, 404);
            }
        }
        let mut other = {
            app.employ(GRACE, &[(&app.maple, Authority::None)]).await;
            log_in(&app, GRACE).await
        };
        assert_eq!(other.get(&at(&app.maple, "/logo")).await.status, 404);
        assert_eq!(other.upload(&page, "logo-save", &[], &png(30, 10, 1)).await.status, 404);
        browser.headers.push(("origin".to_owned(), "https://evil.example".to_owned()));
        browser.upload(&page, "logo-save", &[], &png(30, 10, 1)).await;
        browser.post(&at(&app.maple, "/logo/remove"), &[("sure", "yes")]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM company_logos").await, 0);
        assert_eq!(app.account(RUTH).await.user_name.as_str(), RUTH);
    }
}
