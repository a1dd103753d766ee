//! Whose logo is on the log-in page: `company.md` section 3, "Branding", and `pages.md`.

use idp_domain::logo::{Logo, Picture};

use super::{FRANK, change_maple, register};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::picture::fetch;

async fn brand(app: &TestApp) -> Logo {
    let picture = Picture { png: b"drawn by us".to_vec(), width: 240, height: 60 };
    let logo = Logo::of(app.maple.id, &picture);
    let mut tx = app.env.store.write().await.unwrap();
    tx.logos().put(app.maple.id, logo.name, &picture).await.unwrap();
    tx.commit().await.unwrap();
    change_maple(app, |company| company.logo = Some(logo)).await;
    logo
}

fn logo_on(page: &Page) -> Option<String> {
    page.attribute("img", "src")
}

on_each_database! {
    async fn the_agencys_own_portal_shows_its_logo_above_its_name(app) {
        app.enrol(FRANK).await;
        let page = app.relying_party().authorize(&mut app.browser()).await;
        assert_eq!((logo_on(&page), page.select("header .mark")), (None, vec!["MH".to_owned()]));
        let logo = brand(&app).await;
        let mut browser = app.browser();
        let page = app.relying_party().authorize(&mut browser).await;
        let url = format!("/logos/{}.png", logo.name);
        assert_eq!(logo_on(&page).as_ref(), Some(&url));
        assert_eq!(page.select("header .brand"), ["Maple Home Care"]);
        let image = "header img.logo";
        assert_eq!(page.attribute(image, "alt").as_deref(), Some(""), "the name stands beside it");
        assert_eq!(page.attribute(image, "width").as_deref(), Some("240"));
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("img-src 'self'"), "{policy}");
        assert_eq!(fetch(&app, &url).await.2, b"drawn by us");
        let wrong = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", "wrong")]).await;
        assert_eq!(logo_on(&wrong), Some(url), "on every page of the way");
    }

    /// It would say which codes exist, and where somebody works: neither a `company` parameter nor a typed user name brands.
    async fn before_the_log_in_nothing_but_the_client_brands(app) {
        app.enrol(FRANK).await;
        brand(&app).await;
        register(&app, |client| client.company = None).await;
        for company in ["99999", "ZZZ99"] {
            let mut browser = app.browser();
            let client = app.relying_party().with("company", company).with("login_hint", FRANK);
            let page = client.authorize(&mut browser).await;
            assert_eq!(logo_on(&page), None, "{company}");
            let typed = [("UserName", FRANK), ("Password", "wrong")];
            assert_eq!(logo_on(&browser.fill(&page, "login-submit", &typed).await), None, "{company}");
        }
    }

    /// R33: another agency's portal shows its own, whoever logs in.
    async fn another_agencys_portal_does_not_show_it(app) {
        app.enrol(FRANK).await;
        brand(&app).await;
        let mut browser = app.browser();
        let birch = crate::support::relying_party::RelyingParty::new(
            &app, "portal.22222", "https://birch.example/callback",
        );
        assert_eq!(logo_on(&birch.authorize(&mut browser).await), None);
        assert_eq!(logo_on(&birch.log_in(&mut browser, FRANK, PASSWORD).await), None);
    }
}
