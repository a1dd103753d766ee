//! Which addresses are accepted, and when two are one (P11, R82; attacks 18 and 19).

use super::{ask, confirm_link, frank_at_page, is_waiting, logs_in, press, recorded};
use crate::account::{FRANK, problems};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

on_each_database! {
    /// P11, attack 18 (CVE-2026-73420): normalised first, validated afterwards; nothing that only looks like an address.
    async fn a_hostile_address_is_refused_in_words(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        for hostile in [
            "victim@evil.example\u{FF20}home.example",
            "frank\u{FE6B}evil.example@home.example",
            "frank\u{202E}@home.example",
            "frank@home\u{200B}.example",
            "fra\r\nnk@home.example",
            "\"frank jones\"@home.example",
            "frank(old)@home.example",
            "frank@[127.0.0.1]",
            "frank@localhost",
            "frank@home.example,eve@evil.example",
            "<frank@home.example>",
            "frank@home..example",
            "\"><script>alert(1)</script>",
        ] {
            let refused = ask(&mut browser, &page, hostile, PASSWORD).await;
            let words = "We cannot write to this address. Check it: it must look like name@example.com.";
            assert_eq!(problems(&refused), [words], "{hostile:?}");
            assert!(refused.select("script:not([src])").is_empty(), "{hostile:?}");
        }
        let long = format!("{}@{}.example", "a".repeat(64), [&"b".repeat(60) as &str; 4].join("."));
        let refused = ask(&mut browser, &page, &long, PASSWORD).await;
        assert_eq!(problems(&refused), ["This address is too long. Enter one with at most 254 characters."]);
        assert!(!is_waiting(&app, FRANK).await);
        assert_eq!(recorded(&app, "email.change_proposed").await, 0);
    }

    /// P11, R82: however it was typed, one user name; and every spelling of it logs in.
    async fn an_address_is_one_user_name_however_it_was_typed(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        ask(&mut browser, &page, "  \u{FF26}rank@B\u{FC}cher.Example ", PASSWORD).await;
        let sent = "Frank@B\u{FC}cher.Example";
        let link = confirm_link(&app, sent).await;
        press(&mut app.browser(), &link, "email-confirm").await;
        let account = app.account("frank@b\u{FC}cher.example").await;
        assert_eq!(account.user_name.canonical(), "frank@xn--bcher-kva.example");
        assert_eq!(account.user_name.as_str(), sent);
        for spelling in ["frank@xn--bcher-kva.example", "FRANK@B\u{DC}CHER.EXAMPLE", sent] {
            assert!(logs_in(&app, spelling, PASSWORD).await, "{spelling}");
        }
    }
}
