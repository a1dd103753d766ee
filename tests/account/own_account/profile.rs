//! "Your account": every standard claim a person owns can be written, changed and taken back (OpenID Connect Core section
//! 5.1; R3, R33), and what is wrong is said beside what was typed.

use idp_domain::audit::{Actor, AuditAction};
use idp_domain::text::Line;
use serde_json::{Value, json};

use super::{ACCOUNT, SECOND, at_account, frank_at_account, recorded, save, saved, stored, told};
use crate::account::{FRANK, problems};
use crate::support::admin::caregiver_body;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

/// Every field: its label, its claim, and something to write.
const FIELDS: [(&str, &str, &str); 18] = [
    ("First name", "given_name", "Fran\u{e7}ois"),
    ("Middle name", "middle_name", "O\u{2019}Neil"),
    ("Last name", "family_name", "Jones-Hill"),
    ("Nickname", "nickname", "Frankie"),
    ("Short name", "preferred_username", "frankie"),
    ("Phone number", "phone_number", "+1 (519) 555-0199"),
    ("Your website", "website", "https://frank.example/"),
    ("Street and number", "street_address", "7 Orchard Lane, Apt 3"),
    ("City", "locality", "Guelph"),
    ("State or province", "region", "ON"),
    ("ZIP or postal code", "postal_code", "N1H 2B2"),
    ("Country", "country", "Canada"),
    ("Birthday", "birthdate", "1984-02-29"),
    ("Gender", "gender", "non-binary"),
    ("Language", "locale", "fr-CA"),
    ("Time zone", "zoneinfo", "America/Toronto"),
    ("Picture of you", "picture", "https://frank.example/me.png"),
    ("Page about you", "profile", "https://frank.example/about?me=1&you=2"),
];

/// What to type into every field.
fn everything() -> Vec<(&'static str, &'static str)> {
    FIELDS.iter().map(|(label, _, text)| (*label, *text)).collect()
}

fn nothing() -> Vec<(&'static str, &'static str)> {
    FIELDS.iter().map(|(label, ..)| (*label, " ")).collect()
}

