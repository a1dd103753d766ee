//! The whole way: asked for, proven, in effect.

use super::{
    CHANGED, CONFIRM, MINUTE, NEW, OWN, ask, at_page, changes, confirm_link, frank_at_page, is_waiting,
};
use super::{THIRD, logs_in, mails, press, propose, recorded, said, undo_link};
use crate::account::{FRANK, GRACE};
use crate::support::app::PASSWORD;
use crate::support::browser::Browser;
use crate::support::on_each_database;
use idp_domain::email::EmailAddress;
use idp_domain::id::TicketId;
use idp_domain::secret::Token;
use idp_domain::ticket::{AccountTicket, TicketPurpose, TicketState};

on_each_database! {
    /// R72, L4, L11: asked for behind the password, told to both addresses, proven in a browser nobody is logged in in;
    /// from then on it is the user name, and the account is the same.
    async fn a_proven_address_is_the_user_name_from_then_on(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let portal = app.relying_party();
        let before = portal.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        let sub = portal.verify(before.text("id_token")).await.0["sub"].clone();

        let page = ask(&mut browser, &page, NEW, PASSWORD).await;
        assert_eq!(page.url.path(), "/account/email", "POST, redirect, GET");
        assert_eq!(said(&page), "We sent a mail to your new address. Open it and press the button in it.");
        assert_eq!(page.select("#email-waiting dd"), [NEW]);
        assert_eq!(page.value("Your email address now"), FRANK);
        assert!(said(&browser.get("/account/email").await).is_empty(), "said once");

        let link = confirm_link(&app, NEW).await;
        undo_link(&app, FRANK).await;
        let mut elsewhere = app.browser();
        let page = elsewhere.get(&link).await;
        assert_eq!((page.heading().as_str(), page.url.as_str()), (CONFIRM, "https://id.example/email/confirm"));
        assert_eq!(page.select("#addresses dd"), ["f***@example.com", NEW], "whose, and to what");
        assert!(logs_in(&app, FRANK, PASSWORD).await && !logs_in(&app, NEW, PASSWORD).await, "not yet");

        let page = elsewhere.fill(&page, "email-confirm", &[]).await;
        assert_eq!((page.heading().as_str(), page.url.path()), (CHANGED, "/email/confirm"));
        assert_eq!(page.select("#addresses dd"), [NEW]);
        assert_eq!(elsewhere.get("/email/confirm").await.heading(), CHANGED, "a reload does nothing again");
        assert!(elsewhere.session().is_none(), "a proof of an address logs nobody in");

        assert!(logs_in(&app, NEW, PASSWORD).await && !logs_in(&app, FRANK, PASSWORD).await);
        assert_eq!(browser.get("/account").await.value("UserName"), NEW, "sessions stay");
        let told = portal.userinfo(before.text("access_token")).await.json;
        assert_eq!((told["email"].as_str(), told["email_verified"].as_bool()), (Some(NEW), Some(true)));
        let after = portal.tokens(&mut app.browser(), NEW, PASSWORD).await;
        let claims = portal.verify(after.text("id_token")).await.0;
        assert_eq!(claims["sub"], sub, "R72: `sub` never changes");

        let notices = mails(&app, FRANK).await;
        assert_eq!(notices.iter().filter(|mail| mail.text.contains("/email/undo?ticket=")).count(), 2, "L11");
        assert_eq!((recorded(&app, "email.change_proposed").await, recorded(&app, "email.changed").await), (1, 1));
    }

    /// R72, R73: the new address is unproven and may be a stranger's, mistyped: the mail to it says neither who asked nor
    /// where they work. The notice to the old one does.
    async fn the_mail_to_the_new_address_names_nobody(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let strangers = "somebody@home.example";
        ask(&mut browser, &page, strangers, PASSWORD).await;
        let [mail] = &mails(&app, strangers).await[..] else { panic!("one mail") };
        assert_eq!((mail.to_name.as_deref(), &mail.reply_to), (None, &None), "{mail:?}");
        let said = format!("{} {} {} {}", mail.from_name, mail.subject, mail.text, mail.html).to_lowercase();
        for name in ["frank", "jones", "maple home care"] {
            assert!(!said.contains(name), "{name}: {}", mail.text);
        }
        let notice = mails(&app, FRANK).await.pop().expect("a notice");
        assert_eq!(notice.to_name.as_deref(), Some("Frank Jones"));
    }

    /// The user name that a browser remembers follows the address, and nobody else's does.
    async fn a_remembered_user_name_follows_the_address(app) {
        let (mut own, mut graces) = (app.browser(), app.browser());
        for (browser, person) in [(&mut own, FRANK), (&mut graces, GRACE)] {
            app.enrol(person).await;
            let page = app.relying_party().authorize(browser).await;
            let typed = [("username", person), ("password", PASSWORD), ("remember", "true")];
            browser.fill_named(&page, "login-submit", &typed).await;
        }
        let remembered = async |browser: &mut Browser<'_>| {
            browser.cookies.remove("__Host-idp_session");
            app.relying_party().authorize(browser).await.value("UserName")
        };
        propose(&app, FRANK, NEW).await;
        press(&mut own, &confirm_link(&app, NEW).await, "email-confirm").await;
        assert_eq!(remembered(&mut own).await, NEW);
        propose(&app, NEW, THIRD).await;
        press(&mut graces, &confirm_link(&app, THIRD).await, "email-confirm").await;
        assert_eq!(remembered(&mut graces).await, GRACE);
    }

    /// Nothing changes on the page but what its person wants: taken back there, the link is dead.
    async fn a_proposal_is_taken_back_on_the_page(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let page = ask(&mut browser, &page, NEW, PASSWORD).await;
        let link = confirm_link(&app, NEW).await;
        let again = browser.fill(&page, "email-cancel", &[]).await;
        assert_eq!(said(&again), "Done. Your email address stays as it is.");
        assert!(again.select("#email-waiting").is_empty() && !is_waiting(&app, FRANK).await);
        assert_eq!(super::opened(&app, &link).await, super::OVER);
        assert_eq!(recorded(&app, "email.change_cancelled").await, 1);
        let stale = browser.fill(&page, "email-cancel", &[]).await;
        assert!(stale.shows("nothing was changed"), "{stale:?}");
        assert_eq!(recorded(&app, "email.change_cancelled").await, 1);
    }

    /// L3, L6: a mail sent again has a link of its own, and the older one is dead.
    async fn a_mail_sent_again_replaces_the_older_one(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let page = ask(&mut browser, &page, NEW, PASSWORD).await;
        let older = confirm_link(&app, NEW).await;
        let early = browser.fill(&page, "email-again", &[]).await;
        assert!(early.shows("only a moment ago"), "one a minute: {early:?}");
        app.advance(MINUTE);
        let page = browser.fill(&page, "email-again", &[]).await;
        assert!(said(&page).starts_with("We sent a mail"), "{page:?}");
        let newer = confirm_link(&app, NEW).await;
        assert_ne!(older, newer);
        assert_eq!(super::opened(&app, &older).await, super::OVER);
        assert_eq!(press(&mut app.browser(), &newer, "email-confirm").await.heading(), CHANGED);
        assert_eq!(changes(&app, NEW).await.len(), 2);
    }

    /// Both mails still unsent: the replaced proposal's is never sent at all (R78).
    async fn an_overtaken_proposal_is_not_mailed(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        let page = ask(&mut browser, &page, "typo@home.example", PASSWORD).await;
        app.advance(MINUTE);
        ask(&mut browser, &page, NEW, PASSWORD).await;
        confirm_link(&app, NEW).await;
        assert!(mails(&app, "typo@home.example").await.is_empty());
    }

    /// L3: what was mailed to the address the account had is dead, even when the address comes back.
    async fn an_older_reset_link_does_not_outlive_the_address(app) {
        app.enrol(FRANK).await;
        let account = app.account(FRANK).await;
        let token = Token::mint(TicketId::new(app.env.now(), app.env.entropy()), app.env.entropy());
        let reset = AccountTicket {
            id: token.id,
            digest: token.digest(),
            purpose: TicketPurpose::PasswordReset,
            account: account.id,
            email: EmailAddress::parse(FRANK).unwrap(),
            credential_version: account.credential_version,
            vouched_by: None,
            issued_at: app.env.now(),
            expires_at: app.env.now() + super::DAY,
            state: TicketState::Open,
            code_tries: 0,
            answer_tries: 0,
        };
        let mut tx = app.env.store.write().await.unwrap();
        tx.account_tickets().put(&reset).await.unwrap();
        tx.commit().await.unwrap();
        super::change(&app, FRANK, NEW).await;
        let mut tx = app.env.store.read().await.unwrap();
        let reset = tx.account_tickets().find(reset.id).await.unwrap().unwrap();
        assert!(matches!(reset.state, TicketState::Superseded { .. }), "{:?}", reset.state);
    }

    /// R72: to change how the account is protected, a person must have logged in a moment ago.
    async fn a_session_left_open_does_not_open_the_page(app) {
        let (mut browser, page) = frank_at_page(&app).await;
        app.advance(app.env.policy.fresh);
        assert_eq!(browser.get("/account/email").await.heading(), "Log In");
        let refused = ask(&mut browser, &page, NEW, PASSWORD).await;
        assert_eq!(refused.heading(), "Log In", "{refused:?}");
        assert!(!is_waiting(&app, FRANK).await);
        let back = browser.fill(&refused, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        assert_eq!(back.heading(), OWN);
        at_page(&app, FRANK).await;
    }
}
