//! Listing members: in order, a page at a time, every one once.

use serde_json::json;

use super::problem;
use crate::support::on_each_database;

on_each_database! {
    /// Every member once, in the order in which they were added, whatever the size of a page.
    async fn pages_hold_every_member_once_in_order(app) {
        let admin = app.admin();
        let mut ids = vec![];
        for n in 0..7 {
            let created = admin.create(&format!("person{n}@example.com")).await;
            ids.push(created["member_id"].clone());
            app.advance(std::time::Duration::from_millis(1));
        }
        app.other_admin().create("stranger@example.com").await;
        for limit in [1, 3, 6, 7, 200] {
            let (mut seen, mut cursor, mut pages) = (vec![], String::new(), 0);
            loop {
                let page = admin.get(&format!("?limit={limit}{cursor}")).await;
                assert_eq!(page.status, 200, "{page:?}");
                let members = page.json["members"].as_array().unwrap();
                assert!(members.len() <= limit && !members.is_empty());
                seen.extend(members.iter().map(|member| member["member_id"].clone()));
                pages += 1;
                match page.json["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!((seen, pages), (ids.clone(), 7_usize.div_ceil(limit)), "{limit}");
        }
        app.send_mails().await;
    }

    /// An empty company is an empty page, not an error.
    async fn a_company_without_members_has_one_empty_page(app) {
        let page = app.admin().get("").await;
        assert_eq!((page.status, page.json), (200, json!({"members": [], "next_cursor": null})));
        assert_eq!(page.headers["cache-control"], "no-store");
    }

    /// A cursor or limit that is none is said to be none.
    async fn a_bad_cursor_or_limit_is_refused(app) {
        for query in [
            "limit=0",
            "limit=201",
            "limit=-1",
            "limit=x",
            "limit=",
            "limit=1&limit=2",
            "limit=99999999999999999999",
            "cursor=",
            "cursor=x",
            "cursor=mbr_",
            "cursor=acc_00000000000000000000000000000000",
            "cursor=mbr_00000000000000000000000000000000",
            "cursor=%27%20OR%201%3D1--",
            "cursor=%00",
            "cursor=%ff",
        ] {
            let refused = app.admin().get(&format!("?{query}")).await;
            assert_eq!(problem(&refused), (400, "invalid-parameter"), "{query}");
        }
    }
}