on_each_database! {
    /// Core sections 5.1 and 5.4: every claim of a person, as it was typed, on the page and at UserInfo.
    async fn every_claim_is_saved_and_told(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        assert_eq!(page.attribute("#username", "value").as_deref(), Some(FRANK));
        let page = saved(&mut browser, &page, &everything()).await;
        let reloaded = browser.get("/account").await;
        for (label, _, text) in FIELDS {
            assert_eq!((page.value(label).as_str(), reloaded.value(label).as_str()), (text, text), "{label}");
        }
        assert!(reloaded.select("#notice").is_empty(), "success is said once");

        let told = told(app.relying_party(), &app, FRANK).await;
        for (label, claim, text) in FIELDS {
            let within = if told["address"][claim].is_null() { &told } else { &told["address"] };
            assert_eq!(within[claim], text, "{label}");
        }
        assert_eq!(told["name"], "Fran\u{e7}ois O\u{2019}Neil Jones-Hill");
        assert_eq!(told["address"]["formatted"], "7 Orchard Lane, Apt 3\nGuelph, ON N1H 2B2\nCanada");
        assert_eq!(told["updated_at"], app.env.now().seconds());
        assert_eq!((&told["email"], &told["phone_number_verified"]), (&json!(FRANK), &json!(false)));
    }

    /// A claim without a value is left out (Core section 5.3.2); the user name is no field and stays.
    async fn a_blank_field_takes_a_claim_away(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let page = saved(&mut browser, &page, &everything()).await;
        app.advance(SECOND);
        let page = saved(&mut browser, &page, &[("City", ""), ("Birthday", "  ")]).await;
        let partly = told(app.relying_party(), &app, FRANK).await;
        assert_eq!((partly.get("birthdate"), partly["address"].get("locality")), (None, None));
        assert_eq!(
            (&partly["gender"], &partly["address"]["country"]),
            (&json!("non-binary"), &json!("Canada"))
        );

        let page = saved(&mut browser, &page, &nothing()).await;
        let mut told = told(app.relying_party(), &app, FRANK).await;
        assert!(told.as_object_mut().unwrap().remove("sub").is_some());
        let now = app.env.now().seconds();
        assert_eq!(told, json!({"email": FRANK, "email_verified": true, "updated_at": now}));
        assert!(FIELDS.iter().all(|(label, ..)| page.value(label).is_empty()), "{page:?}");
        assert_eq!(page.attribute("#username", "value").as_deref(), Some(FRANK));
    }

    /// R33: until a person writes their own name, an agency hears its own spelling and never another agency's.
    async fn the_names_are_each_agencys_own_until_the_person_edits_them(app) {
        app.enrol(FRANK).await;
        let mut body = caregiver_body(FRANK);
        (body["given_name"], body["family_name"]) = (json!("Francis"), json!("Jones (PSW)"));
        assert_eq!(app.other_admin().post(&body, &[]).await.status, 201);
        let names = async || {
            let birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
            let [maple, birch] =
                [told(app.relying_party(), &app, FRANK).await, told(birch, &app, FRANK).await];
            [maple, birch].map(|told| told["name"].as_str().map(str::to_owned).unwrap_or_default())
        };
        let each_its_own = ["Frank Jones", "Francis Jones (PSW)"];
        assert_eq!(names().await, each_its_own);

        let (mut browser, page) = at_account(&app, FRANK).await;
        let page = saved(&mut browser, &page, &[]).await;
        assert_eq!(names().await, each_its_own, "to press Save is not to edit");
        let page = saved(&mut browser, &page, &[("First name", "Frankie"), ("Middle name", "B.")]).await;
        assert_eq!(names().await, ["Frankie B. Jones"; 2]);
        app.advance(SECOND);
        saved(&mut browser, &page, &[("First name", ""), ("Middle name", ""), ("Last name", "")]).await;
        assert_eq!(names().await, [""; 2], "a name that was taken away is nobody's to fill in");
    }

    /// `pages.md`, "Words": every problem at once, on top and beside its field, and what was typed is kept.
    async fn problems_stand_beside_the_fields_and_what_was_typed_is_kept(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let before = stored(&app, FRANK).await;
        let long = "x".repeat(101);
        let web = "must be a web address that begins with https:// or http://.";
        let wrong = [
            ("First name", "given_name", long.as_str(), "is too long. Shorten it."),
            (
                "Nickname",
                "nickname",
                "Fran\u{202e}kie",
                "holds a character that cannot be shown. Type it instead of pasting it.",
            ),
            (
                "Phone number",
                "phone_number",
                "call me",
                "must be digits, such as (519) 555-0142 or +1 519 555 0142.",
            ),
            ("Your website", "website", "frank.example", web),
            (
                "Birthday",
                "birthdate",
                "29.2.1980",
                "must be year, month and day, such as 1980-02-29, or the year alone.",
            ),
            ("Language", "locale", "English", "must be short, such as en or es-US."),
            ("Time zone", "zoneinfo", "Pacific time", "must be a name such as America/Los_Angeles."),
            ("Picture of you", "picture", "javascript:alert(1)", web),
            ("Page about you", "profile", "ftp://frank.example/", web),
        ];
        let mut typed: Vec<(&str, &str)> = wrong.iter().map(|(label, _, text, _)| (*label, *text)).collect();
        typed.push(("City", "Guelph"));
        let refused = save(&mut browser, &page, &typed).await;
        assert_eq!((refused.heading().as_str(), refused.location()), (ACCOUNT, None));
        assert!(refused.select("title").concat().starts_with("Error: "), "{refused:?}");
        let sentences = wrong.map(|(label, _, _, says)| format!("{label} {says}"));
        assert_eq!(problems(&refused), sentences, "in the order of the page");
        for ((label, id, text, _), sentence) in wrong.into_iter().zip(sentences) {
            assert_eq!(refused.select(&format!("#problem a[href='#{id}']")), [sentence.as_str()]);
            assert_eq!(refused.select(&format!(".wrong #{id}-wrong")), [sentence.as_str()]);
            let described = refused.attribute(&format!("#{id}[aria-invalid=true]"), "aria-describedby");
            assert!(
                described.is_some_and(|ids| ids.split(' ').any(|it| it == format!("{id}-wrong"))),
                "{label}"
            );
            assert_eq!(refused.value(label), text);
        }
        assert_eq!(refused.value("City"), "Guelph", "what was right is kept as well");
        assert_eq!((stored(&app, FRANK).await, recorded(&app, "account.profile_changed").await), (before, 0));

        let corrected: Vec<(&str, &str)> = everything().into_iter().filter(|it| it.0 != "City").collect();
        saved(&mut browser, &refused, &corrected).await;
        assert_eq!(told(app.relying_party(), &app, FRANK).await["address"]["locality"], "Guelph");
    }

    /// Core section 5.1: a number somebody verified stays so until it is another one.
    async fn a_changed_phone_number_is_not_verified_any_more(app) {
        app.enrol(FRANK).await;
        app.change_account(FRANK, |account| {
            account.profile.phone_number = Line::parse("+1 519 555 0199").ok();
            account.profile.phone_number_verified = Some(true);
        })
        .await;
        let (mut browser, mut page) = at_account(&app, FRANK).await;
        let steps = [
            ("Nickname", "Frankie", json!("+1 519 555 0199"), json!(true)),
            ("Phone number", "+1 519 555 0100", json!("+1 519 555 0100"), json!(false)),
            ("Phone number", "+1 519 555 0199", json!("+1 519 555 0199"), json!(false)),
            ("Phone number", "", Value::Null, Value::Null),
        ];
        for (label, text, number, verified) in steps {
            app.advance(SECOND);
            page = saved(&mut browser, &page, &[(label, text)]).await;
            let told = told(app.relying_party(), &app, FRANK).await;
            assert_eq!(
                (&told["phone_number"], &told["phone_number_verified"]),
                (&number, &verified),
                "{text}"
            );
        }
    }

    /// R94: who changed their account, when and from where; never what they wrote. A save that changes nothing is none.
    async fn a_change_is_on_record_and_what_was_written_is_not(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let page = saved(&mut browser, &page, &[]).await;
        assert_eq!(
            (recorded(&app, "account.profile_changed").await, stored(&app, FRANK).await.updated_at),
            (0, None)
        );
        browser.headers.push(("user-agent".to_owned(), "a phone".to_owned()));
        let page = saved(&mut browser, &page, &[("Nickname", "Blue Heron"), ("Gender", "female")]).await;
        app.advance(SECOND);
        saved(&mut browser, &page, &[("Nickname", "Blue Heron ")]).await;

        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(None, 1000).await.unwrap();
        let changes: Vec<_> = events.iter().filter(|it| it.action == AuditAction::ProfileChanged).collect();
        let frank = app.account(FRANK).await.id;
        assert_eq!(changes.len(), 1, "an outer space changes nothing: {changes:?}");
        assert_eq!((&changes[0].actor, changes[0].account), (&Actor::Person { account: frank }, Some(frank)));
        assert_eq!(changes[0].origin.address, Some([192, 0, 2, 1].into()));
        assert_eq!(changes[0].origin.user_agent.as_deref(), Some("a phone"));
        assert!(changes[0].origin.request_id.is_some());
        assert!(!format!("{events:?}").contains("Heron"), "{events:?}");
    }

    /// R17, R18: the user name, what an office verified and what an office says of a person are no fields, sent or not.
    async fn what_a_person_does_not_own_is_not_changed_by_sending_it(app) {
        let (mut browser, page) = frank_at_account(&app).await;
        let before = told(app.relying_party(), &app, FRANK).await;
        let sent = [
            ("nickname", "Frankie"),
            ("username", "other@example.com"),
            ("user_name", "other@example.com"),
            ("email", "other@example.com"),
            ("email_verified", "false"),
            ("phone_number_verified", "true"),
            ("sub", "somebody"),
            ("updated_at", "1"),
            ("member_type", "office_staff"),
            ("security_role", "unrestricted"),
        ];
        let page = browser.fill_named(&page, "account-save", &sent).await;
        assert_eq!(page.select("#notice"), ["Saved."]);
        let mut told = told(app.relying_party(), &app, FRANK).await;
        let claims = told.as_object_mut().unwrap();
        assert_eq!(claims.remove("nickname"), Some(json!("Frankie")));
        assert_eq!(claims.remove("updated_at"), Some(json!(app.env.now().seconds())));
        assert_eq!(told, before);
        assert_eq!(app.find_account("other@example.com").await.map(|it| it.id), None);
    }
}
