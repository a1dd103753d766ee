//! The logo of a client that registered itself (RFC 7591 section 2, `logo_uri`): drawn by us and kept with the client, so that
//! no page tells anybody who looks at it; `protocol.md`, "Dynamic registration".

use axum::http::Method;
use idp_domain::ports::OutboundError;
use idp_service::sweep::sweep;
use serde_json::{Value, json};
use url::Url;

use super::{
    DAY, by_invitation, invite, manage, open, path, register, registered, relying_party, send, swap_with,
};
use crate::oidc::consent::{register_third_party, third_party};
use crate::oidc::{FRANK, franks_browser};
use crate::support::app::TestApp;
use crate::support::browser::Page;
use crate::support::on_each_database;
use crate::support::picture::{fetch, jpeg, png};
use crate::support::relying_party::Answer;

const LOGO: &str = "https://shifts.example/logo.png";
const OTHER: &str = "https://shifts.example/other.png";
const STORED: &str = "SELECT COUNT(*) FROM client_logos";

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

/// Somebody's site has this picture.
fn publish(app: &TestApp, at: &str, file: Vec<u8>) {
    app.outbound.publish(&url(at), file);
}

/// A client whose logo is at [`LOGO`].
async fn with_logo(app: &TestApp) -> Answer {
    registered(app, &swap_with(&json!({"logo_uri": LOGO}))).await
}

/// The same metadata for a PUT, with this logo or none.
fn replacement(made: &Answer, logo_uri: Option<&str>) -> Value {
    swap_with(&json!({"client_id": made.json["client_id"], "logo_uri": logo_uri}))
}

async fn replace(app: &TestApp, made: &Answer, logo_uri: Option<&str>) -> Answer {
    let replaced = manage(app, Method::PUT, made, Some(&replacement(made, logo_uri))).await;
    assert_eq!(replaced.status, 200, "{replaced:?}");
    replaced
}

/// Where the log-in page shows the client's logo.
async fn logo_of(app: &TestApp, made: &Answer) -> Option<String> {
    let page = relying_party(app, made).authorize(&mut app.browser()).await;
    assert!(page.select("#client")[0].contains("Shift Swap"), "{}", page.html);
    on(&page)
}

fn on(page: &Page) -> Option<String> {
    page.attribute(".client img", "src")
}

