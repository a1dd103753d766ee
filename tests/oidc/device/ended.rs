//! What the person approved ends with what it stands on: attacks 30, 36, 47 and 48; rules section 5, "Deactivation", and
//! section 6, "revocation with a password reset".

use idp_domain::account::{AccountState, PasswordState};
use idp_domain::company::CompanyState;
use idp_domain::consent::{Consent, Permitted};
use idp_domain::member::MembershipState;
use idp_domain::scope::Scopes;

use super::{DENIED, INVALID, approved, browser_of, prepare};
use crate::oidc::{FRANK, MINUTE, SECOND};
use crate::support::app::TestApp;
use crate::support::desktop::{Codes, DESKTOP, Desktop};
use crate::support::on_each_database;
use crate::support::relying_party::Answer;

/// What may happen to a person, an agency or a program.
#[derive(Debug, Clone, Copy)]
enum End {
    MemberInactive,
    MemberRemoved,
    EndedByAgency,
    CompanySuspended,
    AccountDisabled,
    AccountClosed,
    PasswordCompromised,
    ClientDisabled,
}

const ENDS: [End; 8] = [
    End::MemberInactive,
    End::MemberRemoved,
    End::EndedByAgency,
    End::CompanySuspended,
    End::AccountDisabled,
    End::AccountClosed,
    End::PasswordCompromised,
    End::ClientDisabled,
];

impl End {
    async fn bring_about(self, app: &TestApp) {
        let at = app.env.now();
        match self {
            Self::MemberInactive => {
                let inactive = MembershipState::Inactive { since: at };
                app.change_membership(&app.maple, FRANK, |member| member.state = inactive).await;
            }
            Self::MemberRemoved => {
                let removed = MembershipState::Removed { at };
                app.change_membership(&app.maple, FRANK, |member| member.state = removed).await;
            }
            Self::EndedByAgency => {
                app.change_membership(&app.maple, FRANK, |member| member.sessions_ended_at = Some(at)).await;
            }
            Self::CompanySuspended => {
                app.change_company(&app.maple, |company| company.state = CompanyState::Suspended { at })
                    .await;
            }
            Self::AccountDisabled => {
                let password = app.account(FRANK).await.password().cloned();
                let disabled = AccountState::Disabled { at, password };
                app.change_account(FRANK, |account| account.state = disabled).await;
            }
            Self::AccountClosed => {
                app.change_account(FRANK, |account| account.state = AccountState::Closed { at }).await;
            }
            Self::PasswordCompromised => {
                app.change_account(FRANK, |it| it.password_state = PasswordState::Compromised).await;
            }
            Self::ClientDisabled => app.change_client(DESKTOP, |client| client.enabled = false).await,
        }
    }

