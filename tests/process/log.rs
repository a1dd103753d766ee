//! The log of a whole journey: one line a request, and nothing in it that opens a door or names a person.

use serde_json::Value;
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use crate::support::process::eventually;
use crate::support::rig::{OFFICE_SECRET, PASSWORD as SEEDED_PASSWORD, PORTAL_SECRET, Rig, USER_NAME};
use crate::support::visitor::{Visitor, authorization_request};

const PERSON: &str = "rose.miller@example.com";
const PASSWORD: &str = "copper ladder quiet meadow";
const WRONG_PASSWORD: &str = "a wrong password of hers";
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
    let start =
        text.find(&format!("{}/activate", rig.address())).unwrap_or_else(|| panic!("no link in {text}"));
    text[start..].split_whitespace().next().expect("a link").to_owned()
}

/// From the mail to the log-out; returns everything in it that is nobody's business.
async fn journey(rig: &Rig, visitor: &Visitor) -> Vec<String> {
    rig.provision(PERSON).await;
    let link = link(rig).await;
    activate(visitor, &link).await;
    let code = first_log_in(rig, visitor).await;
    let tokens = visitor.redeem(rig, &code).await;
    assert_eq!(visitor.user_info(rig, &tokens).await.status, 200);
    let text = |tokens: &Value, name: &str| tokens[name].as_str().expect("a token").to_owned();
    let refresh_token = text(&tokens, "refresh_token");
    let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
    let refreshed = visitor.token(rig, &grant).await;
    let id_token = text(&refreshed, "id_token");
    visitor.open(&format!("{}/logout?id_token_hint={id_token}", rig.address())).await;

    let ticket = link.split_once("ticket=").expect("a ticket").1;
    let ticket_secret = ticket.split_once('.').expect("<id>.<secret>").1;
    let typed =
        [PERSON, PASSWORD, WRONG_PASSWORD, ANSWER, PORTAL_SECRET, OFFICE_SECRET, ticket, ticket_secret];
    let mut secrets: Vec<String> = typed.map(str::to_owned).into();
    secrets.push(code);
    for tokens in [&tokens, &refreshed] {
        secrets.extend(["access_token", "id_token", "refresh_token"].map(|name| text(tokens, name)));
    }
    secrets
}

async fn activate(visitor: &Visitor, link: &str) {
    let page = visitor.open(link).await;
    let mismatch = [("password", PASSWORD), ("confirm", WRONG_PASSWORD)];
    let page = visitor.press(&page, "password-submit", &mismatch).await;
    let both = [("password", PASSWORD), ("confirm", PASSWORD)];
    let done = visitor.press(&page, "password-submit", &both).await;
    assert!(done.leads_to.is_some(), "{done:?}");
}

/// Returns the code.
async fn first_log_in(rig: &Rig, visitor: &Visitor) -> String {
    let page = visitor.open(&authorization_request(rig)).await;
    let page = visitor.log_in(&page, PERSON, WRONG_PASSWORD).await;
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
    visitor.press(&page, "questions-save", &answers).await.sent("code")
}

