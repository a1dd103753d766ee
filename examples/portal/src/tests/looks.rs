//! What a person sees beside their day: the hat they wear (R62), and the agency's colour and logo.

use serde_json::json;

use super::browser::Browser;
use super::logged_in;
use super::provider::Provider;

/// R62, R79: caregiver and office staff at one agency.
#[tokio::test]
async fn a_person_with_two_hats_begins_with_the_main_one_and_chooses_the_other() {
    let provider = Provider::start().await;
    let hat = |kind: &str, id: &str| json!({ "member_type": kind, "person_ref": id });
    provider.set(|world| world.persons = json!([hat("caregiver", "C 1"), hat("office_staff", "S-12")]));
    let mut browser = logged_in(&provider).await;

    let main = browser.get("/").await;
    assert_eq!(main.text("member-type"), "Caregiver");
    assert!(main.body.contains("Today’s visits"));
    assert!(
        main.body.contains("<a href=\"/?person=C%201\" aria-current=\"page\">Caregiver</a>"),
        "{}",
        main.body
    );
    let other = browser.get("/?person=S-12").await;
    assert_eq!(other.text("member-type"), "Office staff");
    assert!(other.body.contains("The office today") && !other.body.contains("Today’s visits"));

    for strange in ["/?person=", "/?person=S-13", "/?person=S-12&person=S-12", "/?person=%FF"] {
        assert_eq!(browser.get(strange).await.text("member-type"), "Caregiver", "{strange}");
    }
}

#[tokio::test]
async fn a_person_with_one_hat_is_asked_nothing() {
    let provider = Provider::start().await;
    let mut browser = logged_in(&provider).await;
    let home = browser.get("/?person=S-12").await;
    assert_eq!(home.text("member-type"), "Caregiver");
    assert!(!home.body.contains("class=\"hats\""));
}

#[tokio::test]
async fn the_agencys_colour_and_logo_are_on_every_page() {
    let provider = Provider::start().await;
    let file = std::env::temp_dir().join(format!("sample-portal-looks-{}.png", std::process::id()));
    std::fs::write(&file, b"\x89PNG\r\n\x1a\n").unwrap();
    let logo = file.display().to_string();
    let flags = ["--issuer", &provider.issuer, "--accent", "#1f6b35", "--logo", &logo];
    let mut browser = Browser::with(&flags);
    std::fs::remove_file(&file).unwrap();
    assert!(browser.get("/ended").await.body.contains("<img class=\"logo\" src=\"/logo\" alt=\"\">"));
    assert!(browser.get("/portal.css").await.body.contains("--accent:#1f6b35"));
    let picture = browser.get("/logo").await;
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));

    let mut plain = Browser::new(&provider.issuer);
    assert_eq!(plain.get("/logo").await.status, 404);
    assert!(plain.get("/ended").await.body.contains("<span class=\"mark\" aria-hidden=\"true\">MH</span>"));
}
