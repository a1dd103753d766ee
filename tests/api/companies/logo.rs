//! The logo of a company (`company.md` section 3, "Branding"): who sets it, what is taken for one, and how it is served.

use std::time::Duration;

use axum::http::Method;
use serde_json::json;

use super::{Program, at, paths};
use crate::api::problem;
use crate::support::administrator::{API, call};
use crate::support::app::{ISSUER, TestApp};
use crate::support::on_each_database;
use crate::support::picture::{fetch, jpeg, png, put_picture};
use crate::support::relying_party::Answer;

const ADMINISTRATOR: &str = "administrator@example.com";

fn logo_of(code: &str) -> String {
    format!("{}/logo", at(code))
}

async fn put(app: &TestApp, token: &str, file: Vec<u8>) -> Answer {
    put_picture(app, &logo_of("99999"), Some(token), ("image/png", file)).await
}

/// Where the logo in an answer is, below the issuer.
fn address(answer: &Answer) -> String {
    let url = answer.json["logo"]["url"].as_str().unwrap_or_else(|| panic!("no logo: {answer:?}"));
    url.strip_prefix(ISSUER).expect("an address of ours").to_owned()
}

on_each_database! {
    async fn a_logo_is_drawn_anew_and_shown_to_everybody_until_it_is_another(app) {
        let operator = Program::of_operator(&app).await;
        assert_eq!(operator.get(&at("99999")).await.json["logo"], json!(null));
        let sent = png(960, 320, 1);
        let set = put(&app, &operator.token, sent.clone()).await;
        assert_eq!(set.status, 200, "{set:?}");
        assert_eq!((&set.json["logo"]["width"], &set.json["logo"]["height"]), (&json!(480), &json!(160)));
        assert_eq!(operator.get(&at("99999")).await.json, set.json);
        let first = address(&set);
        let (status, headers, served) = fetch(&app, &first).await;
        assert_eq!(status, 200);
        for (name, value) in [
            ("content-type", "image/png"),
            ("cache-control", "public, max-age=31536000, immutable"),
            ("content-security-policy", "default-src 'none'"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(headers[name], value, "{name}");
        }
        assert_ne!(served, sent, "what was sent is never served");
        let drawn = image::load_from_memory(&served).expect("a picture");
        assert_eq!((drawn.width(), drawn.height()), (480, 160));

        let (content_type, file) = ("image/jpeg", jpeg(48, 48, 2));
        let another = put_picture(&app, &logo_of("99999"), Some(&operator.token), (content_type, file)).await;
        assert_eq!((&another.json["logo"]["width"], another.status), (&json!(48), 200), "{another:?}");
        assert_ne!(address(&another), first);
        assert_eq!(fetch(&app, &first).await.0, 404, "only what an agency shows now");
        assert_eq!(fetch(&app, &address(&another)).await.0, 200);

        let bare = call(&app, (Method::DELETE, &logo_of("99999")), Some(&operator.token), None).await;
        assert_eq!((bare.status, &bare.json["logo"]), (200, &json!(null)), "{bare:?}");
        assert_eq!(fetch(&app, &address(&another)).await.0, 404);
        let again = call(&app, (Method::DELETE, &logo_of("99999")), Some(&operator.token), None).await;
        assert_eq!(again.json, bare.json, "what is so already is not done twice");
    }

    /// Who has an agency's picture, from its web site say, cannot find out by it whether the agency is here.
    async fn a_logo_is_found_by_nobody_who_was_not_shown_it(app) {
        let operator = Program::of_operator(&app).await;
        let maple = address(&put(&app, &operator.token, png(30, 10, 1)).await);
        let picture = ("image/png", png(30, 10, 1));
        let birch = address(&put_picture(&app, &logo_of("22222"), Some(&operator.token), picture).await);
        assert_ne!(maple, birch, "the same picture");
        let (_, _, served) = fetch(&app, &maple).await;
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&served);
        let guess: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = maple.strip_prefix("/logos/").and_then(|name| name.strip_suffix(".png")).expect("a name");
        for wrong in [guess.as_str(), &"0".repeat(64), &name.to_uppercase(), &name[..63], "99999", "..", "%00", ""] {
            assert_eq!(fetch(&app, &format!("/logos/{wrong}.png")).await.0, 404, "{wrong}");
        }
        for wrong in [name.to_owned(), format!("{name}.svg"), format!("{name}.png.png"), format!("{name}.png/")] {
            assert_eq!(fetch(&app, &format!("/logos/{wrong}")).await.0, 404, "{wrong}");
        }
        assert_eq!(fetch(&app, &birch).await.0, 200);
    }

    /// As the address block: the operator, and the agency's own administrators after a recent log-in.
    async fn an_administrator_sets_the_logo_and_a_program_does_not(app) {
        let tools = app.administrator(ADMINISTRATOR).await;
        let tokens = tools.tokens(&mut app.browser(), ADMINISTRATOR).await;
        let token = tokens.text("access_token").to_owned();
        assert_eq!(put(&app, &token, png(30, 10, 1)).await.status, 200);
        let foreign = put_picture(&app, &logo_of("22222"), Some(&token), ("image/png", png(30, 10, 1))).await;
        assert_eq!(problem(&foreign), (404, "not-found"));
        let program = Program::of(&app, &app.maple).await;
        let refused = put(&app, &program.token, png(30, 10, 2)).await;
        assert_eq!((problem(&refused), paths(&refused)), ((403, "authority-not-allowed"), vec!["$.logo"]));
        let refused = program.delete(&logo_of("99999")).await;
        assert_eq!(problem(&refused), (403, "authority-not-allowed"));
        app.advance(app.env.policy.admin_fresh + Duration::from_secs(1));
        let tokens = tools.refresh(&tokens, Some(API)).await;
        let refused = put(&app, tokens.text("access_token"), png(30, 10, 2)).await;
        assert_eq!(problem(&refused), (401, "log-in-too-old"));
        let operator = Program::of_operator(&app).await;
        assert_eq!(operator.get(&at("99999")).await.json["logo"]["width"], 30);
    }

    async fn what_is_no_logo_is_refused_in_words(app) {
        let operator = Program::of_operator(&app).await;
        let set = put(&app, &operator.token, png(30, 10, 1)).await;
        let limit = idp_domain::logo::MOST_BYTES;
        let padded = |length: usize| [png(30, 10, 1), vec![0; length]].concat()[..length].to_vec();
        for (content_type, file, expected, words) in [
            ("image/png", padded(limit + 1), (413, "body-too-large"), "512 KiB"),
            ("image/svg+xml", png(30, 10, 2), (415, "unsupported-media-type"), "image/png or image/jpeg"),
            ("application/json", b"{}".to_vec(), (415, "unsupported-media-type"), "image/png or image/jpeg"),
            ("image/png", b"<svg/>".to_vec(), (422, "invalid-picture"), "neither a PNG nor a JPEG"),
            ("image/png", png(5000, 1, 1), (422, "invalid-picture"), "4096 pixels"),
            ("image/png", png(30, 10, 1)[..60].to_vec(), (422, "invalid-picture"), "cannot be read"),
            ("image/png", vec![], (422, "invalid-picture"), "neither a PNG nor a JPEG"),
        ] {
            let refused =
                put_picture(&app, &logo_of("99999"), Some(&operator.token), (content_type, file)).await;
            assert_eq!(problem(&refused), expected, "{refused:?}");
            assert!(refused.text("detail").contains(words), "{refused:?}");
        }
        assert_eq!(operator.get(&at("99999")).await.json, set.json);
        let largest = put(&app, &operator.token, padded(limit)).await;
        assert_eq!(largest.json["logo"], set.json["logo"], "what follows the picture is nobody's business");
    }

    /// RFC 9110 section 13.1.1, and R94: who changed it, from what to what; the same again is not recorded.
    async fn a_logo_is_set_on_what_was_seen_and_recorded_once(app) {
        let operator = Program::of_operator(&app).await;
        let seen = operator.get(&at("99999")).await;
        let tag = seen.headers["etag"].to_str().unwrap();
        let set = put(&app, &operator.token, png(30, 10, 1)).await;
        assert_eq!(put(&app, &operator.token, png(30, 10, 1)).await.json, set.json);
        assert_ne!(set.headers["etag"], tag);
        app.advance(Duration::from_secs(1));
        let late = operator.send(Method::DELETE, &logo_of("99999"), None, &[("If-Match", tag)]).await;
        assert_eq!(problem(&late), (412, "changed-meanwhile"));
        let fresh = set.headers["etag"].to_str().unwrap();
        let removed = operator.send(Method::DELETE, &logo_of("99999"), None, &[("If-Match", fresh)]).await;
        assert_eq!(removed.status, 200, "{removed:?}");
        let mut tx = app.env.store.read().await.unwrap();
        let events = tx.audit().list(Some(app.maple.id), 100).await.unwrap();
        let name = address(&set).replace("/logos/", "").replace(".png", "");
        let changes: Vec<_> = events
            .iter()
            .filter(|event| event.action.as_str() == "company.changed")
            .flat_map(|event| event.changes.iter().map(|it| (&*it.field, it.before.clone(), it.after.clone())))
            .collect();
        assert_eq!(changes, [("logo", Some(name.clone()), None), ("logo", None, Some(name))], "the newest first");
    }

    /// A change of anything else leaves the logo alone.
    async fn a_logo_outlives_another_name(app) {
        let operator = Program::of_operator(&app).await;
        let set = put(&app, &operator.token, png(30, 10, 1)).await;
        let renamed = operator.patch(&at("99999"), &json!({"name": "Maple & Sons"})).await;
        assert_eq!(renamed.json["logo"], set.json["logo"]);
        assert_eq!(fetch(&app, &address(&set)).await.0, 200);
    }
}
