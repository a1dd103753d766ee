//! Sending a list: a file of a spreadsheet or cells that were pasted. What cannot be read says what to do (R28).

use super::{PEOPLE, caregivers, cell, listed, outcome, reasons, ruth, send};
use crate::office::{TOO_OLD, at, problems};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

const HOSTILE: &str = "<script>alert(1)</script>";

async fn paste(app: &TestApp, browser: &mut Browser<'_>, text: &str) -> Page {
    let page = browser.get(&at(&app.maple, "/bulk")).await;
    browser.upload(&page, "bulk-check", &[("pasted", text)], b"").await
}

/// What is said of the file.
fn wrong(page: &Page) -> String {
    page.select("#file-wrong").concat()
}

async fn lists(app: &TestApp) -> i64 {
    app.count("SELECT count(*) FROM bulk_batches").await
}

on_each_database! {
    async fn a_file_and_pasted_cells_lead_to_the_same_list(app) {
        let mut browser = ruth(&app).await;
        let of_file = listed(&app, &mut browser, format!("\u{FEFF}{}", PEOPLE.replace('\n', "\r\n"))).await;
        let pasted = paste(&app, &mut browser, &PEOPLE.replace(',', "\t").replace('\n', "\r\n")).await;
        for page in [of_file, pasted] {
            assert_eq!(page.select("#ready"), ["Of 3 rows, 2 can go through."], "{page:?}");
            assert_eq!(
                [2, 3, 4].map(|row| outcome(&page, row)),
                ["Will be added", "Cannot be added", "Will be added"]
            );
            assert_eq!(reasons(&page, 3), ["User name and Email must be exactly the same."]);
            assert_eq!((cell(&page, 4, "email").as_str(), page.select("#row-4 .name")), ("cleo@example.com", vec!["Chan, Cleo".into()]));
        }
        let page = browser.get(&at(&app.maple, "/bulk")).await;
        let earlier = page.select("#earlier li");
        assert_eq!(earlier.len(), 2, "{earlier:?}");
        assert!(earlier.iter().all(|list| list.ends_with("3 rows. Waits for your yes.")), "{earlier:?}");
        assert!(page.attribute("#earlier time", "datetime").is_some() && page.html.contains("/assets/office"), "for every time zone");
    }

    /// Excel's "Unicode text" of either kind, to the last byte, and the "CSV" of Windows; rows count as in the spreadsheet.
    async fn a_file_is_read_in_the_encodings_of_spreadsheets(app) {
        let mut browser = ruth(&app).await;
        let form = browser.get(&at(&app.maple, "/bulk")).await;
        let accepted = form.attribute("#file", "accept").unwrap();
        assert!(accepted.starts_with(".csv,.txt,"), "a spreadsheet's Unicode text is a .txt: {accepted}");
        let sheet = format!("\u{FEFF}\r\n{}", PEOPLE.replace("Baker", "Bäcker").replace(',', "\t").replace('\n', "\r\n"));
        let units: Vec<u16> = sheet.encode_utf16().collect();
        for file in [
            units.iter().copied().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            units.iter().copied().flat_map(u16::to_be_bytes).collect(),
            sheet.chars().skip(1).map(|letter| u8::try_from(letter).unwrap()).collect(),
        ] {
            let list = listed(&app, &mut browser, file).await;
            assert_eq!((list.select("#ready"), list.select("#row-4 .name")), (vec!["Of 3 rows, 2 can go through.".into()], vec!["Bäcker, Bob".into()]));
        }
    }

    async fn a_file_that_cannot_be_read_says_what_to_do_and_keeps_what_was_typed(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/bulk")).await;
        let typed = [("pasted", "a\tb"), ("default_type", "client"), ("resend_pending", "yes")];
        let utf16: Vec<u8> = PEOPLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let too_many = caregivers(10_001);
        for (file, told) in [
            (utf16.as_slice(), "choose Save as, then “CSV UTF-8”"),
            (b"PK\x03\x04 a workbook \xff", "choose Save as, then “CSV UTF-8”"),
            (b"Email,First name,Last name\n", "The list is empty."),
            (b"Email,First name\na@example.com,Ann", "The column “Last name” is missing."),
            (b"Email,First name,Last name,E-mail\n", "The column “E-mail” is there twice."),
            (too_many.as_bytes(), "more than 10,000 rows. Split it"),
        ] {
            let refused = browser.upload(&page, "bulk-check", &typed, file).await;
            assert_eq!((refused.status, refused.heading().as_str()), (200, "Bulk Add Security Accounts"));
            assert!(wrong(&refused).contains(told), "{told}: {refused:?}");
            assert_eq!(problems(&refused), [wrong(&refused)], "on top, too");
            assert_eq!(refused.select("#pasted"), ["a\tb"]);
            assert_eq!(refused.select("#default_type option[selected]"), ["Client"]);
            assert!(refused.attribute("#resend_pending", "checked").is_some());
        }
        let refused = paste(&app, &mut browser, "Email\nann@example.com").await;
        assert!(refused.select("#pasted-wrong").concat().contains("“First name” is missing"), "{refused:?}");
        assert_eq!(wrong(&send(&app, &mut browser, " \r\n").await), "Choose a file, or paste the rows.");
        assert_eq!(lists(&app).await, 0);
    }

    /// The limit of 5 MB is told on the page; beyond four times as much nobody reads on.
    async fn a_file_that_is_too_large_says_so_beside_it(app) {
        let mut browser = ruth(&app).await;
        let heavy = |size: usize| format!("{}{}", caregivers(1), " ".repeat(size - caregivers(1).len()));
        let limit = 5 * 1024 * 1024;
        listed(&app, &mut browser, heavy(limit)).await;
        let page = browser.get(&at(&app.maple, "/bulk")).await;
        let refused = browser.upload(&page, "bulk-check", &[("pasted", "a\tb")], heavy(limit + 1).as_bytes()).await;
        assert_eq!(wrong(&refused), "The list is larger than 5 MB. Split it, and send one part after the other.");
        assert_eq!((refused.status, refused.select("#pasted")), (200, vec!["a\tb".to_owned()]));
        assert_eq!(send(&app, &mut browser, heavy(4 * limit)).await.status, 413);
        assert_eq!(lists(&app).await, 1);
    }

    /// R28: where the file does not say what people are, the page does.
    async fn the_page_says_what_people_are_when_the_list_does_not(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/bulk")).await;
        assert_eq!(page.select("#default_type option[selected]"), ["Caregiver"]);
        for (default_type, group) in [("client", "Role: Client"), ("", "Role: not known")] {
            let typed = [("default_type", default_type)];
            let list = browser.upload(&page, "bulk-check", &typed, caregivers(1).as_bytes()).await;
            assert_eq!(list.select("h2"), [group], "{list:?}");
        }
    }

    /// R32: a person who waits gets a new mail only where that was asked for.
    async fn who_was_invited_before_gets_a_new_mail_only_when_asked(app) {
        let mut browser = ruth(&app).await;
        app.admin().create("person1@example.com").await;
        let file = caregivers(1).replace("P-1", "person1@example.com");
        let list = listed(&app, &mut browser, &file).await;
        assert_eq!((outcome(&list, 2), reasons(&list, 2)), ("Left out".into(), vec!["Was invited before and has not activated yet.".into()]));
        let page = browser.get(&at(&app.maple, "/bulk")).await;
        let list = browser.upload(&page, "bulk-check", &[("resend_pending", "yes")], file.as_bytes()).await;
        assert_eq!(outcome(&list, 2), "Gets a new mail", "{list:?}");
    }

    async fn columns_that_are_not_used_are_named(app) {
        let mut browser = ruth(&app).await;
        let long = "x".repeat(20_000);
        let file = format!("Email,First name,Last name,Hair & nails,{long}\nann@example.com,Ann,Archer,red,y\n");
        let list = listed(&app, &mut browser, file).await;
        let ignored = list.select("#ignored").concat();
        assert!(ignored.starts_with("Not used from your list: Hair & nails, xxx"), "{ignored}");
        assert!(ignored.len() < 100, "{ignored}");
    }

    async fn hostile_cells_stay_text(app) {
        let mut browser = ruth(&app).await;
        let file = format!("Email,First name,Last name,Type,{HOSTILE}\n\"\"\"><b>@example.com\",{HOSTILE},O'Hara \"\"Ann\"\",{HOSTILE},\n");
        let list = listed(&app, &mut browser, file).await;
        for page in [list, paste(&app, &mut browser, HOSTILE).await] {
            assert!(!page.html.contains(HOSTILE) && !page.html.contains("\"><b>"), "{}", page.html);
            assert!(page.html.contains("&#60;script&#62;alert(1)"), "{}", page.html);
        }
    }

    /// CVE-2023-34927, for a form that is no ordinary one.
    async fn a_file_from_elsewhere_of_yesterday_or_of_nobody_is_not_taken(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/bulk")).await;
        for forged in ["forged", ""] {
            let refused = browser.upload(&page, "bulk-check", &[("csrf", forged)], PEOPLE.as_bytes()).await;
            assert_eq!((refused.heading().as_str(), problems(&refused)), ("Bulk Add Security Accounts", vec![TOO_OLD.to_owned()]));
        }
        browser.headers = vec![("origin".to_owned(), "https://evil.example".to_owned())];
        browser.upload(&page, "bulk-check", &[], PEOPLE.as_bytes()).await;
        let mut nobody = app.browser();
        let refused = nobody.upload(&page, "bulk-check", &[], PEOPLE.as_bytes()).await;
        assert_eq!(refused.heading(), "Log In", "{refused:?}");
        let not_a_file = nobody.post(&at(&app.maple, "/bulk"), &[("pasted", PEOPLE)]).await;
        assert_eq!(not_a_file.status, 400, "{not_a_file:?}");
        assert_eq!(lists(&app).await, 0);
    }
}
