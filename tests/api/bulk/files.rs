//! Lists as files (R28, R30): every way of saving a spreadsheet, its limits, and the file that comes back.

use std::time::Duration;

use idp_domain::member::MembershipState;
use serde_json::json;

use super::{Office, counted, people, said, work};
use crate::api::problem;
use crate::support::on_each_database;

const SHEET: &str = "User name,Email,First name,Last name,Cell #,Role type,Security role,Id\r\n\
    ann@example.com,ann@example.com,Ann,\"Archer, RN\",+1 555 0100,Caregiver,,1\r\n\
    bob@example.com,,Bob,Baker,,Caregiver,,2\r\n\
    \r\n\
    cat@example.com,cat@example.com,Cat,Cole,,Office Staff,,3\r\n\
    dan@example.com,dan@example.com,Dan,Dale,,Office Staff,Scheduler\r\n\
    eve@example.com,eve@example.com,Eve,Early,,Caregiver,,5,surplus\r\n";

on_each_database! {
    /// The same sheet however it was saved: rows have the numbers that the spreadsheet shows.
    async fn a_spreadsheet_is_read_however_it_was_saved(app) {
        let office = Office::of_maple(&app);
        let with_semicolons = SHEET.replace(',', ";").replace("Archer; RN", "Archer, RN");
        let unicode = format!("\u{FEFF}{}", SHEET.replace(',', "\t").replace("Archer\t RN", "Archer, RN"));
        for file in [
            SHEET.as_bytes().to_vec(),
            format!("\u{FEFF}{SHEET}").into_bytes(),
            SHEET.replace("\r\n", "\n").into_bytes(),
            with_semicolons.as_bytes().to_vec(),
            format!("sep=;\r\n{with_semicolons}").into_bytes(),
            unicode.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ] {
            let report = office.upload(file.clone(), "").await;
            assert_eq!(report.status, 200, "{report:?}");
            let said = said(&report.json["rows"]);
            let codes: Vec<_> = said.iter().map(|(number, (_, codes))| (*number, codes.join(","))).collect();
            assert_eq!(
                codes.iter().map(|(number, codes)| (*number, codes.as_str())).collect::<Vec<_>>(),
                [
                    (2, ""),
                    (3, "email_missing email"),
                    (5, "role_missing security_role"),
                    (6, ""),
                    (7, "row_malformed -"),
                ],
                "{}",
                String::from_utf8_lossy(&file)
            );
            assert_eq!(report.json["rows"][0]["family_name"], "Archer, RN");
        }
        let job = office.begin(&office.upload(SHEET, "").await).await;
        work(&app).await;
        assert_eq!(counted(&office.job(&job).await["counts"]), [2, 0, 0, 3]);
        let ann = app.membership(&app.maple, "ann@example.com").await.particulars;
        assert_eq!((ann.person_ref.as_str(), ann.cell.unwrap().as_str()), ("1", "+1 555 0100"));
        app.send_mails().await;
    }

    /// Columns that we do not read are told of; what an office leaves out is filled in only where it is safe.
    async fn columns_that_are_not_read_are_told_of(app) {
        let office = Office::of_maple(&app);
        let file = "Email,First name,Last name,Hair,Shoe size\na@example.com,Ann,Archer,red,38\n";
        let report = office.upload(file, "&default_type=caregiver").await;
        assert_eq!(report.json["ignored_columns"], json!(["Hair", "Shoe size"]));
        assert_eq!(counted(&report.json["counts"]), [1, 0, 0, 0]);
        assert_eq!(report.json["rows"][0]["person_ref"], "a@example.com");
        let untyped = office.upload(file, "").await;
        assert_eq!(said(&untyped.json["rows"])[&2].1[0], "person_type_invalid member_type");
    }

    async fn a_file_that_cannot_be_read_is_one_clear_problem(app) {
        let office = Office::of_maple(&app);
        for (file, told) in [
            (b"Email,First name,Last name\nr@x.org,R,Garc\x92a".to_vec(), "CSV UTF-8"),
            (b"First name,Last name\nA,B".to_vec(), "\"Email\" is missing"),
            (b"Email,Last name\na@x.org,B".to_vec(), "\"First name\" is missing"),
            (b"Email,E-mail,First name,Last name".to_vec(), "\"E-mail\" is there twice"),
            (vec![], "is empty"),
        ] {
            let refused = office.upload(file, "").await;
            assert_eq!(problem(&refused), (400, "unreadable-file"));
            assert!(refused.text("detail").contains(told), "{refused:?}");
        }
        let only_a_header = office.upload("Email,First name,Last name\n", "").await;
        assert_eq!(problem(&only_a_header), (400, "no-rows"));
    }

    async fn a_list_has_its_limits(app) {
        let office = Office::of_maple(&app);
        assert_eq!(problem(&office.dry_run(&json!(people(1001))).await), (413, "too-many-rows"));
        let line = |n: usize| format!("p{n}@example.com,A,B\n");
        let file = |rows: usize| {
            format!("Email,First name,Last name\n{}", (0..rows).map(line).collect::<String>())
        };
        assert_eq!(problem(&office.upload(file(10_001), "").await), (413, "too-many-rows"));
        let large = format!("Email,First name,Last name,Note\na@x.org,A,B,{}\n", "x".repeat(5 * 1024 * 1024));
        let refused = office.upload(large, "").await;
        assert_eq!(problem(&refused), (413, "body-too-large"));
        assert!(refused.text("detail").contains("5 MB"));
        let wide = format!("Email,First name,Last name,Hair\na@x.org,A,B,{}\n", "x".repeat(4 * 1024 * 1024));
        assert_eq!(office.upload(wide, "").await.status, 200, "larger than any other request may be");
        let member = json!({"note": "x".repeat(70_000)});
        assert_eq!(problem(&app.admin().post(&member, &[]).await), (413, "body-too-large"), "others keep theirs");
    }

    /// The correctable error file (`provisioning.md` section 7): opened in a spreadsheet, no cell of it runs.
    async fn the_result_is_a_file_without_formulas(app) {
        let office = Office::of_maple(&app);
        let file = "Email,First name,Last name,Id\n\
            a@example.com,=1+1,Archer,+1\n\
            =cmd|' /C calc'!A0,@SUM(A1),-Bob,\tx\n\
            c@example.com,\"Says \"\"hi\"\"\",Cole,3\n";
        let report = office.upload(file, "&default_type=caregiver").await;
        let job = office.begin(&report).await;
        let path = format!("jobs/{job}/result.csv");
        let before = office.get(&path).await;
        assert!(before.body.contains(",waiting,"), "{}", before.body);
        work(&app).await;
        let result = office.get(&path).await;
        assert_eq!(result.headers["content-type"], "text/csv; charset=utf-8");
        let disposition = format!("attachment; filename=\"{job}.csv\"");
        assert_eq!(result.headers["content-disposition"], disposition.as_str());
        let lines: Vec<&str> = result.body.split("\r\n").collect();
        assert_eq!(
            lines[0],
            "\u{FEFF}Row,Outcome,Codes,What to do,First name,Last name,User name,Email,Id,Type,Security role,Admin,Status,Cell #,Note"
        );
        assert_eq!(lines[1], "2,created,,,'=1+1,Archer,a@example.com,a@example.com,'+1,caregiver,none,,,,");
        assert!(lines[2].starts_with("3,failed,username_invalid email_invalid,"), "{}", lines[2]);
        assert!(lines[2].contains(",'@SUM(A1),'-Bob,'=cmd|' /C calc'!A0,"), "{}", lines[2]);
        let cole = "4,created,,,\"Says \"\"hi\"\"\",Cole,c@example.com,c@example.com,3,caregiver,none,,,,";
        assert_eq!((lines[3], lines.len()), (cole, 5));
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }
    /// `provisioning.md` section 7: what comes back is corrected and sent again as it is. Nobody is there twice, nothing that
    /// was read is lost, and a row whose cells could not be told apart stays one until somebody has looked at it.
    async fn a_corrected_result_is_sent_again(app) {
        let office = Office::of_maple(&app);
        let file = "Email,First name,Last name,Id,Type,Status,Cell #,Note\n\
            ann@example.com,Ann,Archer,1,Caregiver\n\
            bob@exmaple,Bob,Baker,2,Client,Inactive,+1 555 0100,=nights\n\
            cat@example.com,Cat,Cole,3,Caregiver,,,,surplus\n";
        let job = office.begin(&office.upload(file, "").await).await;
        work(&app).await;
        let result = office.get(&format!("jobs/{job}/result.csv")).await.body;
        let corrected = result.replace("bob@exmaple", "bob@example.com");
        assert!(result.contains(",'+1 555 0100,'=nights") && corrected != result, "{result}");
        let report = office.upload(corrected.clone(), "").await;
        assert_eq!(report.json["ignored_columns"], json!([]));
        let line = |outcome: &str, codes: &[&str]| {
            (outcome.to_owned(), codes.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        let all = said(&report.json["rows"]);
        assert_eq!(all[&2], line("skipped", &["invitation_pending -"]));
        assert_eq!((&all[&3], &all[&4]), (&line("created", &[]), &line("failed", &["row_malformed -"])));
        office.begin(&report).await;
        work(&app).await;
        let bob = app.membership(&app.maple, "bob@example.com").await;
        let told = (bob.particulars.cell.unwrap(), bob.particulars.note.unwrap());
        assert_eq!((told.0.as_str(), told.1.as_str()), ("+1 555 0100", "=nights"));
        assert!(matches!(bob.state, MembershipState::Inactive { .. }), "{:?}", bob.state);

        let looked_at = corrected.replace(",\"Compare this row with the first line, then empty this cell.\"", ",");
        assert_ne!(looked_at, corrected);
        let report = office.upload(looked_at, "").await;
        assert_eq!(counted(&report.json["counts"]), [1, 0, 2, 0]);
        app.advance(Duration::from_secs(60));
        app.send_mails().await;
    }

    /// One column is easily overlooked: whom it would make an administrator is counted, and nobody else ever is.
    async fn a_dry_run_counts_who_would_be_an_administrator(app) {
        let office = Office::of_maple(&app);
        let file = "Email,First name,Last name,Type,Security role,Admin\n\
            ann@example.com,Ann,Archer,Office staff,None,Yes\n\
            bob@example.com,Bob,Baker,Office staff,None,No\n\
            cat@exmaple,Cat,Cole,Office staff,None,Yes\n\
            dan@example.com,Dan,Dale,Caregiver,,\n";
        let report = office.upload(file, "").await;
        assert_eq!((&report.json["administrators"], counted(&report.json["counts"])), (&json!(1), [3, 0, 0, 1]));
        let without = file.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n");
        let report = office.upload(without.collect::<String>(), "").await;
        assert_eq!((&report.json["administrators"], counted(&report.json["counts"])), (&json!(0), [3, 0, 0, 1]));
    }
}
