//! Whose list it is, and what it must not tell (R33; `company.md` section 4).

use idp_domain::member::Authority;

use super::{PEOPLE, listed, ruth};
use crate::api::bulk::work;
use crate::office::{FRANK, MINUTE, UNKNOWN, log_in};
use crate::support::app::TestApp;
use crate::support::browser::Page;
use crate::support::on_each_database;

const BETTY: &str = "betty@example.com";
const NEW: &str = "nobody.yet@example.com";

/// An administrator of Birch and of nothing else.
async fn betty(app: &TestApp) -> crate::support::browser::Browser<'_> {
    app.employ(BETTY, &[(&app.birch, Authority::Administrator)]).await;
    log_in(app, BETTY).await
}

/// Everything that is shown of two rows, without what must differ.
fn alike(page: &Page, (one, user_name): (u32, &str), (other, other_name): (u32, &str)) -> String {
    let shown = |row: u32, name: &str| {
        page.select(&format!("#row-{row} td:not(:first-child)")).concat().replace(name, "address")
    };
    assert_eq!(shown(one, user_name), shown(other, other_name), "{page:?}");
    shown(one, user_name)
}

on_each_database! {
    /// A foreign list is answered like one that does not exist, whichever agency the address names.
    async fn a_foreign_list_is_not_there(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let id = list.url.path().rsplit('/').next().unwrap().to_owned();
        let mut stranger = betty(&app).await;
        let (maple, birch) = (app.maple.id.to_string(), app.birch.id.to_string());
        let mut answers = Vec::new();
        for path in [
            format!("/office/{maple}/bulk"),
            format!("/office/{UNKNOWN}/bulk"),
            format!("/office/{maple}/bulk/{id}"),
            format!("/office/{birch}/bulk/{id}"),
            format!("/office/{birch}/bulk/{id}/result.csv"),
            format!("/office/{birch}/bulk/job_00000000000070008000000000000000"),
            format!("/office/{birch}/bulk/nothing"),
        ] {
            let page = stranger.get(&path).await;
            answers.push((page.status, page.heading()));
        }
        answers.dedup();
        assert_eq!(answers, [(404, "There is no such page".to_owned())]);
        let own = stranger.get(&format!("/office/{birch}/bulk")).await;
        let csrf = own.attribute("input[name=csrf]", "value").unwrap();
        for path in [format!("/office/{maple}/bulk/{id}"), format!("/office/{birch}/bulk/{id}")] {
            let fields = [("csrf", csrf.as_str()), ("press", "discard"), ("sure", "yes")];
            assert_eq!(stranger.post(&path, &fields).await.status, 404, "{path}");
        }
        let foreign = own.attribute("form", "action").unwrap().replace(&birch, &maple);
        let html = own.html.replace(&own.attribute("form", "action").unwrap(), &foreign);
        let refused = stranger.upload(&Page { html, ..own }, "bulk-check", &[], PEOPLE.as_bytes()).await;
        assert_eq!(refused.status, 404);
        assert_eq!(browser.get(list.url.as_str()).await.heading(), "Check the list");
    }

    /// Known at another agency, or new to everybody: the list, the job and the mail's state say the same.
    async fn a_person_known_elsewhere_looks_like_a_new_one(app) {
        app.enrol(FRANK).await;
        let mut browser = betty(&app).await;
        let line = |address: &str| format!("{address},Frank,Jones,{address}\n");
        let file = format!("Email,First name,Last name,Id\n{}{}", line(FRANK), line(NEW));
        let page = browser.get(&format!("/office/{}/bulk", app.birch.id)).await;
        let list = browser.upload(&page, "bulk-check", &[], file.as_bytes()).await;
        assert!(alike(&list, (2, FRANK), (3, NEW)).contains("Will be added"));
        assert!(!list.shows("has an account") && !list.shows("Known elsewhere"), "{list:?}");
        let sure = browser.fill_named(&list, "create", &[]).await;
        assert_eq!(sure.select("p.will"), ["2 people get an account and a mail each."]);
        let job = browser.fill(&sure, "sure-yes", &[]).await;
        work(&app).await;
        let done = browser.get(job.url.as_str()).await;
        assert!(alike(&done, (2, FRANK), (3, NEW)).contains("The mail is on its way."));
        app.advance(MINUTE);
        app.send_mails().await;
        let done = browser.get(job.url.as_str()).await;
        alike(&done, (2, FRANK), (3, NEW));
        assert!(!done.shows("had an account"));
    }
}
