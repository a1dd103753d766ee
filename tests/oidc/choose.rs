//! Which agency, and as whom: `company.md` section 3, "Behaviour"; `prompt=select_account` of OpenID Connect Core section 3.1.2.1.

use std::time::Duration;

use idp_domain::account::Account;
use idp_domain::client::ClientId;
use idp_domain::company::CompanyState;
use idp_domain::member::MembershipState;
use idp_domain::ports::CompanyChoice;
use idp_domain::text::Line;
use idp_testkit::Samples;
use serde_json::{Map, Value};

use super::consent::{register_third_party, third_party};
use super::xss::assert_inert;
use super::{
    CALLBACK, FRANK, HOUR, MARY, MINUTE, SECOND, authorization_error, change_maple, change_membership,
    flow_of, franks_browser, is_signed_in, register,
};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::browser::{Browser, Page};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

pub(super) const WHICH: &str = "Which agency do you want to work for?";
const FRANK_GOES_ON: &str = "Continue as Frank Jones?";
const NOWHERE: &str = "Your account does not open an agency";

fn birch_portal(app: &TestApp) -> RelyingParty<'_> {
    RelyingParty::new(app, "portal.22222", "https://birch.example/callback")
}

/// An own client that serves every agency, as the mobile app does.
async fn serves_all<'a>(app: &'a TestApp, id: &str) -> RelyingParty<'a> {
    register(app, |client| {
        client.id = ClientId::parse(id).unwrap();
        client.name = Line::parse("Mobile App").unwrap();
        client.company = None;
        client.initiate_login_uri = None;
    })
    .await;
    mobile_called(app, id)
}

fn mobile_called<'a>(app: &'a TestApp, id: &str) -> RelyingParty<'a> {
    RelyingParty::new(app, id, CALLBACK)
}

fn mobile(app: &TestApp) -> RelyingParty<'_> {
    mobile_called(app, "mobile")
}

/// Frank with a minute-old session, a member of both agencies who was at Maple Home Care last; and [`mobile`].
async fn frank_at_two_agencies(app: &TestApp) -> Browser<'_> {
    app.enrol(FRANK).await;
    joins_birch(app, FRANK).await;
    app.advance(SECOND);
    serves_all(app, "mobile").await;
    franks_browser(app).await
}

async fn joins_birch(app: &TestApp, user_name: &str) {
    app.other_admin().create(user_name).await;
    birch_portal(app).code(&mut app.browser(), user_name, PASSWORD).await;
}

/// The names of the agencies on the page, in their order.
pub(super) fn offered(page: &Page) -> Vec<String> {
    assert_eq!((page.status, page.location()), (200, None), "{page:?}");
    page.select(".choice .name")
}

/// Presses the button of an agency.
pub(super) async fn choose(browser: &mut Browser<'_>, page: &Page, agency: &str) -> Page {
    let place = offered(page).iter().position(|name| name == agency);
    let place = place.unwrap_or_else(|| panic!("no {agency}: {page:?}"));
    browser.fill(page, &format!("agency-{}", place + 1), &[]).await
}

/// Sends the page as if it had offered what it did not.
async fn forge(browser: &mut Browser<'_>, page: &Page, company: &str) -> Page {
    browser.fill_named(page, "agency-1", &[("company", company)]).await
}

async fn claims(client: &RelyingParty<'_>, page: &Page) -> Map<String, Value> {
    let tokens = client.redeem(&page.sent("code").unwrap_or_else(|| panic!("no code: {page:?}"))).await;
    client.verify(tokens.text("id_token")).await.0
}

async fn company_code(app: &TestApp, page: &Page) -> Value {
    claims(&mobile(app), page).await["company_code"].clone()
}

async fn choices(app: &TestApp, account: &Account) -> Vec<CompanyChoice> {
    let mut tx = app.env.store.read().await.unwrap();
    tx.company_choices().list_of_account(account.id).await.unwrap()
}

/// Ends what Frank may do at Maple Home Care, or begins it again.
async fn at_maple(app: &TestApp, state: MembershipState) {
    change_membership(app, FRANK, |member| member.state = state).await;
}

