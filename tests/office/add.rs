//! Adding one person (R14-R25, R31).

use serde_json::json;

use super::{FRANK, GRACE, MINUTE, at, mails, notice, press, problems, ruth};
use crate::support::app::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

/// What an office types about Frank.
const FIELDS: [(&str, &str); 9] = [
    ("given_name", "Frank"),
    ("family_name", "Jones"),
    ("user_name", FRANK),
    ("email", "Frank.Jones@example.com"),
    ("cell", "555 0142"),
    ("note", "Nights <only>"),
    ("member_type", "caregiver"),
    ("person_ref", "4711"),
    ("role", "none"),
];

async fn fill(app: &TestApp, browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Page {
    let page = browser.get(&at(&app.maple, "/add")).await;
    browser.fill_named(&page, "create", fields).await
}

async fn people(app: &TestApp) -> i64 {
    app.count("SELECT COUNT(*) FROM memberships").await
}

on_each_database! {
    /// R14-R22: the guides' labels, word for word.
    async fn the_form_has_the_labels_of_the_guides(app) {
        let mut browser = ruth(&app).await;
        let page = browser.get(&at(&app.maple, "/add")).await;
        let labels = page.select("label");
        for label in ["Is Identity:", "User name:", "Email:", "Cell #:", "Status:", "Note:"] {
            assert!(labels.iter().any(|shown| shown == label), "{label}: {labels:?}");
        }
        assert_eq!(page.select("#create"), ["Create and Email Identity Account"]);
        assert_eq!(page.select("#status option[selected]"), ["Active"], "R20");
        assert!(page.attribute("#is-identity", "checked").is_none(), "R15");
    }

    /// R23: nothing happens before Yes, and No changes nothing and loses nothing.
    async fn nothing_happens_before_yes(app) {
        let mut browser = ruth(&app).await;
        let before = people(&app).await;
        let sure = fill(&app, &mut browser, &FIELDS).await;
        assert_eq!((sure.heading().as_str(), people(&app).await), ("Are you Sure?", before));
        assert!(sure.shows("Frank Jones gets an identity at Maple Home Care"), "{sure:?}");
        assert_eq!((sure.select("#sure-yes"), sure.select("#sure-no")), (vec!["Yes".into()], vec!["No".into()]));
        let page = browser.fill(&sure, "sure-no", &[]).await;
        assert_eq!((page.value("User name:"), page.value("Note:")), (FRANK.to_owned(), "Nights <only>".to_owned()));
        assert_eq!((people(&app).await, page.select("#member_type option[selected]")), (before, vec!["Caregiver".into()]));
    }

    /// R22, R25: Yes adds and mails; pressed twice, it adds once and says the same; typed again, it says that it was done.
    async fn yes_adds_and_mails_and_twice_adds_once(app) {
        let mut browser = ruth(&app).await;
        let sure = fill(&app, &mut browser, &FIELDS).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(page.heading(), "Manage Identity Account", "{page:?}");
        assert_eq!(notice(&page), "Done. The person is added, and the mail is on its way.");
        assert_eq!(page.value("User:"), "Jones, Frank");
        assert!(page.attribute("#is-identity", "checked").is_some());
        assert_eq!((page.value("Cell #:"), page.select("#invitation")), ("555 0142".into(), vec!["The mail is on its way.".into()]));
        assert!(notice(&browser.get(page.url.as_str()).await).is_empty(), "said once");
        assert_eq!(mails(&app, FRANK).await.len(), 1);
        let sent = browser.get(page.url.as_str()).await.select("#invitation").concat();
        assert!(sent.starts_with("The mail was sent on November 21, 2026"), "{sent}");
        let again = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!((notice(&again).as_str(), again.url.path()), ("Done. The person is added, and the mail is on its way.", page.url.path()));
        assert_eq!((mails(&app, FRANK).await.len(), people(&app).await), (1, 2));
        let anew = fill(&app, &mut browser, &FIELDS).await;
        let again = browser.fill(&anew, "sure-yes", &[]).await;
        assert_eq!(notice(&again), "This person was added before. Nothing was changed, and no mail was sent.");
        assert_eq!((mails(&app, FRANK).await.len(), people(&app).await), (1, 2));
    }

    /// R25: only an agency with a program of its own has numbers for its people. The same person is the same without one.
    async fn without_a_person_id_the_address_is_taken(app) {
        let mut browser = ruth(&app).await;
        let fields: Vec<_> = FIELDS.iter().copied().filter(|(name, _)| *name != "person_ref").collect();
        let sure = fill(&app, &mut browser, &fields).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(notice(&page), "Done. The person is added, and the mail is on its way.");
        assert_eq!(page.value("Person ID:"), FRANK);
        let sure = fill(&app, &mut browser, &fields).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(notice(&page), "This person was added before. Nothing was changed, and no mail was sent.");
        let sure = browser.fill_named(&page, "person-save", &[("person_ref", "4711")]).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        let sure = browser.fill_named(&page, "person-save", &[("person_ref", "")]).await;
        assert_eq!(sure.select(".will"), [format!("Person ID: “4711” becomes “{FRANK}”.")]);
    }

    /// R76: what is not typed anew stays as the agency wrote it; what is typed counts.
    async fn who_is_added_again_keeps_what_the_agency_wrote(app) {
        let mut browser = ruth(&app).await;
        let sure = fill(&app, &mut browser, &FIELDS).await;
        browser.fill(&sure, "sure-yes", &[]).await;
        let is_kept = |name: &str| ["person_ref", "cell", "note"].contains(&name);
        let bare: Vec<_> = FIELDS.iter().copied().filter(|(name, _)| !is_kept(name)).collect();
        let anew = [&bare[..], &[("person_ref", "12"), ("note", "Days")]].concat();
        for (fields, kept) in [(&bare, ["4711", "555 0142", "Nights <only>"]), (&anew, ["12", "555 0142", "Days"])] {
            press(&app, &mut browser, FRANK, "remove").await;
            app.advance(MINUTE * 2);
            let sure = fill(&app, &mut browser, fields).await;
            let page = browser.fill(&sure, "sure-yes", &[]).await;
            assert_eq!(notice(&page), "Done. The person is added, and the mail is on its way.", "{page:?}");
            assert_eq!(["Person ID:", "Cell #:", "Note:"].map(|label| page.value(label)), kept);
        }
        let sure = fill(&app, &mut browser, &bare).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(notice(&page), "This person was added before. Nothing was changed, and no mail was sent.", "R25");
    }

    /// R20: who is added as inactive gets no mail.
    async fn an_inactive_person_gets_no_mail(app) {
        let mut browser = ruth(&app).await;
        let fields = [&FIELDS[..], &[("status", "inactive")]].concat();
        let sure = fill(&app, &mut browser, &fields).await;
        assert!(sure.shows("No mail is sent"), "{sure:?}");
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(notice(&page), "Done. The person is added, and no mail was sent.");
        assert_eq!(page.select("#invitation"), ["No mail was sent yet. It goes out when you set Status to Active."]);
        assert!(mails(&app, FRANK).await.is_empty());
    }

    /// R10, R18, R30: every mistake at once, beside its field and on top, and nothing is lost.
    async fn mistakes_are_said_beside_their_fields(app) {
        let mut browser = ruth(&app).await;
        let page = fill(&app, &mut browser, &[("given_name", "Frank"), ("user_name", "frank")]).await;
        assert_eq!(
            problems(&page),
            [
                "User name must be a whole email address, such as ruth@example.com.",
                "The Email must be put in.",
                "Last name must be put in.",
                "Choose whether the person is office staff, a caregiver or a client.",
                "Choose a security role. Caregivers and clients have no security.",
            ]
        );
        assert_eq!((page.value("First name:"), page.value("User name:")), ("Frank".to_owned(), "frank".to_owned()));
        let fields = [&FIELDS[..3], &FIELDS[4..], &[("email", GRACE)]].concat();
        let page = fill(&app, &mut browser, &fields).await;
        assert_eq!(page.select("#email-wrong"), ["Both the User name and Email fields must be the same."]);
        let fields = [&FIELDS[..8], &[("role", "unrestricted")]].concat();
        let page = fill(&app, &mut browser, &fields).await;
        assert_eq!(page.select("#role-wrong"), ["Caregivers and clients have no security. Choose No security."]);
    }

    /// R31: the second person with the same address in one agency is refused; and the natural key is nobody else's.
    async fn a_second_person_with_the_same_address_is_refused(app) {
        let mut browser = ruth(&app).await;
        app.admin().create(FRANK).await;
        let sure = fill(&app, &mut browser, &FIELDS).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(
            page.select("#email-wrong"),
            ["Somebody in your list of people has this address already. If this is somebody else, ask them for an address of their own."]
        );
        let fields = [&FIELDS[..2], &[("user_name", GRACE), ("email", GRACE)], &FIELDS[4..7], &[("person_ref", FRANK), ("role", "none")]];
        let sure = fill(&app, &mut browser, &fields.concat()).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(page.select("#person_ref-wrong").len(), 1, "{page:?}");
        assert_eq!(page.value("User name:"), GRACE);
    }

    /// Attack 85: nobody gives more than they have.
    async fn an_administrator_with_a_small_role_gives_no_greater_one(app) {
        let mut browser = ruth(&app).await;
        app.change_membership(&app.maple, super::RUTH, |it| {
            let role = idp_domain::text::Line::parse("Scheduler").unwrap();
            it.particulars.security_role = idp_domain::member::SecurityRole::Named(role);
        })
        .await;
        let fields = [&FIELDS[..6], &[("member_type", "office_staff"), ("person_ref", "1"), ("role", "unrestricted")]];
        let sure = fill(&app, &mut browser, &fields.concat()).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert!(page.select("#authority-wrong").concat().starts_with("This is more than you have yourself"), "{page:?}");
    }

    /// R77, R33: somebody whom another agency knows is added with the same words as anybody.
    async fn somebody_known_elsewhere_is_added_with_the_same_words(app) {
        let mut browser = ruth(&app).await;
        app.other_admin().post(&json!({
            "user_name": FRANK, "email": FRANK, "given_name": "F", "family_name": "J", "person_ref": "9",
            "member_type": "caregiver", "security_role": "none",
        }), &[]).await;
        let sure = fill(&app, &mut browser, &FIELDS).await;
        let page = browser.fill(&sure, "sure-yes", &[]).await;
        assert_eq!(notice(&page), "Done. The person is added, and the mail is on its way.");
        assert_eq!(app.count("SELECT COUNT(*) FROM accounts").await, 2);
    }
}
