//! The log of a whole journey: one line a request, and nothing in it that opens a door or names a person.

use serde_json::Value;

use crate::support::process::eventually;
use crate::support::rig::{OFFICE_SECRET, PORTAL_SECRET, Rig};
use crate::support::visitor::{Visitor, authorization_request};

const PERSON: &str = "rose.miller@example.com";
const PASSWORD: &str = "copper ladder quiet meadow";
const ANSWER: &str = "Mister Bun the Rabbit";

/// The activation link in the mail to the person.
async fn link(rig: &Rig) -> String {
    let mail = eventually("the mail", async || {
        let mut mails = std::fs::read_dir(rig.path("mails")).ok()?.filter_map(Result::ok);
        let mail = mails.find(|mail| mail.path().extension().is_some_and(|extension| extension == "eml"))?;
        std::fs::read_to_string(mail.path()).ok()
    })
    .await;
    let text = mail.replace("=\r\n", "").replace("=3D", "=");
    let start = text.find(&format!("{}/activate", rig.address())).unwrap_or_else(|| panic!("no link in {text}"));
    text[start..].split_whitespace().next().expect("a link").to_owned()
}

#[tokio::test]
async fn a_whole_journey_leaves_one_line_a_request_and_no_secret() {
    let mut rig = Rig::new();
    rig.set("log.format", "json");
    rig.set("log.level", "debug");
    rig.seed();
    let server = rig.serve().await;
    rig.provision(PERSON).await;
    let link = link(&rig).await;

    let visitor = Visitor::new();
    let page = visitor.open(&link).await;
    let mismatch = [("password", PASSWORD), ("confirm", "something else entirely")];
    let page = visitor.press(&page, "password-submit", &mismatch).await;
    let done = visitor.press(&page, "password-submit", &[("password", PASSWORD), ("confirm", PASSWORD)]).await;
    assert!(done.leads_to.is_some(), "{done:?}");
    let page = visitor.open(&authorization_request(&rig)).await;
    let page = visitor.log_in(&page, PERSON, "a wrong password of hers").await;
    let page = visitor.log_in(&page, PERSON, PASSWORD).await;
    assert_eq!(page.heading(), "Security Questions", "{page:?}");
    let answers = [
        ("question-1", "first-stuffed-toy"),
        ("answer-1", ANSWER),
        ("question-2", "driving-instructor"),
        ("answer-2", "Old Henry"),
        ("question-3", "lost-treasure"),
        ("answer-3", "a red kite"),
    ];
    let back = visitor.press(&page, "questions-save", &answers).await;
    let code = back.sent("code");
    let tokens = visitor.redeem(&rig, &code).await;
    assert_eq!(visitor.user_info(&rig, &tokens).await.status, 200);
    let refresh_token = tokens["refresh_token"].as_str().expect("a refresh token").to_owned();
    let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
    let refreshed = visitor.token(&rig, &grant).await;
    let id_token = refreshed["id_token"].as_str().expect("an ID token").to_owned();
    visitor.open(&format!("{}/logout?id_token_hint={id_token}", rig.address())).await;
    let log = server.stop().await;

    let ticket = link.split_once("ticket=").expect("a ticket").1;
    let text = |tokens: &Value, name: &str| tokens[name].as_str().expect("a token").to_owned();
    let secrets = [
        PERSON.to_owned(),
        PASSWORD.to_owned(),
        "a wrong password of hers".to_owned(),
        ANSWER.to_owned(),
        PORTAL_SECRET.to_owned(),
        OFFICE_SECRET.to_owned(),
        code,
        refresh_token,
        ticket.to_owned(),
        ticket.split_once('.').expect("<id>.<secret>").1.to_owned(),
        text(&tokens, "access_token"),
        text(&tokens, "id_token"),
        text(&refreshed, "access_token"),
        text(&refreshed, "refresh_token"),
        id_token,
    ];
    for secret in &secrets {
        let told = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(told, None, "{secret:?} is in the log");
    }

    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    for id in visitor.request_ids() {
        let about: Vec<_> =
            lines.iter().filter(|line| line["target"] == "request" && line["request_id"] == *id).collect();
        let [line] = about.as_slice() else { panic!("{id}: {about:?}") };
        assert!(line["route"].as_str().is_some_and(|route| route.starts_with('/')), "{line}");
        assert!(line["status"].is_u64() && line["elapsed_ms"].is_u64() && line["method"].is_string(), "{line}");
    }
    assert!(visitor.request_ids().len() >= 12, "{:?}", visitor.request_ids());
}
