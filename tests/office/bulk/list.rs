//! The list before the yes (R27-R30): by role, with check boxes, and what is wrong corrected where it stands.

use super::{PEOPLE, caregivers, cell, listed, members, outcome, reasons, ruth};
use crate::office::{notice, problems};
use crate::support::on_each_database;

/// A row of every kind of trouble, with a heading for it.
const FAULTS: &str = "Email,User name,First name,Last name,Id,Type,Security role\n\
    ann@exmaple,ann@exmaple,Ann,Archer,C-1,Caregiver,\n\
    ,,Bob,Baker,C-2,Caregiver,\n\
    cleo@example.com,cleo@example.com,,Chan,C-3,nurse,\n\
    dan@example.com,dan@example.com,Dan,Drew,S-4,Office staff,\n\
    eve@example.com,eve@example.com,Eve,Early,C-5,Caregiver,,surplus\n\
    fay@example.com,fay@example.com,Fay,Fox,C-6,Caregiver,\n\
    FAY@example.com,FAY@example.com,Fay,Fox,C-7,Caregiver,\n";

on_each_database! {
    /// R27: "Role: Caregiver", with check box, name, User name and Email.
    async fn people_stand_below_their_role(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        assert_eq!(list.select("h2"), ["There is a problem", "Role: Office staff", "Role: Caregiver"][1..]);
        assert_eq!(list.select("table:first-of-type th")[..4], ["Select", "Name", "User name", "Email"]);
        assert_eq!(list.select(".filters button").len(), 3, "{:?}", list.select(".filters button"));
        assert!(list.attribute("#select-3", "checked").is_some());
        assert_eq!((cell(&list, 3, "user_name"), cell(&list, 3, "email")), ("bob@example.co".into(), "bob@example.com".into()));
        assert_eq!(list.attribute("#email-3", "aria-invalid").as_deref(), Some("true"));
        let wrong = browser.fill_named(&list, "show-failed", &[]).await;
        assert_eq!((wrong.select("tr.row").len(), outcome(&wrong, 3).as_str()), (1, "Cannot be added"));
    }

    /// R28, R30: each row for itself, and nothing that was right is asked again.
    async fn every_kind_of_fault_is_corrected_where_it_stands(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, FAULTS).await;
        assert_eq!(list.select("#ready"), ["Of 7 rows, 1 can go through."]);
        for (row, why) in [
            (2, "This is no whole email address. Correct it."),
            (3, "Put in the email address."),
            (4, "Choose Caregiver, Office staff or Client."),
            (5, "Write the security role: No security, Unrestricted, or the name of a role of yours."),
            (6, "This row has more cells than the first line. Look at every cell."),
            (8, "The same person is in the list twice. Only the first one counts."),
        ] {
            assert!(reasons(&list, row).iter().any(|reason| reason == why), "{row}: {:?}", reasons(&list, row));
        }
        for row in [2, 3] {
            assert_eq!(reasons(&list, row).len(), 1, "the same in both columns is said once: {:?}", reasons(&list, row));
        }
        assert_eq!(list.select("#member_type-4 option[selected]"), ["nurse"], "what cannot be chosen is not lost");
        let fixed = [
            ("user_name.2", "ann@example.com"), ("email.2", "ann@example.com"),
            ("user_name.3", "bob@example.com"), ("email.3", "Bob@example.com"),
            ("given_name.4", "Cleo"), ("member_type.4", "client"),
            ("security_role.5", "No security"),
            ("right.6", "yes"),
            ("user_name.8", "fred@example.com"), ("email.8", "fred@example.com"),
        ];
        let list = browser.fill_named(&list, "check", &fixed).await;
        assert_eq!((notice(&list).as_str(), list.select("#ready")), ("Saved and checked again.", vec!["Of 7 rows, 7 can go through.".into()]), "{list:?}");
        assert_eq!((list.select("#row-4 .name"), cell(&list, 3, "email")), (vec!["Chan, Cleo".into()], "Bob@example.com".into()));
        assert!(list.select(".outcome input, .outcome select").is_empty(), "nothing is left to correct");
        assert_eq!(members(&app).await, 1, "only Ruth: nothing happened");
    }

    /// R31: of two people with one mailbox, neither is called the other. Numbers are written as people write them.
    async fn two_people_with_one_address_are_not_called_one(app) {
        let mut browser = ruth(&app).await;
        let first = "Email,First name,Last name,Id\nann@example.com,Ann,Archer,C-1\n";
        let list = listed(&app, &mut browser, first).await;
        assert_eq!(list.select("#ready"), ["The list has 1 row. It can go through."]);
        let list = listed(&app, &mut browser, format!("{first}Ann@example.com,Bob,Archer,C-2\n")).await;
        assert_eq!(list.select("#ready"), ["Of 2 rows, 1 can go through."]);
        assert_eq!(reasons(&list, 3), ["Another row has this email address. Everybody needs their own."]);
        let list = listed(&app, &mut browser, caregivers(1500)).await;
        assert_eq!(list.select("#ready"), ["Of 1,500 rows, 1,500 can go through."]);
    }

    /// R29: who is not checked is left out.
    async fn rows_that_are_not_checked_are_left_out(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let list = browser.fill_named(&list, "check", &[("select.2", ""), ("select.3", "")]).await;
        assert_eq!([2, 3, 4].map(|row| outcome(&list, row)), ["Left out", "Left out", "Will be added"]);
        assert!(list.attribute("#select-2", "checked").is_none());
        let sure = browser.fill_named(&list, "create", &[("select.2", "yes")]).await;
        assert_eq!(sure.select("p.will"), ["2 people get an account and a mail each.", "1 row is left out."], "{sure:?}");
    }

    /// Two tabs, or two administrators: a row that one of them did not touch stays as the other left it.
    async fn two_tabs_correct_different_rows_of_one_list(app) {
        let mut browser = ruth(&app).await;
        let first = listed(&app, &mut browser, PEOPLE).await;
        let second = browser.get(first.url.as_str()).await;
        browser.fill_named(&first, "check", &[("user_name.3", "bob@example.com")]).await;
        let list = browser.fill_named(&second, "check", &[("select.2", "")]).await;
        assert_eq!((outcome(&list, 3).as_str(), cell(&list, 3, "user_name").as_str()), ("Will be added", "bob@example.com"));
        assert_eq!(outcome(&list, 2), "Left out");
        let list = browser.fill_named(&second, "check", &[("email.3", "bob@example.co")]).await;
        assert_eq!(cell(&list, 3, "user_name"), "bob@example.co", "of what both touched, the later counts");
    }

    /// What was typed on one page of a long list is kept on the way to the next.
    async fn nothing_is_lost_between_the_pages_of_a_long_list(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, caregivers(150)).await;
        assert_eq!((list.select("tr.row").len(), list.select("#first").len()), (100, 0));
        let second = browser.fill_named(&list, "next", &[("select.7", "")]).await;
        assert_eq!((second.select("tr.row").len(), second.select("#next").len()), (50, 0));
        assert_eq!(second.select("tr.row .name").first().map(String::as_str), Some("Number 101, Person"));
        let here = browser.fill_named(&second, "check", &[("email.151", "other@example.com")]).await;
        assert_eq!((outcome(&here, 151).as_str(), here.select("tr.row").len()), ("Cannot be added", 50));
        let list = browser.fill_named(&here, "first", &[("user_name.151", "other@example.com")]).await;
        assert_eq!((outcome(&list, 7).as_str(), list.select("#ready")), ("Left out", vec!["Of 150 rows, 149 can go through.".into()]));
    }

    /// Another part of the list is seen only after what was typed is saved; Enter in a field saves, too, and goes nowhere.
    async fn nothing_is_lost_on_the_way_to_another_part_of_the_list(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        assert_eq!(list.select("#filters-hint"), ["What you changed is saved before you see another part of the list."]);
        assert_eq!(list.attribute("form[novalidate] button", "value").as_deref(), Some("check"));
        let created = browser.fill_named(&list, "show-created", &[("user_name.3", "bob@example.com"), ("select.2", "")]).await;
        assert_eq!((notice(&created).as_str(), created.select("tr.row").len()), ("Saved and checked again.", 2), "{created:?}");
        assert_eq!(created.attribute("#show-created", "aria-current").as_deref(), Some("true"));
        let all = browser.fill_named(&created, "show-all", &[("email.3", "Bob@example.com")]).await;
        assert_eq!((cell(&all, 3, "user_name"), cell(&all, 3, "email")), ("bob@example.com".into(), "Bob@example.com".into()));
        assert_eq!([2, 3, 4].map(|row| outcome(&all, row)), ["Left out", "Will be added", "Will be added"]);
        let unknown = browser.fill_named(&all, "show-all", &[("press", "dance")]).await;
        assert_eq!(unknown.status, 400);
    }

    /// A row with a note that is much too long still comes back with its page.
    async fn a_cell_beyond_measure_is_shortened_on_the_page(app) {
        let mut browser = ruth(&app).await;
        let file = format!("Email,First name,Last name,Note\nann@example.com,Ann,Archer,{}\n", "é".repeat(50_000));
        let list = listed(&app, &mut browser, file).await;
        assert_eq!(reasons(&list, 2), ["This is too long. Shorten it."]);
        let list = browser.fill_named(&list, "check", &[]).await;
        assert_eq!(outcome(&list, 2), "Cannot be added", "{}", list.status);
        let list = browser.fill_named(&list, "check", &[("note.2", "Nights")]).await;
        assert_eq!(outcome(&list, 2), "Will be added");
    }

    async fn a_list_is_thrown_away_on_yes_alone(app) {
        let mut browser = ruth(&app).await;
        let list = listed(&app, &mut browser, PEOPLE).await;
        let sure = browser.fill_named(&list, "discard", &[]).await;
        assert_eq!((sure.heading().as_str(), sure.select("p.will")), ("Are you Sure?", vec!["The list is thrown away. Nobody is added.".into()]));
        assert_eq!(browser.fill(&sure, "sure-no", &[]).await.heading(), "Check the list");
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((page.heading().as_str(), notice(&page).as_str()), ("Bulk Add Security Accounts", "The list is thrown away."));
        // What stands open in another tab can do nothing any more.
        let late = browser.fill_named(&list, "check", &[("user_name.3", "bob@example.com")]).await;
        assert_eq!(problems(&late), ["It was over already."], "{late:?}");
        assert_eq!(members(&app).await, 1);
    }
}