    /// What the program is told with the code, and with a refresh token.
    fn refusals(self) -> [(u16, &'static str); 2] {
        match self {
            Self::ClientDisabled => [(401, "invalid_client"); 2],
            _ => [DENIED, INVALID],
        }
    }
}

/// Everything Frank's next log-in stands on is good again.
async fn put_right(app: &TestApp, state: &AccountState) {
    let active = MembershipState::Active { since: app.env.now() };
    app.change_membership(&app.maple, FRANK, |member| member.state = active).await;
    app.change_company(&app.maple, |company| company.state = CompanyState::Active).await;
    app.change_account(FRANK, |account| {
        account.state = state.clone();
        account.password_state = PasswordState::Sound;
    })
    .await;
    app.change_client(DESKTOP, |client| client.enabled = true).await;
    app.advance(SECOND);
}

async fn is_alive(app: &TestApp, tokens: &Answer) -> bool {
    match app.relying_party().userinfo(tokens.text("access_token")).await.status {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

/// Chooses another password by the mailed link, in a browser of its own.
async fn reset_password(app: &TestApp) {
    let mut browser = app.browser();
    let page = browser.get("/forgot").await;
    browser.fill(&page, "forgot-submit", &[("Email address", FRANK)]).await;
    app.send_mails().await;
    let mails = app.postman.sent();
    let mut words = mails.iter().flat_map(|mail| mail.text.split_whitespace());
    let link = words.rfind(|word| word.contains("/reset?ticket=")).expect("a link");
    let page = browser.get(link).await;
    let answers = [
        ("answer-first-stuffed-toy", "Mister Bun"),
        ("answer-driving-instructor", "Old Henry"),
        ("answer-lost-treasure", "a red kite"),
    ];
    let page = browser.fill_named(&page, "answers-submit", &answers).await;
    let new = "violet harbor candle forest";
    let page = browser.fill(&page, "password-submit", &[("Password", new), ("Confirm Password", new)]).await;
    assert_eq!(page.status, 303, "{page:?}");
}

/// A computer that was let in, and one that was and has not fetched its tokens.
async fn two_computers<'a>(app: &'a TestApp, desktop: &Desktop<'a>) -> (Answer, Codes) {
    let browser = browser_of(app, FRANK).await;
    let tokens = desktop.let_in(&browser).await;
    let codes = desktop.ask().await;
    app.allow(&browser, &codes).await;
    (tokens, codes)
}

on_each_database! {
    /// Attacks 30 and 36 (CVE-2024-38371): judged again when the code is redeemed, and at every refresh (attack 47).
    async fn what_ended_since_the_yes_is_seen_at_redemption_and_at_refresh(app) {
        prepare(&app).await;
        let state = app.account(FRANK).await.state;
        let desktop = Desktop::new(&app);
        for end in ENDS {
            let (tokens, codes) = two_computers(&app, &desktop).await;
            assert!(is_alive(&app, &tokens).await, "{end:?}");
            app.advance(SECOND);
            end.bring_about(&app).await;
            let [at_redemption, at_refresh] = end.refusals();
            for _ in 0..2 {
                assert_eq!(desktop.poll(&codes).await.error(), at_redemption, "{end:?}");
            }
            assert_eq!(desktop.refresh(&tokens).await.error(), at_refresh, "{end:?}");
            assert!(!is_alive(&app, &tokens).await, "{end:?}");
            put_right(&app, &state).await;
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM grants WHERE client = 'desktop'").await, 8, "one a round");
    }

    /// A program that was told no stays told no: what ended may come back, and its yes does not.
    async fn a_refusal_at_redemption_is_final(app) {
        prepare(&app).await;
        let state = app.account(FRANK).await.state;
        let desktop = Desktop::new(&app);
        for end in [End::MemberInactive, End::CompanySuspended, End::AccountDisabled, End::PasswordCompromised] {
            let codes = desktop.ask().await;
            app.allow(&browser_of(&app, FRANK).await, &codes).await;
            end.bring_about(&app).await;
            assert_eq!(desktop.poll(&codes).await.error(), DENIED, "{end:?}");
            put_right(&app, &state).await;
            assert_eq!(desktop.poll(&codes).await.error(), DENIED, "{end:?}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM device_grants WHERE state = 'denied'").await, 4);
        assert_eq!(app.count("SELECT COUNT(*) FROM grants WHERE client = 'desktop'").await, 0);
    }

    /// Rules section 6: a password reset ends every computer (attacker-driven ones above all), and those that were let in and
    /// have not fetched anything yet, for good.
    async fn a_reset_of_the_password_ends_every_computer(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let (tokens, codes) = two_computers(&app, &desktop).await;
        reset_password(&app).await;
        assert_eq!(desktop.poll(&codes).await.error(), DENIED);
        assert_eq!(desktop.refresh(&tokens).await.error(), INVALID);
        assert!(!is_alive(&app, &tokens).await);
    }

    /// R54: a computer stands elsewhere than the browser that let it in, and is signed out by itself. What nobody has fetched yet
    /// goes with the browser that is signed out from another one ("a lost phone").
    async fn a_browser_that_is_signed_out_from_elsewhere_lets_nobody_in_any_more(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        app.advance(MINUTE * 60 * 12);
        let (tokens, codes) = two_computers(&app, &desktop).await;
        let mut here = browser_of(&app, FRANK).await;
        let page = here.get("/account/sessions").await;
        let page = here.fill(&page, "device-2-log-out", &[]).await;
        assert!(page.status < 400, "{page:?}");
        assert_eq!(desktop.poll(&codes).await.error(), DENIED);
        assert_eq!(desktop.refresh(&tokens).await.status, 200);
    }

    /// Whoever signs out everywhere else ends every computer, those too that this very browser let in.
    async fn signing_out_everywhere_else_ends_every_computer(app) {
        prepare(&app).await;
        let desktop = Desktop::new(&app);
        let elsewhere = two_computers(&app, &desktop).await;
        let mut here = browser_of(&app, FRANK).await;
        let tokens = desktop.let_in(&here).await;
        let codes = desktop.ask().await;
        app.allow(&here, &codes).await;
        let page = here.get("/account/sessions").await;
        let page = here.fill(&page, "everywhere-else", &[]).await;
        assert!(page.status < 400, "{page:?}");
        for (tokens, codes) in [(tokens, codes), elsewhere] {
            assert_eq!(desktop.poll(&codes).await.error(), DENIED);
            assert_eq!(desktop.refresh(&tokens).await.error(), INVALID);
        }
    }

    /// Core section 3.1.2.4: what a program that is not the agency's own was allowed and was taken back.
    async fn consent_that_was_withdrawn_since_the_yes_lets_nobody_in(app) {
        prepare(&app).await;
        app.change_client(DESKTOP, |client| client.first_party = false).await;
        let (desktop, browser) = (Desktop::new(&app), browser_of(&app, FRANK).await);
        let codes = desktop.ask().await;
        app.allow(&browser, &codes).await;
        let account = app.account(FRANK).await.id;
        let client = super::desktop().id;
        let mut tx = app.env.store.write().await.unwrap();
        let given = tx.consents().find(account, &client).await.unwrap().expect("the yes is a consent");
        let narrowed = Permitted { scopes: Scopes::parse("openid"), ..given.permitted.clone() };
        tx.consents().put(&Consent { permitted: narrowed, ..given }).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(desktop.poll(&codes).await.error(), DENIED);
    }

    /// Two people at one shared PC: what ends one computer ends no other.
    async fn nothing_else_ends_with_it(app) {
        let (desktop, codes, _) = approved(&app).await;
        app.enrol(crate::oidc::MARY).await;
        let marys = desktop.let_in(&browser_of(&app, crate::oidc::MARY).await).await;
        End::MemberInactive.bring_about(&app).await;
        assert_eq!(desktop.poll(&codes).await.error(), DENIED);
        assert!(is_alive(&app, &marys).await);
        assert_eq!(desktop.refresh(&marys).await.status, 200);
    }
}
