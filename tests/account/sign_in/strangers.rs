//! What strangers' guesses do not touch (attack 30: CVE-2026-9798, -16103; R81; rules section 4): the wait and the ceiling hold
//! back guesses, not what the person already has. What an operator switched off, on the other hand, ends everything.

use std::time::Duration;

use idp_domain::account::AccountState;
use idp_domain::company::CompanyState;
use idp_domain::member::MembershipState;

use super::{GUESS, arrived, stranger, strangers_failed};
use crate::account::FRANK;
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::Browser;
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// Six wrong passwords of strangers.
    Waiting,
    /// A hundred.
    AtCeiling,
    /// Six wrong passwords at the person's own browser.
    DeviceWaiting,
    AccountDisabled,
    MembershipInactive,
    CompanySuspended,
}

impl Trouble {
    const VARIANTS: [Self; 6] = [
        Self::Waiting,
        Self::AtCeiling,
        Self::DeviceWaiting,
        Self::AccountDisabled,
        Self::MembershipInactive,
        Self::CompanySuspended,
    ];

    /// Whether strangers alone can bring it about.
    const fn is_of_guesses(self) -> bool {
        matches!(self, Self::Waiting | Self::AtCeiling | Self::DeviceWaiting)
    }

    async fn begin(self, app: &TestApp, device: &Browser<'_>) {
        let at = app.env.now();
        match self {
            Self::Waiting => {
                for network in 0..6 {
                    app.relying_party().log_in(&mut stranger(app, network), FRANK, GUESS).await;
                }
                let page = app.relying_party().log_in(&mut stranger(app, 6), FRANK, PASSWORD).await;
                assert_eq!(page.status, 429, "{page:?}");
            }
            Self::AtCeiling => strangers_failed(app, FRANK, 100).await,
            Self::DeviceWaiting => {
                let mut at_pc = app.browser();
                at_pc.cookies = device.cookies.clone();
                at_pc.cookies.remove("__Host-idp_session");
                for _ in 0..6 {
                    app.relying_party().log_in(&mut at_pc, FRANK, GUESS).await;
                }
                assert_eq!(app.relying_party().log_in(&mut at_pc, FRANK, PASSWORD).await.status, 429);
            }
            Self::AccountDisabled => {
                app.change_account(FRANK, |account| {
                    let password = account.password().cloned();
                    account.state = AccountState::Disabled { at, password };
                })
                .await;
            }
            Self::MembershipInactive => {
                app.change_membership(&app.maple, FRANK, |member| {
                    member.state = MembershipState::Inactive { since: at };
                })
                .await;
            }
            Self::CompanySuspended => {
                app.change_company(&app.maple, |it| it.state = CompanyState::Suspended { at }).await;
            }
        }
    }

    async fn end(self, app: &TestApp) {
        let since = app.env.now();
        app.change_account(FRANK, |account| {
            if let AccountState::Disabled { password: Some(password), .. } = account.state.clone() {
                account.state = AccountState::Active { since, password };
            }
        })
        .await;
        app.change_membership(&app.maple, FRANK, |member| member.state = MembershipState::Active { since })
            .await;
        app.change_company(&app.maple, |it| it.state = CompanyState::Active).await;
        app.database().execute("DELETE FROM throttles").await;
        app.advance(Duration::from_secs(3600));
    }
}

on_each_database! {
    /// Every state times everything a person may hold at that moment.
    async fn guesses_end_nothing_that_a_person_has_and_switching_off_ends_everything(app) {
        app.enrol(FRANK).await;
        let portal = app.relying_party();
        let mut offline = RelyingParty::new(&app, "portal.99999", "https://maple.example/callback");
        offline.scope = "openid offline_access company".to_owned();
        for trouble in Trouble::VARIANTS {
            let mut browser = app.browser();
            let tokens = portal.tokens(&mut browser, FRANK, PASSWORD).await;
            let page = offline.authorize(&mut browser).await;
            let kept = offline.redeem(&page.sent("code").unwrap()).await;
            let page = portal.authorize(&mut browser).await;
            assert!(arrived(&page), "{page:?}");

            trouble.begin(&app, &browser).await;
            let granted = [
                ("code", portal.redeem(&page.sent("code").unwrap()).await.status == 200),
                ("userinfo", portal.userinfo(tokens.text("access_token")).await.status == 200),
                ("introspection", portal.introspect(tokens.text("access_token")).await.json["active"] == true),
                ("refresh", portal.refresh(tokens.text("refresh_token")).await.status == 200),
                ("offline refresh", portal.refresh(kept.text("refresh_token")).await.status == 200),
                ("session", app.relying_party().with("prompt", "none").authorize(&mut browser).await.sent("code").is_some()),
            ];
            for (grant, works) in granted {
                assert_eq!(works, trouble.is_of_guesses(), "{trouble:?}: {grant}");
            }
            trouble.end(&app).await;
        }
    }
}
