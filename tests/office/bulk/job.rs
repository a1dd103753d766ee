//! The job: how far it is, what became of each row and of its mail, stopping it, and OK (R29, R34).

use idp_service::bulk::{JobWorker, Turn};

use super::{PEOPLE, caregivers, listed, members, outcome, reasons, ruth};
use crate::api::bulk::work;
use crate::office::{MINUTE, notice, problems};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

/// Create Accounts, Yes.
async fn begin(app: &TestApp, browser: &mut Browser<'_>, file: impl AsRef<[u8]>) -> Page {
    let list = listed(app, browser, file).await;
    let sure = browser.fill_named(&list, "create", &[]).await;
    browser.fill(&sure, "sure-yes", &[]).await
}

on_each_database! {
    async fn it_is_watched_to_its_end_and_ok_leads_to_the_people(app) {
        let mut browser = ruth(&app).await;
        let job = begin(&app, &mut browser, caregivers(40)).await;
        assert_eq!((job.heading().as_str(), job.select("#settled")), ("Begins in a moment", vec!["0 of 40 rows are done.".into()]));
        assert_eq!((outcome(&job, 2).as_str(), job.select("#ok").len()), ("Waiting", 0));
        let mut worker = JobWorker::new(app.env.clone(), "worker".to_owned());
        assert_eq!(worker.turn().await.unwrap(), Turn::Worked(25));
        let job = browser.get(&job.attribute("#look-again", "href").unwrap()).await;
        assert_eq!((job.heading().as_str(), job.select("#settled")), ("Under way", vec!["25 of 40 rows are done.".into()]));
        assert_eq!(["value", "max"].map(|it| job.attribute("progress", it).unwrap()), ["25", "40"]);
        assert_eq!([26, 27].map(|row| outcome(&job, row)), ["Added", "Waiting"]);
        assert_eq!(worker.turn().await.unwrap(), Turn::Ended(15));
        let job = browser.get(job.url.as_str()).await;
        assert_eq!((job.heading().as_str(), job.select("#ok")), ("Done", vec!["OK".into()]));
        assert!(job.select("#cancel").is_empty() && !job.html.contains("job.js"), "nothing to stop or to wait for");
        let people = browser.get(&job.attribute("#ok", "href").unwrap()).await;
        assert_eq!((people.heading().as_str(), people.select("#resend")), ("People", vec!["Re-send to all who have not activated".into()]));
        app.advance(MINUTE);
        app.send_mails().await;
    }

    /// R30, R34: a reason for each row that did not go through; for the others, how far the mail has come.
    async fn each_row_says_what_became_of_it_and_of_its_mail(app) {
        let mut browser = ruth(&app).await;
        let job = begin(&app, &mut browser, PEOPLE).await;
        work(&app).await;
        let done = browser.get(job.url.as_str()).await;
        assert_eq!([2, 3, 4].map(|row| outcome(&done, row)), ["Added", "Not added", "Added"]);
        assert_eq!(reasons(&done, 3), ["User name and Email must be exactly the same."]);
        assert_eq!(done.select("#row-2 .mail"), ["The mail is on its way."]);
        app.advance(MINUTE);
        app.send_mails().await;
        let done = browser.get(job.url.as_str()).await;
        assert!(done.select("#row-2 .mail").concat().starts_with("The mail was sent on"), "{done:?}");
        let person = browser.get(&done.attribute("#row-2 .name a", "href").unwrap()).await;
        assert_eq!((person.heading().as_str(), person.value("User name:").as_str()), ("Manage Identity Account", "ann@example.com"));
        let failed = browser.get(&done.attribute("nav.filters a:nth-child(2)", "href").unwrap()).await;
        assert_eq!((failed.select("tr.row").len(), outcome(&failed, 3).as_str()), (1, "Not added"));
        let file = browser.get(&done.attribute("#result", "href").unwrap()).await;
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
        assert!(file.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        assert_eq!((file.html.lines().count(), file.html.matches(",created").count()), (4, 2), "{}", file.html);
    }

    async fn a_job_that_is_stopped_leaves_the_rest_undone(app) {
        let mut browser = ruth(&app).await;
        let job = begin(&app, &mut browser, caregivers(40)).await;
        let mut worker = JobWorker::new(app.env.clone(), "worker".to_owned());
        worker.turn().await.unwrap();
        let sure = browser.fill_named(&job, "cancel", &[]).await;
        assert_eq!((sure.heading().as_str(), sure.select("p.will")), ("Are you Sure?", vec!["The job stops. Who was added stays added; nobody else is.".into()]));
        assert_eq!(browser.fill(&sure, "sure-no", &[]).await.heading(), "Under way");
        let stopped = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((stopped.heading().as_str(), notice(&stopped).as_str()), ("Stopped", "Stopped."));
        let go_on = "To go on, download the result and send it as a new list: rows done before are left out.";
        assert_eq!((job.select("#go-on"), stopped.select("#go-on")), (vec![], vec![go_on.to_owned()]));
        assert_eq!([26, 27].map(|row| outcome(&stopped, row)), ["Added", "Not done"]);
        let again = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(problems(&again), ["It was over already."]);
        assert_eq!((work(&app).await, members(&app).await), (0, 26));
        app.advance(MINUTE);
        app.send_mails().await;
    }

    /// What was sent from a tab of before the yes is not lost in silence.
    async fn a_list_that_is_carried_out_cannot_be_corrected(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let sure = browser.fill_named(&list, "create", &[]).await;
        browser.fill(&sure, "sure-yes", &[]).await;
        let late = browser.fill_named(&list, "check", &[("user_name.3", "bob@example.com")]).await;
        let told = "This list was started before. What you changed just now is not in it: change it on the person’s own page.";
        assert_eq!((late.heading().as_str(), problems(&late)), ("Begins in a moment", vec![told.to_owned()]), "{late:?}");
        work(&app).await;
        assert_eq!(outcome(&browser.get(list.url.as_str()).await, 3), "Not added");
        app.advance(MINUTE);
        app.send_mails().await;
    }
}