on_each_database! {
    /// "none, ≥ 2 active: chooser after log-in"; what is chosen is what the tokens are for.
    async fn who_belongs_to_several_agencies_is_asked_which(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        for name in ["Maple Home Care", "Birch Home Care"] {
            for page in [
                mobile(&app).authorize(&mut browser).await,
                mobile(&app).log_in(&mut app.browser(), FRANK, PASSWORD).await,
            ] {
                assert_eq!(page.heading(), WHICH);
                assert_eq!(offered(&page).len(), 2, "{page:?}");
                assert_eq!((page.select("#name"), page.select("#username")), (vec!["Frank Jones".into()], vec![FRANK.into()]));
                assert!(page.shows("Code 99999") && page.shows("Code 22222") && page.shows("Mobile App"));
            }
            let page = mobile(&app).authorize(&mut browser).await;
            let claims = claims(&mobile(&app), &choose(&mut browser, &page, name).await).await;
            assert_eq!(claims["company_name"], name);
        }
    }

    /// "last used first …, remembers per client"; nobody goes on in silence for an agency that was chosen another time.
    async fn the_agency_chosen_last_at_this_client_stands_first(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let other = serves_all(&app, "rota").await;
        let page = mobile(&app).authorize(&mut browser).await;
        assert_eq!(offered(&page), ["Maple Home Care", "Birch Home Care"], "as they were used");
        choose(&mut browser, &page, "Birch Home Care").await;
        app.advance(SECOND);
        app.relying_party().authorize(&mut browser).await;
        assert_eq!(offered(&mobile(&app).authorize(&mut browser).await), ["Birch Home Care", "Maple Home Care"]);
        assert_eq!(offered(&other.authorize(&mut browser).await), ["Maple Home Care", "Birch Home Care"]);
        let again = mobile(&app).authorize(&mut app.browser()).await;
        assert_eq!(again.heading(), "Log In");
    }

    /// "prompt=none and a choice needed: account_selection_required"; with the agency named, nothing is to be chosen.
    async fn prompt_none_does_not_choose_for_anybody(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let page = mobile(&app).authorize(&mut browser).await;
        choose(&mut browser, &page, "Birch Home Care").await;
        let silent = mobile(&app).with("prompt", "none").authorize(&mut browser).await;
        assert_eq!(authorization_error(&silent), "account_selection_required");
        let named = mobile(&app).with("prompt", "none").with("company", "22222").authorize(&mut browser).await;
        assert_eq!(company_code(&app, &named).await, "22222");
    }

    /// Only what stands on the page can be chosen, and the page says so: an agency that exists, one that does not, a code.
    async fn a_forged_choice_gives_no_code(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let mut make = Samples::new(app.env.now(), 9);
        let (mut foreign, unknown) = (make.company(), make.company());
        foreign.slug = None;
        let mut tx = app.env.store.write().await.unwrap();
        tx.companies().insert(&foreign).await.unwrap();
        tx.commit().await.unwrap();
        for forged in [&*foreign.id.to_string(), &unknown.id.to_string(), "99999", "cmp_", "\"><script>"] {
            let page = mobile(&app).authorize(&mut browser).await;
            let again = forge(&mut browser, &page, forged).await;
            assert!(again.shows("You cannot work for that agency at the moment"), "{forged}: {again:?}");
            assert_eq!(offered(&again), ["Maple Home Care", "Birch Home Care"], "{forged}");
            assert_inert(&again);
            let done = choose(&mut browser, &again, "Birch Home Care").await;
            assert_eq!(company_code(&app, &done).await, "22222", "the page goes on");
            app.advance(SECOND);
            choose(&mut browser, &again, "Maple Home Care").await;
        }
        let page = mobile(&app).authorize(&mut browser).await;
        assert_eq!(forge(&mut browser, &page, "").await.heading(), WHICH, "nothing chosen is asked again");
    }

    /// An agency that switched the person off, or was suspended, while the page stood open; the one that is left is offered,
    /// not taken in silence.
    async fn what_was_switched_off_meanwhile_gives_no_code(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let since = app.env.now();
        let page = mobile(&app).authorize(&mut browser).await;
        for state in [MembershipState::Inactive { since }, MembershipState::Removed { at: since }] {
            at_maple(&app, state).await;
            let left = choose(&mut browser, &page, "Maple Home Care").await;
            assert!(left.shows("You cannot work for that agency at the moment"), "{left:?}");
            assert_eq!(offered(&left), ["Birch Home Care"]);
            let done = choose(&mut browser, &left, "Birch Home Care").await;
            assert_eq!(company_code(&app, &done).await, "22222");
        }
        at_maple(&app, MembershipState::Active { since }).await;
        change_maple(&app, |company| company.state = CompanyState::Suspended { at: since }).await;
        let left = choose(&mut browser, &page, "Maple Home Care").await;
        assert_eq!(offered(&left), ["Birch Home Care"]);
        app.change_membership(&app.birch, FRANK, |it| it.state = MembershipState::Inactive { since }).await;
        let nowhere = choose(&mut browser, &left, "Birch Home Care").await;
        assert_eq!(nowhere.heading(), NOWHERE, "{nowhere:?}");
        assert!(nowhere.select("#way-on") == ["Go to your account"], "{nowhere:?}");
        let denied = browser.fill(&nowhere, "sign-out", &[]).await;
        assert_eq!(authorization_error(&denied), "access_denied");
    }

    /// A shared PC: what one person left open does not act for the next, nor in silence as the next.
    async fn a_page_of_somebody_else_gives_no_code(app) {
        app.enrol(MARY).await;
        let mut browser = frank_at_two_agencies(&app).await;
        let page = mobile(&app).authorize(&mut browser).await;
        app.relying_party().with("prompt", "login").log_in(&mut browser, MARY, PASSWORD).await;
        for agency in ["Birch Home Care", "Maple Home Care"] {
            let asked = choose(&mut browser, &page, agency).await;
            assert!(asked.shows("somebody else logged in meanwhile"), "{asked:?}");
            assert_eq!(asked.select("#username"), [MARY]);
            assert!(!asked.shows("Birch"), "Mary does not belong there");
            let done = browser.fill(&asked, "continue", &[]).await;
            let mary = claims(&mobile(&app), &done).await;
            assert_eq!(mary["company_code"], "99999");
        }
        assert!(choices(&app, &app.account(FRANK).await).await.is_empty());
    }

    /// The choice is the person's who made it: whoever logs in instead is asked, or has another agency.
    async fn a_choice_counts_for_nobody_else(app) {
        app.enrol(MARY).await;
        let mut browser = frank_at_two_agencies(&app).await;
        register_third_party(&app, |client| client.company = None).await;
        let page = third_party(&app).authorize(&mut browser).await;
        let page = choose(&mut browser, &page, "Birch Home Care").await;
        assert_eq!(page.select("#agency"), ["Birch Home Care"]);
        let page = browser.fill(&page, "consent-other-account", &[]).await;
        app.advance(SECOND);
        let page = browser.fill(&page, "login-submit", &[("UserName", MARY), ("Password", PASSWORD)]).await;
        assert_eq!((page.heading(), page.select("#agency")), ("Allow Shift Planner?".into(), vec!["Maple Home Care".into()]));
    }

    /// State belongs to the flow: a reload, Back or a required step does not ask again, whatever other tabs do meanwhile.
    async fn a_choice_is_asked_for_once(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        register_third_party(&app, |client| client.company = None).await;
        let page = third_party(&app).authorize(&mut browser).await;
        let consent = choose(&mut browser, &page, "Birch Home Care").await;
        app.advance(SECOND);
        app.relying_party().authorize(&mut browser).await;
        let flow = flow_of(&consent);
        for path in ["consent", "continue", "choose"] {
            let again = browser.get(&format!("/{path}?flow={flow}")).await;
            assert_eq!(again.select("#agency"), ["Birch Home Care"], "{path}: {again:?}");
        }
        let done = browser.fill(&consent, "consent-allow", &[]).await;
        assert_eq!(claims(&third_party(&app), &done).await["company_code"], "22222");
    }

    /// Two tabs of one program, an agency each: neither disturbs the other.
    async fn two_tabs_choose_two_agencies(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let (one, other) = (mobile(&app).authorize(&mut browser).await, mobile(&app).authorize(&mut browser).await);
        let maple = choose(&mut browser, &one, "Maple Home Care").await;
        let birch = choose(&mut browser, &other, "Birch Home Care").await;
        let (maple, birch) = (claims(&mobile(&app), &maple).await, claims(&mobile(&app), &birch).await);
        assert_eq!((&maple["company_code"], &birch["company_code"]), (&"99999".into(), &"22222".into()));
        assert_eq!(maple["sub"], birch["sub"]);
        assert_ne!(maple["sid"], birch["sid"], "`sid` is per session, client and company");
    }

    /// R91: where only invitations wait, the person says which one is accepted; logging in for it accepts that one alone.
    async fn of_two_invitations_the_chosen_one_is_accepted(app) {
        app.enrol(FRANK).await;
        joins_birch(&app, FRANK).await;
        for company in [&app.maple, &app.birch] {
            app.change_membership(company, FRANK, |it| it.state = MembershipState::Invited).await;
        }
        app.advance(MINUTE);
        serves_all(&app, "mobile").await;
        let mut browser = app.browser();
        let page = mobile(&app).log_in(&mut browser, FRANK, PASSWORD).await;
        let done = choose(&mut browser, &page, "Birch Home Care").await;
        assert_eq!(company_code(&app, &done).await, "22222");
        assert_eq!(app.membership(&app.maple, FRANK).await.state, MembershipState::Invited);
    }

    /// `company.md` section 3: "search above 10", without JavaScript.
    async fn many_agencies_are_searched(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        app.join_many(FRANK, 0..8).await;
        let page = mobile(&app).authorize(&mut browser).await;
        assert_eq!((offered(&page).len(), page.select("#q").len()), (10, 0), "ten are looked through");
        app.advance(SECOND);
        let mut make = Samples::new(app.env.now(), 11);
        let mut company = make.company();
        company.code = idp_domain::company::CompanyCode::parse("ZEBRA1").unwrap();
        company.slug = None;
        let account = app.account(FRANK).await;
        let membership = make.membership(&account, &company).accept(app.env.now()).unwrap();
        let mut tx = app.env.store.write().await.unwrap();
        tx.companies().insert(&company).await.unwrap();
        tx.memberships().insert(&membership).await.unwrap();
        tx.commit().await.unwrap();

        let page = mobile(&app).authorize(&mut browser).await;
        assert_eq!((offered(&page).len(), page.select("#found")), (11, vec!["11 agencies found.".to_owned()]));
        let flow = page.attribute("form[role=search] input[name=flow]", "value").unwrap();
        let search = async |browser: &mut Browser<'_>, q: &str| {
            let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("flow", &flow).append_pair("q", q).finish();
            browser.get(&format!("/choose?{query}")).await
        };
        for (q, expected) in [("zebra1", 1), ("oak town3", 1), ("birch", 1), ("OAK", 8), ("  ", 11)] {
            assert_eq!(offered(&search(&mut browser, q).await).len(), expected, "{q}");
        }
        for q in ["nothing like it", "\"><script>alert(1)</script>", "\u{0}", &"x".repeat(3000)] {
            let none = search(&mut browser, q).await;
            assert!(offered(&none).is_empty() && none.shows("No agency of yours is called that"), "{none:?}");
            assert_inert(&none);
            let all = none.attribute("#all", "href").unwrap();
            assert_eq!(offered(&browser.get(&all).await).len(), 11, "a way back");
        }
        let found = search(&mut browser, "birch").await;
        let done = choose(&mut browser, &found, "Birch Home Care").await;
        assert_eq!(company_code(&app, &done).await, "22222");
    }

    /// Core section 3.1.2.1, `company.md` section 3: the account is asked for although one session is open, and the agency
    /// although there is one; the password is not typed again.
    async fn select_account_asks_without_a_password(app) {
        app.enrol(FRANK).await;
        serves_all(&app, "mobile").await;
        let mut browser = franks_browser(&app).await;
        let before = claims(&app.relying_party(), &app.relying_party().authorize(&mut browser).await).await;
        for (client, agency) in [
            (app.relying_party(), vec!["Maple Home Care"]),
            (mobile(&app), vec!["Maple Home Care"]),
            (mobile(&app).with("company", "99999"), vec!["Maple Home Care"]),
            (mobile(&app).with("scope", "openid"), vec![]),
        ] {
            app.advance(SECOND);
            let client = client.with("prompt", "select_account");
            let page = client.authorize(&mut browser).await;
            assert_eq!(page.heading(), FRANK_GOES_ON, "{page:?}");
            let shown: Vec<_> = page.select("#agency").iter().map(|text| text[..15].to_owned()).collect();
            assert_eq!(shown, agency, "{page:?}");
            let flow = flow_of(&page);
            for path in ["continue", "consent", "choose"] {
                let again = browser.get(&format!("/{path}?flow={flow}")).await;
                assert_eq!(again.heading(), FRANK_GOES_ON, "{path}: not gone around");
            }
            let after = claims(&client, &browser.fill(&page, "continue", &[]).await).await;
            assert_eq!((&after["sub"], &after["auth_time"]), (&before["sub"], &before["auth_time"]));
        }
    }

    /// "account + company chooser even with one SSO session".
    async fn select_account_asks_for_both_at_once(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        let client = mobile(&app).with("prompt", "select_account");
        let page = client.authorize(&mut browser).await;
        assert_eq!((page.heading().as_str(), offered(&page).len()), (WHICH, 2));
        let done = choose(&mut browser, &page, "Birch Home Care").await;
        assert_eq!(claims(&client, &done).await["company_code"], "22222", "in one step");
        let page = client.authorize(&mut browser).await;
        let again = forge(&mut browser, &page, "cmp_").await;
        assert_eq!((again.heading().as_str(), offered(&again).len()), (WHICH, 2));
    }

    /// "Log in as somebody else" is a log-in of the same request; whoever logged in for it has chosen the account.
    async fn select_account_lets_somebody_else_in(app) {
        app.enrol(MARY).await;
        let of_mary = app.relying_party().log_in(&mut app.browser(), MARY, PASSWORD).await;
        let of_mary = claims(&app.relying_party(), &of_mary).await;
        let mut browser = frank_at_two_agencies(&app).await;
        for client in [app.relying_party(), mobile(&app)] {
            app.advance(SECOND);
            let client = client.with("prompt", "select_account").with("login_hint", FRANK);
            let page = client.authorize(&mut browser).await;
            let log_in = browser.get(&page.attribute("#other-account", "href").unwrap()).await;
            assert_eq!((log_in.heading().as_str(), log_in.value("UserName").as_str()), ("Log In", ""));
            app.advance(SECOND);
            let done =
                browser.fill(&log_in, "login-submit", &[("UserName", MARY), ("Password", PASSWORD)]).await;
            let mary = claims(&client, &done).await;
            assert_eq!((&mary["sub"], &mary["company_code"]), (&of_mary["sub"], &"99999".into()));
            app.advance(SECOND);
            let back = app.relying_party().with("prompt", "login");
            back.log_in(&mut browser, FRANK, PASSWORD).await;
        }
    }

    /// Nobody is logged in, or no longer: the log-in answers it, and the agency is all that is left to ask.
    async fn a_log_in_answers_select_account(app) {
        let browser = frank_at_two_agencies(&app).await;
        drop(browser);
        let portal = app.relying_party().with("prompt", "select_account");
        let page = portal.log_in(&mut app.browser(), FRANK, PASSWORD).await;
        assert!(page.sent("code").is_some(), "{page:?}");
        let client = mobile(&app).with("prompt", "select_account");
        let mut browser = app.browser();
        let page = client.log_in(&mut browser, FRANK, PASSWORD).await;
        assert_eq!(page.heading(), WHICH);
        app.advance(HOUR * 2);
        let page = choose(&mut browser, &page, "Birch Home Care").await;
        assert_eq!(page.heading(), "Log In", "idle: never a code");
        let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
        let done = choose(&mut browser, &page, "Birch Home Care").await;
        assert_eq!(company_code(&app, &done).await, "22222");
    }

    /// What was said counts for the request it was said to, for an hour.
    async fn an_old_choice_of_the_account_is_asked_for_again(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        register_third_party(&app, |client| client.company = None).await;
        let client = third_party(&app).with("prompt", "select_account consent");
        let page = client.authorize(&mut browser).await;
        let consent = choose(&mut browser, &page, "Birch Home Care").await;
        assert_eq!(consent.heading(), "Allow Shift Planner?");
        for _ in 0..2 {
            app.advance(MINUTE * 31);
            assert!(is_signed_in(&app, &mut browser).await, "and has not gone idle");
        }
        let again = browser.get(&format!("/continue?flow={}", flow_of(&consent))).await;
        assert_eq!(again.heading(), FRANK_GOES_ON, "{again:?}");
        assert!(again.shows("Birch Home Care"), "the agency is known still: {again:?}");
    }

    /// `company.md` section 3: "one page … with sign-out and 'choose another'": the same request with no company named.
    async fn where_there_is_no_access_another_agency_can_be_chosen(app) {
        app.enrol(FRANK).await;
        app.enrol(MARY).await;
        let since = app.env.now();
        serves_all(&app, "mobile").await;
        let mut browser = franks_browser(&app).await;
        for named in ["22222", "ZZZ99", "no code at all!"] {
            let page = mobile(&app).with("company", named).authorize(&mut browser).await;
            assert_eq!(page.heading(), "You do not have access to this agency");
            assert_eq!(page.select("#way-on"), ["Choose another agency"]);
            let asked = browser.get(&page.attribute("#way-on", "href").unwrap()).await;
            assert_eq!(offered(&asked), ["Maple Home Care"], "asked, though there is only one");
            let done = choose(&mut browser, &asked, "Maple Home Care").await;
            assert_eq!(company_code(&app, &done).await, "99999");
        }
        let page = birch_portal(&app).authorize(&mut browser).await;
        assert!(page.select("#way-on").is_empty(), "Birch's own portal opens nothing else: {page:?}");

        let page = mobile(&app).with("company", "22222").authorize(&mut browser).await;
        at_maple(&app, MembershipState::Inactive { since }).await;
        let nowhere = browser.get(&page.attribute("#way-on", "href").unwrap()).await;
        assert_eq!((nowhere.heading().as_str(), nowhere.select("#way-on")), (NOWHERE, vec!["Go to your account".into()]));
        let account = browser.get(&nowhere.attribute("#way-on", "href").unwrap()).await;
        assert_eq!(account.status, 200, "account page only: {account:?}");

        app.relying_party().with("prompt", "login").log_in(&mut browser, MARY, PASSWORD).await;
        let mary = browser.get(&page.attribute("#way-on", "href").unwrap()).await;
        assert_eq!(mary.heading(), "You do not have access to this agency", "it was Frank who wanted another: {mary:?}");
    }

    /// The choice is remembered with the account and forgotten with it, and where the agency is left; the file of one's own
    /// data tells it.
    async fn choices_are_forgotten_with_the_agency_and_with_the_account(app) {
        let mut browser = frank_at_two_agencies(&app).await;
        serves_all(&app, "rota").await;
        for (id, name) in [("mobile", "Maple Home Care"), ("rota", "Birch Home Care")] {
            let page = mobile_called(&app, id).authorize(&mut browser).await;
            choose(&mut browser, &page, name).await;
        }
        let account = app.account(FRANK).await;
        assert_eq!(choices(&app, &account).await.len(), 2);

        let mut browser = app.browser();
        app.relying_party().code(&mut browser, FRANK, PASSWORD).await;
        let page = browser.get("/account/data").await;
        let told = browser.fill(&page, "download", &[]).await;
        let told: Value = serde_json::from_str(&told.html).unwrap();
        let chosen = told["agencies_chosen"].as_array().unwrap();
        assert_eq!(chosen.len(), 2);
        assert_eq!((&chosen[0]["client_id"], &chosen[0]["agency"]), (&"mobile".into(), &"Maple Home Care".into()));

        let page = browser.get("/account/companies").await;
        let birch = page.select("section.company h2").iter().position(|name| name.contains("Birch")).unwrap() + 1;
        browser.fill(&page, &format!("company-{birch}-leave"), &[]).await;
        let left = choices(&app, &account).await;
        assert_eq!(left.iter().map(|it| it.company).collect::<Vec<_>>(), [app.maple.id]);

        app.advance(Duration::from_secs(1));
        let page = browser.get("/account/close").await;
        let typed = [("Password", PASSWORD), ("I understand that this cannot be undone.", "yes")];
        let closed = browser.fill(&page, "close-submit", &typed).await;
        assert_eq!(closed.heading(), "Your account is closed", "{closed:?}");
        assert!(choices(&app, &account).await.is_empty());
    }

    /// The office and one's own pages belong to no agency: nobody is asked on the way there.
    async fn our_own_pages_ask_for_no_agency(app) {
        let _ = frank_at_two_agencies(&app).await;
        for path in ["/account", "/account/companies", "/office"] {
            let mut browser = app.browser();
            let page = browser.get(path).await;
            let page = browser.fill(&page, "login-submit", &[("UserName", FRANK), ("Password", PASSWORD)]).await;
            assert!(page.status == 200 && page.heading() != WHICH, "{path}: {page:?}");
        }
    }
}