on_each_database! {
    /// Shown beside the words that say whose program it is, to whoever is asked; from us, and not as it was sent.
    async fn the_pages_show_a_picture_of_ours_beside_the_clients_name(app) {
        let app = open(app).await;
        app.enrol(FRANK).await;
        let file = [png(600, 100, 3), b"<script>alert(1)</script>".to_vec()].concat();
        publish(&app, LOGO, file);
        let made = with_logo(&app).await;
        assert_eq!(made.text("logo_uri"), LOGO);
        let log_in = relying_party(&app, &made).authorize(&mut app.browser()).await;
        let consent = relying_party(&app, &made).authorize(&mut franks_browser(&app).await).await;
        let shown = on(&log_in).expect("a logo");
        for page in [&log_in, &consent] {
            assert_eq!(on(page).as_ref(), Some(&shown), "{}", page.html);
            for (name, value) in [("alt", ""), ("width", "480"), ("height", "80")] {
                assert_eq!(page.attribute(".client img", name).as_deref(), Some(value), "{name}");
            }
            let policy = page.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.contains("img-src 'self'") && !policy.contains("shifts.example/logo"), "{policy}");
            assert!(!page.html.contains("logo.png"), "nothing of the client's is fetched by whoever looks at the page");
        }
        assert_eq!(app.outbound.fetched(), [url(LOGO)], "once, and not for whoever looks at a page");
        let (status, headers, bytes) = fetch(&app, &shown).await;
        assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "image/png"));
        assert_eq!(headers["content-security-policy"], "default-src 'none'");
        assert!(bytes.starts_with(b"\x89PNG") && !bytes.windows(7).any(|part| part == b"<script"), "drawn anew");
    }

    /// RFC 7591 section 3.2.1: what is registered is said, and this is not; a client without a logo is a client all the same.
    async fn what_cannot_be_had_or_read_is_not_registered(app) {
        let app = open(app).await;
        let cut = { let whole = png(64, 64, 9); whole[..whole.len() / 2].to_vec() };
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
        for file in [svg, b"GIF89a".to_vec(), b"<!doctype html>".to_vec(), cut, Vec::new(), vec![0; 600 * 1024], png(5000, 1, 1)] {
            publish(&app, LOGO, file);
            let made = with_logo(&app).await;
            assert!(made.json.get("logo_uri").is_none(), "{made:?}");
            assert_eq!(logo_of(&app, &made).await, None);
        }
        publish(&app, LOGO, png(64, 64, 9));
        for error in [
            OutboundError::Forbidden("shifts.example".to_owned()), OutboundError::Unreachable("no answer".to_owned()),
            OutboundError::TooLarge, OutboundError::Status(302), OutboundError::Status(500),
        ] {
            app.outbound.fail_next(&url(LOGO), error);
            let made = with_logo(&app).await;
            assert!(made.json.get("logo_uri").is_none(), "{made:?}");
        }
        assert_eq!(app.count(STORED).await, 0, "nothing half-stored");
        // Attack 88: whatever answered there, the client is told the same.
        let alike = with_logo(&app).await.json["logo_uri"].clone();
        assert_eq!(alike, LOGO, "and once it can be had, it is there");
    }

    /// Attack 88: only who may register, with metadata that is good, makes us call anybody.
    async fn nothing_is_fetched_for_somebody_who_may_not_register(app) {
        let app = by_invitation(app).await;
        let token = invite(&app, None, 5).await;
        publish(&app, LOGO, png(64, 64, 9));
        assert_eq!(register(&app, None, &swap_with(&json!({"logo_uri": LOGO}))).await.status, 401);
        let bad = swap_with(&json!({"logo_uri": LOGO, "redirect_uris": ["http://shifts.example/"]}));
        assert_eq!(register(&app, Some(&token), &bad).await.status, 400);
        let alone = swap_with(&json!({
            "logo_uri": LOGO, "subject_type": "pairwise", "sector_identifier_uri": "https://sector.example/none",
        }));
        assert_eq!(register(&app, Some(&token), &alone).await.status, 400);
        let made = register(&app, Some(&token), &swap_with(&json!({}))).await;
        let foreign = register(&app, Some(&token), &swap_with(&json!({}))).await;
        let foreign = foreign.text("registration_access_token");
        let change = replacement(&made, Some(LOGO));
        assert_eq!(send(&app, (Method::PUT, path(&made)), Some(foreign), Some(&change)).await.status, 401);
        assert!(!app.outbound.fetched().contains(&url(LOGO)), "{:?}", app.outbound.fetched());
        assert_eq!(app.count(STORED).await, 0);
    }

    /// RFC 7592 section 2.2: a replacement is whole; the picture of before is nobody's any more.
    async fn a_replacement_brings_another_logo_or_none(app) {
        let app = open(app).await;
        publish(&app, LOGO, png(64, 64, 1));
        publish(&app, OTHER, jpeg(64, 32, 2));
        let made = with_logo(&app).await;
        let first = logo_of(&app, &made).await.expect("a logo");
        assert_eq!(replace(&app, &made, Some(OTHER)).await.text("logo_uri"), OTHER);
        let second = logo_of(&app, &made).await.expect("a logo");
        assert_ne!(first, second);
        assert_eq!((fetch(&app, &first).await.0, fetch(&app, &second).await.0), (404, 200));
        publish(&app, OTHER, png(64, 32, 3));
        replace(&app, &made, Some(OTHER)).await;
        let third = logo_of(&app, &made).await.expect("a logo");
        assert_ne!(second, third, "the picture at the same address is looked at again");
        assert!(replace(&app, &made, None).await.json.get("logo_uri").is_none());
        assert_eq!(logo_of(&app, &made).await, None);
        assert_eq!((fetch(&app, &third).await.0, app.count(STORED).await), (404, 0));
    }

    /// A host that is away for a minute takes no logo from whoever replaces something else; another address is another logo.
    async fn an_address_that_does_not_answer_keeps_its_picture_and_no_others(app) {
        let app = open(app).await;
        publish(&app, LOGO, png(64, 64, 1));
        let made = with_logo(&app).await;
        let shown = logo_of(&app, &made).await;
        app.outbound.fail_next(&url(LOGO), OutboundError::Status(503));
        assert_eq!(replace(&app, &made, Some(LOGO)).await.text("logo_uri"), LOGO);
        assert_eq!(logo_of(&app, &made).await, shown);
        assert_eq!(fetch(&app, &shown.unwrap()).await.0, 200);
        assert!(replace(&app, &made, Some(OTHER)).await.json.get("logo_uri").is_none());
        assert_eq!((logo_of(&app, &made).await, app.count(STORED).await), (None, 0));
    }

    /// A replacement that is refused leaves the logo as it is.
    async fn a_replacement_that_is_refused_changes_no_logo(app) {
        let app = open(app).await;
        publish(&app, LOGO, png(64, 64, 1));
        publish(&app, OTHER, png(64, 64, 2));
        let made = with_logo(&app).await;
        let shown = logo_of(&app, &made).await;
        for refused in [json!({"client_id": "portal.99999"}), json!({"client_secret": "guessed"})] {
            let mut change = replacement(&made, Some(OTHER));
            change.as_object_mut().unwrap().extend(refused.as_object().unwrap().clone());
            assert_eq!(manage(&app, Method::PUT, &made, Some(&change)).await.status, 400);
        }
        assert_eq!(logo_of(&app, &made).await, shown);
        assert_eq!(fetch(&app, &shown.unwrap()).await.0, 200);
    }

    /// Each has its own picture, though it is the same one.
    async fn a_logo_goes_with_its_client(app) {
        let app = open(app).await;
        publish(&app, LOGO, png(64, 64, 1));
        let (removed, unused) = (with_logo(&app).await, with_logo(&app).await);
        let shown = [logo_of(&app, &removed).await.unwrap(), logo_of(&app, &unused).await.unwrap()];
        assert_ne!(shown[0], shown[1]);
        assert_eq!(manage(&app, Method::DELETE, &removed, None).await.status, 204);
        assert_eq!((fetch(&app, &shown[0]).await.0, fetch(&app, &shown[1]).await.0), (404, 200));
        app.advance(91 * DAY);
        sweep(&app.env).await.unwrap();
        assert_eq!((fetch(&app, &shown[1]).await.0, app.count(STORED).await), (404, 0));
    }

    /// `logo_uri` in a seed file: a start waits for nobody's network, and the page is told by words alone.
    async fn the_logo_of_a_client_of_the_operators_is_not_fetched(app) {
        publish(&app, LOGO, png(64, 64, 1));
        register_third_party(&app, |client| client.about.logo_uri = Some(url(LOGO))).await;
        let page = third_party(&app).authorize(&mut app.browser()).await;
        assert!(page.shows("Shift Planner") && !page.html.contains(LOGO), "{}", page.html);
        assert_eq!(on(&page), None);
        assert!(app.outbound.fetched().is_empty());
    }
}
