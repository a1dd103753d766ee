//! Codes that name a company: its own, aliases, and those that name nobody any more (R88).

use serde_json::json;

use super::{COMPANIES, Program, at};
use crate::api::problem;
use crate::support::on_each_database;

on_each_database! {
    async fn a_replaced_code_goes_on_naming_the_company(app) {
        let operator = Program::of_operator(&app).await;
        let changed = operator.patch(&at("99999"), &json!({"code": "maple-2"})).await;
        assert_eq!((&changed.json["code"], &changed.json["aliases"]), (&json!("MAPLE2"), &json!(["99999"])));
        let id = changed.text("company_id").to_owned();
        for code in ["99999", "MAPLE2"] {
            assert_eq!(operator.get(&at(code)).await.text("company_id"), id);
        }
        let taken = operator.patch(&at("22222"), &json!({"code": "99999"})).await;
        assert_eq!(problem(&taken), (409, "company-code-taken"));
        let back = operator.patch(&at("MAPLE2"), &json!({"code": "99999"})).await;
        assert_eq!((&back.json["code"], &back.json["aliases"]), (&json!("99999"), &json!(["MAPLE2"])));
    }

    /// An alias lives until it is released; from then on it is nobody's, and never another company's.
    async fn an_alias_lives_until_it_is_released_and_is_never_given_away(app) {
        let operator = Program::of_operator(&app).await;
        let aliases = format!("{}/aliases", at("99999"));
        for _ in 0..2 {
            let added = operator.post(&aliases, &json!({"code": "old-ma"})).await;
            assert_eq!((added.status, &added.json["aliases"]), (200, &json!(["OLDMA"])), "{added:?}");
            assert!(added.headers.contains_key("etag"));
        }
        assert_eq!(operator.get(&at("oldma")).await.text("code"), "99999");
        let other = format!("{}/aliases", at("22222"));
        let taken = operator.post(&other, &json!({"code": "OLDMA"})).await;
        assert_eq!(problem(&taken), (409, "company-code-taken"));
        assert_eq!(problem(&operator.delete(&format!("{other}/OLDMA")).await), (404, "not-found"));

        let released = operator.delete(&format!("{aliases}/OLDMA")).await;
        assert_eq!((released.status, &released.json["aliases"]), (200, &json!([])), "{released:?}");
        assert_eq!(problem(&operator.get(&at("OLDMA")).await), (404, "not-found"));
        assert_eq!(problem(&operator.delete(&format!("{aliases}/OLDMA")).await), (404, "not-found"));
        let taken = operator.post(&other, &json!({"code": "OLDMA"})).await;
        assert_eq!(problem(&taken), (409, "company-code-taken"));
        let taken = operator.post(COMPANIES, &json!({"name": "Cedar", "code": "OLDMA"})).await;
        assert_eq!(problem(&taken), (409, "company-code-taken"));
        assert_eq!(operator.post(&aliases, &json!({"code": "OLDMA"})).await.status, 200, "its own again");
        let recorded = app.audited().await;
        assert_eq!(recorded.iter().filter(|action| **action == "company.alias_added").count(), 2);
        assert_eq!(recorded.iter().filter(|action| **action == "company.alias_released").count(), 1);
    }

    async fn a_companys_own_code_is_no_alias(app) {
        let operator = Program::of_operator(&app).await;
        let aliases = format!("{}/aliases", at("99999"));
        assert_eq!(problem(&operator.delete(&format!("{aliases}/99999")).await), (404, "not-found"));
        let same = operator.post(&aliases, &json!({"code": "99999"})).await;
        assert_eq!((same.status, &same.json["aliases"]), (200, &json!([])));
        let bad = operator.post(&aliases, &json!({"code": "?"})).await;
        assert_eq!(problem(&bad), (422, "invalid-fields"));
    }

    /// R58: people type the code that their office told them, for as long as it names the agency.
    async fn an_alias_is_good_for_a_log_in(app) {
        app.enrol(crate::api::FRANK).await;
        let operator = Program::of_operator(&app).await;
        let aliases = format!("{}/aliases", at("99999"));
        assert_eq!(operator.post(&aliases, &json!({"code": "OLDMA"})).await.status, 200);
        app.change_client("portal.99999", |client| client.company = None).await;
        let portal = app.relying_party().with("company", "old-ma");
        let tokens = portal.tokens(&mut app.browser(), crate::api::FRANK, crate::support::app::PASSWORD).await;
        let (claims, _) = portal.verify(tokens.text("access_token")).await;
        assert_eq!(claims["company_code"], "99999");
    }
}
