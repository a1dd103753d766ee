//! What the person is told before the answer (RFC 8628 section 5.4; rules section 6).

use idp_domain::client::ClientId;
use idp_domain::text::Line;

use super::{ASKED, LET_IN, MINUTE, browser_of, frank_is_asked, in_state, prepare, type_code};
use crate::account::FRANK;
use crate::support::desktop::{Desktop, desktop};
use crate::support::on_each_database;

on_each_database! {
    /// Rules section 6: program, agency, computer, network, time in words, and as whom; branded for the agency only here.
    async fn the_question_names_everything_there_is_to_know(app) {
        prepare(&app).await;
        let mut browser = browser_of(&app, FRANK).await;
        let codes = Desktop::new(&app).with("company", "99999").ask().await;
        app.advance(MINUTE * 2);
        let page = type_code(&mut browser, &codes.user_code).await;
        assert_eq!(page.heading(), ASKED);
        let told = |id: &str| page.select(id).concat();
        assert_eq!(told("#program"), "Agency Desktop");
        assert_eq!(told("#agency"), "Maple Home Care");
        assert_eq!(told("#computer"), "FRONT-DESK-2");
        assert_eq!(told("#network"), "192.0.2.1 the same as yours");
        assert_eq!(told("#asked-at"), "2 minutes agoNovember 21, 2026 at 12:00 PM UTC");
        assert_eq!(told("#username"), FRANK);
        assert!(page.select("header").concat().contains("Maple Home Care"), "{page:?}");
        assert!(page.select("#asked").is_empty(), "the agency's own program asks for nothing more");
        assert_eq!(page.select(".pair button"), ["Deny", "Allow"]);
        assert_eq!(page.headers["cache-control"], "no-store");
    }

    /// Attack 70: a program calls its computer whatever it likes.
    async fn a_hostile_computer_name_stays_text(app) {
        let name = "</dd><script>alert(1)</script>";
        let (_, _, page) = frank_is_asked(&app, &Desktop::new(&app).with("device_name", name)).await;
        assert_eq!(page.select("#computer"), [name]);
        assert!(page.select("script").is_empty());
    }

    /// Core section 3.1.2.4: somebody else's program says what it would know, every time.
    async fn a_program_of_somebody_else_says_what_it_would_know(app) {
        prepare(&app).await;
        let mut planner = desktop();
        planner.id = ClientId::parse("planner").unwrap();
        planner.name = Line::parse("Shift Planner").unwrap();
        planner.first_party = false;
        app.put_client(&planner).await;
        let mut program = Desktop::new(&app);
        program.client_id = "planner".to_owned();
        let mut browser = browser_of(&app, FRANK).await;
        for _ in 0..2 {
            let codes = program.ask().await;
            let page = type_code(&mut browser, &codes.user_code).await;
            let asked = page.select("#asked > li");
            assert_eq!(asked.len(), 3, "{asked:?}");
            for (line, words) in asked.iter().zip(["Know that it is you", "your email", "your agency"]) {
                assert!(line.contains(words) && !line.contains("Allowed before"), "{line}");
            }
            let page = browser.fill(&page, "device-allow", &[]).await;
            assert_eq!(page.heading(), LET_IN, "{page:?}");
            assert_eq!(program.poll(&codes).await.status, 200);
        }
        let page = browser.get("/account/apps").await;
        assert_eq!(page.select("#app-1-name"), ["Shift Planner"], "and can be taken back");
        assert_eq!(in_state(&app, "redeemed").await, 2);
    }
}
