//! People for whom a reset mail is not the answer (L6, R53, R84, R90): never activated, without questions, without a company
//! code; and people who ask for nobody.

use idp_domain::company::CompanyState;
use idp_domain::email::EmailAddress;

use super::{CHECK_MAIL, MINUTE, SENT, ask, asked, frank, mails};
use crate::account::FRANK;
use crate::support::app::PASSWORD;
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;

async fn ask_for_codes(browser: &mut Browser<'_>, user_name: &str) -> Page {
    let page = browser.get("/forgot").await;
    let page = browser.get(&page.attribute("#forgot-company-code", "href").unwrap()).await;
    assert_eq!(page.heading(), "Forgot your company code?", "{page:?}");
    browser.fill(&page, "forgot-submit", &[("Email address", user_name)]).await
}

on_each_database! {
    /// L6: somebody who never activated gets the activation mail instead, whose link works; the older one is replaced.
    async fn who_never_activated_gets_the_activation_mail(app) {
        app.admin().create(FRANK).await;
        let older = app.activation_link(FRANK).await;
        app.postman.take();
        let page = ask(&mut app.browser(), FRANK).await;
        assert!(page.heading() == CHECK_MAIL && page.shows(SENT), "{page:?}");
        let sent = mails(&app).await;
        let [mail] = &sent[..] else { panic!("{sent:?}") };
        assert!(mail.subject.starts_with("Activate your account"), "{mail:?}");
        let link = mail.text.split_whitespace().find(|word| word.contains("/activate?ticket=")).unwrap();
        assert_eq!(app.browser().get(link).await.heading(), "Create Password");
        assert_eq!(app.browser().get(&older).await.heading(), "This link was replaced by a newer one");
    }

    /// R53, R90: somebody without questions and without a saved code is told by mail who can help; nothing in it opens
    /// anything.
    async fn who_has_no_questions_is_told_who_can_help(app) {
        app.activate(FRANK).await;
        mails(&app).await;
        ask(&mut app.browser(), FRANK).await;
        let sent = mails(&app).await;
        let [mail] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!(mail.to.as_str(), FRANK);
        assert!(!mail.text.contains("ticket=") && mail.text.contains("office@maple.example"), "{}", mail.text);
    }

    /// R90: whose questions were taken away meanwhile finds out on the page, with the agency to ask.
    async fn nothing_to_go_on_with_leads_to_the_agency(app) {
        frank(&app).await;
        let mailed = asked(&app, FRANK).await;
        app.database().execute("DELETE FROM answers").await;
        let page = app.browser().get(&mailed.link).await;
        assert_eq!(page.heading(), "Your agency can help you", "{page:?}");
        assert!(page.shows("office@maple.example") && page.select("input").is_empty(), "{page:?}");
    }

    /// L6: an address that nobody has gets no mail at all, and neither does one that is switched off.
    async fn nobody_gets_a_mail_who_has_no_account(app) {
        frank(&app).await;
        let now = app.env.now();
        app.change_account(FRANK, |account| {
            let password = account.password().cloned();
            account.state = idp_domain::account::AccountState::Disabled { at: now, password };
        })
        .await;
        for person in ["nobody@example.com", FRANK] {
            ask(&mut app.browser(), person).await;
            ask_for_codes(&mut app.browser(), person).await;
        }
        assert!(mails(&app).await.is_empty());
    }

    /// R84: the reminder lists every agency that is open to the person with its code, and only theirs; nothing in it opens
    /// anything. Of several it is the operator's mail: a reply tells no agency of another.
    async fn the_reminder_lists_the_persons_agencies_and_codes(app) {
        frank(&app).await;
        for company in [&app.maple, &app.birch] {
            app.change_company(company, |it| it.contact.email = EmailAddress::parse("office@example.com").ok()).await;
        }
        let reminded = async || {
            app.advance(MINUTE);
            ask_for_codes(&mut app.browser(), FRANK).await;
            mails(&app).await
        };
        let page = ask_for_codes(&mut app.browser(), FRANK).await;
        assert!(page.heading() == CHECK_MAIL && page.shows(SENT) && page.select("#code").is_empty(), "{page:?}");
        let first = mails(&app).await;
        let [mail] = &first[..] else { panic!("{first:?}") };
        assert!(mail.text.contains("99999") && !mail.text.contains("22222"), "{}", mail.text);
        assert!(!mail.text.contains("ticket="), "{}", mail.text);
        assert!(mail.from_name.ends_with(" on behalf of Maple Home Care"), "{mail:?}");
        assert!(mail.reply_to.is_some());

        app.other_admin().create(FRANK).await;
        mails(&app).await;
        let second = reminded().await;
        let [mail] = &second[..] else { panic!("{second:?}") };
        for words in ["99999", "Maple Home Care", "22222", "Birch Home Care"] {
            assert!(mail.text.contains(words), "{words}: {}", mail.text);
        }
        assert_eq!(mail.reply_to, None);
        assert_eq!(mail.from_name, app.env.policy.operator_name);
        assert!(!mail.text.contains("office@example.com"), "{}", mail.text);

        let at = app.env.now();
        app.change_company(&app.maple, |company| company.state = CompanyState::Suspended { at }).await;
        let third = reminded().await;
        let [mail] = &third[..] else { panic!("{third:?}") };
        assert!(mail.text.contains("22222") && !mail.text.contains("99999"), "suspended: {}", mail.text);
        assert!(mail.from_name.ends_with(" on behalf of Birch Home Care"), "{mail:?}");
        app.change_company(&app.birch, |company| company.state = CompanyState::Suspended { at }).await;
        assert!(reminded().await.is_empty());
    }

    /// R84: a reminder and a reset mail do not use each other's limit up.
    async fn a_reminder_does_not_use_up_the_reset_mail(app) {
        frank(&app).await;
        ask_for_codes(&mut app.browser(), FRANK).await;
        ask(&mut app.browser(), FRANK).await;
        assert_eq!(mails(&app).await.len(), 2);
        ask_for_codes(&mut app.browser(), FRANK).await;
        assert!(mails(&app).await.is_empty(), "one a minute of each");
    }

    /// Asking changes nothing: the old password goes on working, sessions stay.
    async fn asking_for_a_mail_changes_nothing(app) {
        frank(&app).await;
        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        for _ in 0..3 {
            asked(&app, FRANK).await;
            app.advance(MINUTE);
        }
        assert!(app.relying_party().authorize(&mut browser).await.sent("code").is_some());
        assert!(super::opens_with(&app, PASSWORD).await);
    }
}
