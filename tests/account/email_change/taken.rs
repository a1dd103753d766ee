//! An address that is somebody else's (R73; attacks 19 and 22): nobody is told, and nobody loses it.

use idp_domain::email_change::EmailChangeState;
use idp_domain::ports::PasswordHasher as _;

use super::{
    CHANGED, NEW, ask, changes, confirm_link, frank_at_page, logs_in, mails, press, propose, recorded,
};
use crate::account::{FRANK, GRACE, anonymous};
use crate::support::app::PASSWORD;
use crate::support::on_each_database;

const TAKEN: &str = "This address cannot be used";
/// Invited, and never activated.
const RUTH: &str = "ruth.cole@example.com";

on_each_database! {
    /// R73, attacks 19 (CVE-2021-3754) and 22: the same page, the same work; and no mail to whoever has the address.
    async fn a_taken_address_looks_like_a_free_one(app) {
        app.enrol(GRACE).await;
        app.admin().create(RUTH).await;
        let (mut browser, page) = frank_at_page(&app).await;
        app.send_mails().await;
        let mut seen = None;
        for address in [NEW, GRACE, "Grace.Hill@EXAMPLE.com", RUTH] {
            app.advance(super::MINUTE);
            let (queued, hashed) = (app.count("SELECT COUNT(*) FROM outbox").await, app.hasher.computed());
            let answer = ask(&mut browser, &page, address, PASSWORD).await;
            let told = (
                answer.status,
                anonymous(&answer, address),
                app.count("SELECT COUNT(*) FROM outbox").await - queued,
                app.hasher.computed() - hashed,
            );
            assert_eq!(*seen.get_or_insert(told.clone()), told, "{address}");
            app.postman.take();
            let sent = app.send_mails().await;
            let own = mails(&app, FRANK).await;
            assert!(own.iter().any(|mail| mail.text.contains(address)), "the old address is told: {sent:?}");
            let told_anybody_else = app.postman.sent().into_iter().any(|mail| mail.to.as_str() != FRANK);
            assert_eq!(told_anybody_else, address == NEW, "{address}");
        }
        assert!(logs_in(&app, GRACE, PASSWORD).await && logs_in(&app, FRANK, PASSWORD).await);
    }

    /// R73: taken between the mail and the button. A page that says what to do, the change cancelled, both accounts as
    /// they were.
    async fn an_address_taken_before_the_button_stays_its_owners(app) {
        app.enrol(FRANK).await;
        propose(&app, FRANK, NEW).await;
        let link = confirm_link(&app, NEW).await;
        app.admin().create(NEW).await;
        let mut browser = app.browser();
        let page = press(&mut browser, &link, "email-confirm").await;
        assert_eq!((page.heading().as_str(), page.status), (TAKEN, 200));
        assert_eq!(page.attribute("#email-link-on", "href").as_deref(), Some("/account/email"));
        assert_eq!(browser.get(&link).await.heading(), TAKEN, "whenever it is opened again");
        assert!(logs_in(&app, FRANK, PASSWORD).await);
        assert!(matches!(changes(&app, FRANK).await[0].state, EmailChangeState::Cancelled { .. }));
        assert_ne!(app.account(NEW).await.id, app.account(FRANK).await.id);
        assert_eq!((recorded(&app, "email.change_cancelled").await, recorded(&app, "email.changed").await), (1, 0));
    }

    /// Two people prove the same address at the same moment: one of them has it, the other has what they had.
    async fn of_two_who_prove_an_address_at_once_one_gets_it(app) {
        for person in [FRANK, GRACE] {
            app.enrol(person).await;
            propose(&app, person, NEW).await;
        }
        let found = super::links(&app, NEW, "/email/confirm").await;
        assert_eq!(found.len(), 2);
        let proven = async |link: &String| press(&mut app.browser(), link, "email-confirm").await.heading();
        let mut headings = futures::future::join_all(found.iter().map(proven)).await;
        headings.sort();
        assert_eq!(headings, [TAKEN, CHANGED]);
        assert_eq!(recorded(&app, "email.changed").await, 1);
        let left = [app.find_account(FRANK).await, app.find_account(GRACE).await];
        assert_eq!(left.iter().flatten().count(), 1);
        app.account(NEW).await;
    }
}
