//! Seeds for integrators' rigs: accounts that log in at once, loaded as often as one likes.

use idp_domain::claims::Profile;
use idp_domain::company::{CompanyCode, CompanyRef, Slug};
use idp_domain::email::EmailAddress;
use idp_domain::password::Password;
use idp_domain::question::{Answer, QuestionId};
use idp_service::seed::{self, Seed, SeedAccount, SeedError, Seeded};
use idp_testkit::Samples;

use super::{FRANK, GRACE};
use crate::support::app::{START, TestApp, caregiver, portal};
use crate::support::on_each_database;
use crate::support::relying_party::RelyingParty;

const SEEDED: &str = "a password from a seed file";

fn person(user_name: &str, company: &str, with_answers: bool) -> SeedAccount {
    let answers = [
        (QuestionId::FirstStuffedToy, "Mister Bun"),
        (QuestionId::DrivingInstructor, "Old Henry"),
        (QuestionId::LostTreasure, "a red kite"),
    ];
    SeedAccount {
        user_name: EmailAddress::parse(user_name).unwrap(),
        profile: Profile::default(),
        password: Password::typed(SEEDED),
        answers: if with_answers {
            answers.map(|(id, text)| (id, Answer::typed(text))).into()
        } else {
            vec![]
        },
        memberships: vec![(CompanyRef::Code(CompanyCode::parse(company).unwrap()), caregiver(user_name))],
    }
}

fn rig() -> Seed {
    let mut samples = Samples::new(START, 9);
    let mut oak = samples.company();
    oak.code = CompanyCode::parse("33333").unwrap();
    oak.slug = Slug::parse("oak").ok();
    let clients = vec![portal(&oak, "oak")];
    Seed {
        companies: vec![oak],
        clients,
        accounts: vec![person(FRANK, "33333", true), person(GRACE, "33333", false)],
    }
}

async fn lands_on(app: &TestApp, user_name: &str) -> String {
    let oak = RelyingParty::new(app, "portal.33333", "https://oak.example/callback");
    let page = oak.log_in(&mut app.browser(), user_name, SEEDED).await;
    if page.left_to("https://oak.example/callback") { "the portal".to_owned() } else { page.heading() }
}

on_each_database! {
    /// Issue 2, point 1: seeded people log in at once; whoever has no answers is asked for them.
    async fn a_seeded_person_logs_in_at_once(app) {
        let seeded = seed::load(&app.env, &rig()).await.unwrap();
        assert_eq!(seeded, Seeded { companies: 1, clients: 1, accounts: 2 });
        assert_eq!(lands_on(&app, FRANK).await, "the portal");
        assert_eq!(lands_on(&app, GRACE).await, "Security Questions");
        assert!(app.send_mails().await.is_idle(), "nobody is written to");
    }

    /// Loaded twice: nothing is doubled, and nobody's password is set back.
    async fn a_seed_loaded_again_adds_and_resets_nothing(app) {
        seed::load(&app.env, &rig()).await.unwrap();
        let before = app.account(FRANK).await;
        let again = seed::load(&app.env, &rig()).await.unwrap();
        assert_eq!((again.companies, again.accounts), (0, 0));
        let after = app.account(FRANK).await;
        assert_eq!(
            (before.id, before.password(), before.version),
            (after.id, after.password(), after.version)
        );
        assert_eq!(lands_on(&app, FRANK).await, "the portal");
    }

    /// A rig of an earlier version gets what the new one has more. What an office took away since stays away.
    async fn an_account_that_was_there_joins_only_the_companies_that_are_new(app) {
        seed::load(&app.env, &rig()).await.unwrap();
        let mut grown = rig();
        let mut elm = Samples::new(START, 10).company();
        elm.code = CompanyCode::parse("55555").unwrap();
        elm.slug = Slug::parse("elm").ok();
        let oak = grown.companies[0].clone();
        let of_oak = app.find_membership(&oak, FRANK).await.map(|membership| membership.id);
        grown.companies.push(elm.clone());
        for code in ["55555", "99999"] {
            let further = person(FRANK, code, true).memberships;
            grown.accounts[0].memberships.extend(further);
        }
        let again = seed::load(&app.env, &grown).await.unwrap();
        assert_eq!((again.companies, again.accounts), (1, 0));
        assert!(app.find_membership(&elm, FRANK).await.is_some());
        assert!(app.find_membership(&elm, GRACE).await.is_none());
        assert!(app.find_membership(&app.maple, FRANK).await.is_none(), "a company that was there");
        assert_eq!(app.find_membership(&oak, FRANK).await.map(|it| it.id), of_oak);
    }

    /// A seed that names a company nobody knows stores nothing at all.
    async fn a_seed_with_an_unknown_company_stores_nothing(app) {
        let mut broken = rig();
        broken.accounts.push(person("third@example.com", "44444", true));
        let refused = seed::load(&app.env, &broken).await;
        assert!(
            matches!(&refused, Err(SeedError::UnknownCompany { user_name, .. }) if user_name == "third@example.com")
        );
        for person in [FRANK, GRACE, "third@example.com"] {
            assert!(app.find_account(person).await.is_none(), "{person}");
        }
        assert_eq!(
            seed::load(&app.env, &rig()).await.unwrap().accounts,
            2,
            "and is loaded once it is mended"
        );
    }
}
