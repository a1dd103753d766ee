//! "Are you Sure?" (R23, R29): nothing before Yes, and a yes is for the list as it was shown.

use idp_domain::member::Authority;

use super::{PEOPLE, caregivers, listed, members, outcome, ruth};
use crate::api::bulk::work;
use crate::office::{MINUTE, log_in, notice, problems};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const CHANGED: &str =
    "Somebody changed the list meanwhile, or it took too long. Look at it again, then say yes.";

const BEFORE: &str = "This list was started before, and nothing is done twice. Here you see how far it is.";

on_each_database! {
    async fn nothing_happens_before_yes_and_no_changes_nothing(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        assert_eq!(list.select("#create"), ["Create Accounts"]);
        let sure = browser.fill_named(&list, "create", &[]).await;
        assert_eq!(sure.heading(), "Are you Sure?");
        assert_eq!(
            sure.select("p.will"),
            ["2 people get an account and a mail each.", "1 row cannot be added as it is. You can correct it now: press No."]
        );
        let back = browser.fill(&sure, "sure-no", &[]).await;
        assert_eq!((back.heading().as_str(), work(&app).await, members(&app).await), ("Check the list", 0, 1));
        let job = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((job.heading().as_str(), notice(&job).as_str()), ("Begins in a moment", "Started."));
        // Pressed twice: once.
        let again = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((again.heading().as_str(), notice(&again).as_str()), ("Begins in a moment", BEFORE));
        // Two steps back in the browser, and Create Accounts again.
        let again = browser.fill_named(&list, "create", &[]).await;
        assert_eq!((again.heading().as_str(), notice(&again).as_str()), ("Begins in a moment", BEFORE));
        assert_eq!((problems(&again).len(), work(&app).await), (0, 3));
        let late = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((late.heading().as_str(), notice(&late).as_str()), ("Done", BEFORE));
        assert_eq!((work(&app).await, members(&app).await), (0, 3));
        app.advance(MINUTE);
        app.send_mails().await;
    }

    /// The yes to a list that was thrown away starts nothing, and does not say that it did.
    async fn a_yes_to_a_list_that_was_thrown_away_is_too_late(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let sure = browser.fill_named(&list, "create", &[]).await;
        let discard = browser.fill_named(&list, "discard", &[]).await;
        browser.fill(&discard, "sure-yes", &[]).await;
        let late = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((late.heading().as_str(), problems(&late)), ("Stopped", vec!["It was over already.".to_owned()]));
        assert_eq!((work(&app).await, members(&app).await), (0, 1));
    }

    /// Nor is a job stopped by a yes to throwing the list away.
    async fn a_list_that_was_started_is_not_thrown_away(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let discard = browser.fill_named(&list, "discard", &[]).await;
        let sure = browser.fill_named(&list, "create", &[]).await;
        browser.fill(&sure, "sure-yes", &[]).await;
        let late = browser.fill(&discard, "sure-yes", &[]).await;
        assert_eq!((late.heading().as_str(), notice(&late).as_str()), ("Begins in a moment", BEFORE));
        assert_eq!((work(&app).await, members(&app).await), (3, 3));
        app.advance(MINUTE);
        app.send_mails().await;
    }

    /// One column of a spreadsheet makes administrators: it is said before the yes, with their names.
    async fn who_will_be_an_administrator_is_said_in_plain_words(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let sure = browser.fill_named(&list, "create", &[]).await;
        assert!(!list.shows("dministrator") && !sure.shows("dministrator"), "not without the column: {list:?} {sure:?}");
        let file = "Email,First name,Last name,Type,Security role,Admin\n\
            ann@example.com,Ann,Archer,Office staff,No security,x\n\
            bob@example.com,Bob,Baker,Office staff,No security,No\n\
            cat@exmaple,Cat,Cole,Office staff,No security,Yes\n\
            dan@example.com,Dan,Dale,Office staff,Unrestricted,Yes\n";
        let list = listed(&app, &mut browser, file).await;
        let two = "2 people will be administrators: Ann Archer, Dan Dale.";
        assert_eq!((list.select("#administrators"), list.select("#row-2 .admin")), (vec![two.into()], vec!["Administrator".into()]));
        assert!(list.select("#row-3 .admin").is_empty() && list.select("#row-4 .admin").is_empty());
        app.advance(MINUTE * 11);
        let sure = browser.fill_named(&list, "create", &[]).await;
        let will = sure.select("p.will");
        assert_eq!(will.last().map(String::as_str), Some(two));
        let refused = browser.fill(&sure, "sure-yes", &[("Your password", "wrong")]).await;
        assert_eq!(refused.select("p.will"), will, "nor is it forgotten when the password is asked again");
        let sure = browser.fill_named(&list, "create", &[("select.2", "")]).await;
        assert_eq!(sure.select("p.will").last().map(String::as_str), Some("1 person will be an administrator: Dan Dale."));
    }

    /// Writing needs a log-in of the last ten minutes; what was corrected is kept while the password is asked.
    async fn the_password_is_asked_and_nothing_is_lost(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        app.advance(MINUTE * 11);
        let sure = browser.fill_named(&list, "create", &[("user_name.3", "bob@example.com"), ("select.2", "")]).await;
        let will = ["2 people get an account and a mail each.", "1 row is left out."];
        assert_eq!((sure.select("p.will"), sure.select("#password").len()), (will.map(String::from).to_vec(), 1));
        let missing = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(problems(&missing), ["Enter your password."]);
        let wrong = browser.fill(&missing, "sure-yes", &[("Your password", "wrong")]).await;
        assert_eq!((problems(&wrong).len(), wrong.select("p.will"), work(&app).await), (1, sure.select("p.will"), 0));
        let job = browser.fill(&wrong, "sure-yes", &[("Your password", PASSWORD)]).await;
        assert_eq!((notice(&job).as_str(), work(&app).await), ("Started.", 3));
        let job = browser.get(job.url.as_str()).await;
        assert_eq!([2, 3, 4].map(|row| outcome(&job, row)), ["Left out", "Added", "Added"]);
        app.advance(MINUTE);
        app.send_mails().await;
    }

    /// Cancelling and throwing away are writes, too.
    async fn stopping_asks_for_the_password_as_well(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        app.advance(MINUTE * 11);
        let sure = browser.fill_named(&list, "discard", &[]).await;
        let missing = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((missing.heading().as_str(), problems(&missing)), ("Are you Sure?", vec!["Enter your password.".into()]));
        let done = browser.fill(&missing, "sure-yes", &[("Your password", PASSWORD)]).await;
        assert_eq!(notice(&done), "The list is thrown away.");
    }

    async fn a_yes_to_a_list_that_was_changed_meanwhile_is_asked_again(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let sure = browser.fill_named(&list, "create", &[]).await;
        let mut colleague = {
            app.employ("olivia@example.com", &[(&app.maple, Authority::Administrator)]).await;
            log_in(&app, "olivia@example.com").await
        };
        let theirs = colleague.get(list.url.as_str()).await;
        colleague.fill_named(&theirs, "check", &[("user_name.3", "bob@example.com")]).await;
        let before = members(&app).await;
        let refused = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((refused.heading().as_str(), problems(&refused)), ("Check the list", vec![CHANGED.to_owned()]));
        // Nor does what one was shown count as the yes of another.
        let sure = browser.fill_named(&refused, "create", &[]).await;
        let stolen = sure.attribute("input[name=confirm]", "value").unwrap();
        let of_colleague = colleague.fill_named(&theirs, "create", &[]).await;
        let refused = colleague.fill_named(&of_colleague, "sure-yes", &[("confirm", &stolen)]).await;
        assert_eq!(problems(&refused), [CHANGED]);
        app.advance(MINUTE * 10);
        let late = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(problems(&late), [CHANGED], "ten minutes are over");
        assert_eq!((work(&app).await, members(&app).await), (0, before));
    }

    async fn another_list_waits_until_the_first_is_done(app) {
        let mut browser = ruth(&app).await;
        let first = listed(&app, &mut browser, caregivers(2)).await;
        let second = listed(&app, &mut browser, PEOPLE).await;
        let sure = browser.fill_named(&first, "create", &[]).await;
        browser.fill(&sure, "sure-yes", &[]).await;
        let sure = browser.fill_named(&second, "create", &[]).await;
        let refused = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(
            (refused.heading().as_str(), problems(&refused)),
            ("Check the list", vec!["Another list is under way. Wait until it is done, then say yes to this one.".to_owned()])
        );
        assert_eq!(work(&app).await, 2);
        let sure = browser.fill_named(&refused, "create", &[]).await;
        browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((work(&app).await, members(&app).await), (3, 5));
        app.advance(MINUTE);
        app.send_mails().await;
    }

    async fn where_nothing_can_go_through_nothing_is_asked(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let page = browser.fill_named(&list, "create", &[("select.2", ""), ("select.4", "")]).await;
        assert_eq!(problems(&page), ["None of the rows can go through as it is. Correct them first."]);
        assert_eq!(page.heading(), "Check the list");
    }
}
