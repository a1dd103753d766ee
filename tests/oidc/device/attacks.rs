//! Who gets at a request that is not theirs, and what the program gets that nobody allowed: attacks 35, 37, 38 and 40.

use idp_service::device::{DeviceAnswer, DeviceView, Entered};
use serde_json::json;

use super::{DENIED, INVALID, PENDING, approved, browser_of, prepare};
use crate::oidc::{FRANK, MARY, MINUTE, SECOND};
use crate::support::desktop::{DEVICE_GRANT, Desktop, desktop};
use crate::support::on_each_database;
use crate::support::relying_party::VERIFIER;

on_each_database! {
    /// Attack 35 (CVE-2023-2585): the code of one program is nothing in the hands of another, before the answer and after it,
    /// and trying does not spoil it.
    async fn another_clients_code_is_nobodys(app) {
        prepare(&app).await;
        let mut other = desktop();
        other.id = idp_domain::client::ClientId::parse("desktop.other").unwrap();
        app.put_client(&other).await;
        let (desktop, browser) = (Desktop::new(&app), browser_of(&app, FRANK).await);
        let mut thief = Desktop::new(&app);
        thief.client_id = "desktop.other".to_owned();
        let codes = desktop.ask().await;
        assert_eq!(thief.poll(&codes).await.error(), INVALID);
        assert_eq!(desktop.poll(&codes).await.error(), PENDING, "and it does not slow its owner down");
        app.allow(&browser, &codes).await;
        assert_eq!(thief.poll(&codes).await.error(), INVALID);
        let tokens = desktop.poll(&codes).await;
        assert_eq!(tokens.status, 200, "{tokens:?}");
        assert_eq!(thief.poll(&codes).await.error(), INVALID, "attack 42: nor does it revoke what was issued");
        assert_eq!(desktop.refresh(&tokens).await.status, 200);
    }

    /// Attack 35, with a client that names the owner and proves itself: the name in the request is that of the proof.
    async fn a_client_cannot_speak_for_another(app) {
        let (desktop, codes, _) = approved(&app).await;
        let portal = app.relying_party();
        let own = [
            ("grant_type", DEVICE_GRANT),
            ("device_code", codes.device_code.as_str()),
            ("code_verifier", VERIFIER),
            ("client_id", desktop.client_id.as_str()),
        ];
        let refused = portal.token(&own).await;
        assert!(refused.status == 400 || refused.status == 401, "{refused:?}");
        assert_eq!(desktop.poll(&codes).await.status, 200);
    }

    /// Attack 37 (CVE-2024-52287): what was asked for at first is all there is, whatever is asked for with the code.
    async fn more_at_the_token_endpoint_changes_nothing(app) {
        let (desktop, codes, _) = approved(&app).await;
        let company = app.birch.id.to_string();
        let more = [
            ("code_verifier", VERIFIER),
            ("scope", "openid email profile company offline_access members:write"),
            ("company", "22222"),
            ("tenant", company.as_str()),
            ("acr_values", "tenant:22222"),
            ("login_hint", MARY),
        ];
        let tokens = desktop.poll_with(&codes, &more).await;
        assert_eq!((tokens.status, tokens.text("scope")), (200, "openid email company"), "{tokens:?}");
        let (claims, _) = app.relying_party().verify(tokens.text("access_token")).await;
        assert_eq!((&claims["company_code"], &claims["scope"]), (&json!("99999"), &json!("openid email company")));
        assert_eq!(claims["sub"], json!(app.account(FRANK).await.id));
    }

    /// Attack 37, RFC 8707 section 2.2: nor is an API that nobody asked for; and the refusal does not burn the code.
    async fn an_api_that_was_not_asked_for_is_refused(app) {
        let (desktop, codes, _) = approved(&app).await;
        for resource in ["https://id.example/admin/v1", "https://api.example/"] {
            let more = [("code_verifier", VERIFIER), ("resource", resource)];
            let refused = desktop.poll_with(&codes, &more).await;
            assert_eq!(refused.error(), (400, "invalid_target"), "{resource}");
        }
        assert_eq!(desktop.poll(&codes).await.status, 200);
    }

    /// Attack 38 (CVE-2026-45337): who knows the code of a request that somebody has opened neither allows nor denies it, and
    /// is told what everybody is told of a code that does not exist.
    async fn a_second_person_neither_allows_nor_denies(app) {
        prepare(&app).await;
        app.enrol(MARY).await;
        let desktop = Desktop::new(&app);
        let (frank, mut mary) = (browser_of(&app, FRANK).await, browser_of(&app, MARY).await);
        mary.address = [192, 0, 2, 2];
        let codes = desktop.ask().await;
        let (hers, his) = (app.open(&mary, &codes).await, app.open(&frank, &codes).await);
        let shown = app.view(&frank, &his).await;
        let DeviceView::Ask(asked) = shown else { panic!("{shown:?}") };
        let company = asked.companies.first().map(|company| company.id);
        assert!(matches!(app.view(&mary, &hers).await, DeviceView::Over), "she typed it first, he saw it first");
        for answer in [DeviceAnswer::Allow(company), DeviceAnswer::Deny] {
            assert_eq!(app.answer(&mary, &hers, answer).await, None, "{answer:?}");
            assert_eq!(app.answer(&mary, &his, answer).await, None, "with his own page: {answer:?}");
        }
        assert!(matches!(app.enter(&mary, &codes.user_code).await, Entered::Unknown));
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
        app.answer(&frank, &his, DeviceAnswer::Allow(company)).await;
        assert_eq!(app.answer(&mary, &hers, DeviceAnswer::Deny).await, None, "nor does she take it back");
        app.advance(SECOND * 5);
        let tokens = desktop.poll(&codes).await;
        let (claims, _) = app.relying_party().verify(tokens.text("id_token")).await;
        assert_eq!(claims["sub"], json!(app.account(FRANK).await.id));
    }

    /// Attack 40 (Keycloak 36811): "No", Back, "Yes" is no; and "Yes", Back, "No" is no, too, even when the program has its
    /// tokens already.
    async fn a_no_is_final_and_comes_before_a_yes(app) {
        prepare(&app).await;
        let (desktop, browser) = (Desktop::new(&app), browser_of(&app, FRANK).await);
        let company = Some(app.maple.id);
        for (first, then) in [
            (DeviceAnswer::Deny, DeviceAnswer::Allow(company)),
            (DeviceAnswer::Allow(company), DeviceAnswer::Deny),
        ] {
            let codes = desktop.ask().await;
            let flow = app.open(&browser, &codes).await;
            app.view(&browser, &flow).await;
            app.answer(&browser, &flow, first).await;
            app.answer(&browser, &flow, then).await;
            assert_eq!(desktop.poll(&codes).await.error(), DENIED, "{first:?}, {then:?}");
        }
        let codes = desktop.ask().await;
        let flow = app.open(&browser, &codes).await;
        app.view(&browser, &flow).await;
        app.answer(&browser, &flow, DeviceAnswer::Allow(company)).await;
        let tokens = desktop.poll(&codes).await;
        app.answer(&browser, &flow, DeviceAnswer::Deny).await;
        assert_eq!(desktop.refresh(&tokens).await.error(), INVALID);
        assert_eq!(app.relying_party().userinfo(tokens.text("access_token")).await.status, 401);
    }

    /// Rules section 6: "Approver must be … if `login_hint` was sent, … that user"; and of the agency that was asked for.
    async fn only_the_person_it_is_for_lets_a_computer_in(app) {
        prepare(&app).await;
        app.enrol(MARY).await;
        let (frank, mary) = (browser_of(&app, FRANK).await, browser_of(&app, MARY).await);
        let hinted = Desktop::new(&app).with("login_hint", "Frank.Jones@Example.com").with("company", "99999");
        let codes = hinted.ask().await;
        let flow = app.open(&mary, &codes).await;
        assert!(matches!(app.view(&mary, &flow).await, DeviceView::WrongPerson { .. }));
        let allow = DeviceAnswer::Allow(Some(app.maple.id));
        assert_eq!(app.answer(&mary, &flow, allow).await, None);
        app.allow(&frank, &codes).await;
        assert_eq!(hinted.poll(&codes).await.status, 200, "her look took it from nobody");

        for company in ["22222", "ZZZ99"] {
            let elsewhere = Desktop::new(&app).with("company", company);
            let codes = elsewhere.ask().await;
            let flow = app.open(&frank, &codes).await;
            assert!(matches!(app.view(&frank, &flow).await, DeviceView::NoAccess { .. }), "{company}");
            for company in [None, Some(app.maple.id), Some(app.birch.id)] {
                assert_eq!(app.answer(&frank, &flow, DeviceAnswer::Allow(company)).await, None);
            }
            assert_eq!(elsewhere.poll(&codes).await.error(), PENDING);
        }
    }

    /// Rules section 6: "Fresh authentication (`auth_time` ≤ 10 min)": a session left open at a shared PC lets nobody in.
    async fn a_session_of_longer_ago_lets_no_computer_in(app) {
        prepare(&app).await;
        let (desktop, browser) = (Desktop::new(&app), browser_of(&app, FRANK).await);
        app.advance(MINUTE * 5);
        let codes = desktop.ask().await;
        let flow = app.open(&browser, &codes).await;
        app.view(&browser, &flow).await;
        app.advance(MINUTE * 5 + SECOND);
        let allow = DeviceAnswer::Allow(Some(app.maple.id));
        assert_eq!(app.answer(&browser, &flow, allow).await, None, "the log-in comes first");
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
    }

    /// BCP 247: from another network nobody is let in without having said that the computer is theirs.
    async fn a_computer_elsewhere_is_not_let_in_by_one_click(app) {
        prepare(&app).await;
        let browser = browser_of(&app, FRANK).await;
        let mut desktop = Desktop::new(&app);
        desktop.address = [198, 51, 100, 7];
        let codes = desktop.ask().await;
        let flow = app.open(&browser, &codes).await;
        assert!(matches!(app.view(&browser, &flow).await, DeviceView::Elsewhere(_)));
        let allow = DeviceAnswer::Allow(Some(app.maple.id));
        assert_eq!(app.answer(&browser, &flow, allow).await, None);
        assert_eq!(desktop.poll(&codes).await.error(), PENDING);
    }
}