fn parsed(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The client and the person, once they are proven and not before.
fn who_asked_is_on_the_line(lines: &[Value]) {
    let of = |method: &str, route: &str, status: u16| -> Vec<(Value, Value)> {
        let is_it = |line: &&Value| {
            line["target"] == "request"
                && line["method"] == method
                && line["route"] == route
                && line["status"] == status
        };
        lines.iter().filter(is_it).map(|line| (line["client"].clone(), line["actor"].clone())).collect()
    };
    let [(client, actor)] = &of("GET", "/userinfo", 200)[..] else { panic!("one look at UserInfo") };
    assert_eq!(client, "portal.99999");
    assert!(actor.is_string(), "{actor}");
    let logged_in = of("POST", "/login", 303);
    assert!(logged_in.iter().all(|(_, who)| who == actor) && !logged_in.is_empty(), "{logged_in:?}");
    let refused = of("POST", "/login", 200);
    assert!(
        refused.iter().all(|(_, who)| who.is_null()) && !refused.is_empty(),
        "a refused one names nobody"
    );
    let provisioned = of("POST", "/admin/v1/companies/{company}/members", 201);
    assert_eq!(provisioned, [("office.99999".into(), Value::Null)]);
    assert!(of("POST", "/token", 200).contains(&("portal.99999".into(), Value::Null)));
}

/// What a person reads out to support leads to the reason.
#[tokio::test]
async fn the_request_id_of_an_error_page_is_on_the_line_of_the_fault() {
    let mut rig = Rig::new();
    rig.set("log.format", "json");
    rig.seed();
    let server = rig.serve().await;
    let url = format!("sqlite://{}", rig.path("idp.db").display());
    let mut database = SqliteConnection::connect(&url).await.expect("a file");
    database.execute("ALTER TABLE clients RENAME TO gone").await.expect("a table");
    database.close().await.expect("a goodbye");

    let visitor = Visitor::new();
    let page = visitor.open(&authorization_request(&rig)).await;
    assert_eq!(page.status, 500);
    let ids = visitor.request_ids();
    let id = ids.last().expect("an id");
    assert!(page.html.contains(id.as_str()), "{page:?}");
    let log = server.stop().await;
    let lines = parsed(&log);
    let fault = lines.iter().find(|line| line["span"]["request_id"] == *id && !line["error"].is_null());
    let fault = fault.unwrap_or_else(|| panic!("no line of {id} with an error:\n{log}"));
    assert_eq!(fault["level"], "ERROR");
}

/// What the client hears as `invalid_client_metadata`, the operator reads with the client's name and where its keys should be.
#[tokio::test]
async fn a_client_whose_keys_cannot_be_had_is_named_to_the_operator() {
    const KEYS: &str = "https://127.0.0.1:9/jwks";
    let mut rig = Rig::new();
    rig.set("log.format", "json");
    let portal = "client_id = \"portal.99999\"";
    let encrypted = format!("{portal}\nid_token_encrypted_response_alg = \"ECDH-ES\"\njwks_uri = {KEYS:?}");
    rig.seed_with(&idp::seed_file::EXAMPLE.replacen(portal, &encrypted, 1));
    let server = rig.serve().await;
    let visitor = Visitor::new();
    let page = visitor.open(&authorization_request(&rig)).await;
    let back = visitor.log_in(&page, USER_NAME, SEEDED_PASSWORD).await;
    let refused = visitor.exchange(&rig, &back.sent("code")).await;
    assert_eq!(refused.error(), (400, "invalid_client_metadata".to_owned()));
    let log = server.stop().await;

    let is_told = |line: &&Value| {
        line["message"].as_str().is_some_and(|text| text.starts_with("nothing can be encrypted for a client"))
    };
    let lines = parsed(&log);
    let line = lines.iter().find(is_told).unwrap_or_else(|| panic!("not a word of it:\n{log}"));
    assert_eq!((&line["level"], &line["client"]), (&"WARN".into(), &"portal.99999".into()), "{line}");
    assert_eq!(line["keys"], KEYS);
    assert!(line["why"].as_str().is_some_and(|why| why.contains("ECDH-ES")), "{line}");
    assert!(visitor.request_ids().iter().any(|id| line["span"]["request_id"] == **id), "{line}");
}

#[tokio::test]
async fn a_whole_journey_leaves_one_line_a_request_and_no_secret() {
    let mut rig = Rig::new();
    rig.set("log.format", "json");
    rig.set("log.level", "debug");
    rig.seed();
    let server = rig.serve().await;
    let visitor = Visitor::new();
    let secrets = journey(&rig, &visitor).await;
    let log = server.stop().await;

    for secret in &secrets {
        let told = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(told, None, "{secret:?} is in the log");
    }
    let lines = parsed(&log);
    who_asked_is_on_the_line(&lines);
    assert!(visitor.request_ids().len() >= 12, "{:?}", visitor.request_ids());
    for id in visitor.request_ids() {
        let is_about = |line: &&Value| line["target"] == "request" && line["request_id"] == *id;
        let about: Vec<_> = lines.iter().filter(is_about).collect();
        let [line] = about.as_slice() else { panic!("{id}: {about:?}") };
        assert!(line["route"].as_str().is_some_and(|route| route.starts_with('/')), "{line}");
        assert!(
            line["status"].is_u64() && line["elapsed_ms"].is_u64() && line["method"].is_string(),
            "{line}"
        );
    }
}
