//! Grants, the families of refresh tokens.

use idp_domain::account::Account;
use idp_domain::claims_request::RequestedClaims;
use idp_domain::client::{Client, Resource};
use idp_domain::company::Company;
use idp_domain::grant::{Consented, Grant, Revocation, RevocationReason};
use idp_domain::id::GrantId;
use idp_domain::ports::Tx;
use idp_domain::scope::Scopes;
use idp_domain::session::Session;
use idp_domain::thumbprint::Thumbprint;

use super::{Db, SECOND, assert_same, reading, writing};
use crate::Samples;

const WHY: RevocationReason = RevocationReason::LoggedOut;
const KEY: Thumbprint = Thumbprint::from_bytes([1; 32]);

async fn stored(store: &Db, grant: &Grant) {
    let mut tx = writing(store).await;
    tx.grants().insert(grant).await.unwrap();
    tx.commit().await.unwrap();
}

async fn found(store: &Db, grant: &Grant) -> Grant {
    reading(store).await.grants().find(grant.id).await.unwrap().expect("the grant")
}

/// A family that began in `session`, and one beside it with `offline_access`.
async fn families(store: &Db, make: &mut Samples, session: &Session) -> (Grant, Grant) {
    let client = make.client();
    let consented = make.consented(session, None);
    let online = make.grant(&client, consented.clone());
    let scopes = Scopes::parse("openid offline_access");
    let offline = make.grant(&client, Consented { scopes, ..consented });
    stored(store, &online).await;
    stored(store, &offline).await;
    (online, offline)
}

fn session(make: &mut Samples) -> Session {
    let account = make.account();
    make.session(&account).0
}

pub async fn a_grant_is_revoked_once_and_says_why(store: Db) {
    let mut make = Samples::default();
    let (account, company, client) = (make.account(), make.company(), make.client());
    let membership = make.membership(&account, &company);
    let (session, _) = make.session(&account);
    let consented = make.consented(&session, Some(&membership));
    let claims = r#"{"userinfo": {"email": null}, "id_token": {"name": null, "sub": {"value": "me"}}}"#;
    let asked = Consented {
        pairwise: Some("another name".to_owned()),
        claims: RequestedClaims::parse(claims).expect("claims"),
        resources: [Resource::parse("https://api.example/").expect("a resource")].into(),
        ..consented
    };
    for why in RevocationReason::VARIANTS {
        let computer = make.device_grant(&client).0.asked.computer();
        let asked = Consented { acr: Some("urn:example:acr".to_owned()), ..asked.clone() };
        let key = Some(KEY);
        let grant = Grant { computer: Some(computer), key, ..make.grant(&client, asked) };
        stored(&store, &grant).await;
        assert_same(&found(&store, &grant).await, &grant);
        let at = make.now;
        let mut tx = writing(&store).await;
        assert!(tx.grants().revoke(grant.id, *why, at).await.unwrap());
        assert!(!tx.grants().revoke(grant.id, WHY, at + SECOND).await.unwrap(), "the first reason stays");
        tx.commit().await.unwrap();
        assert_eq!(found(&store, &grant).await.revoked, Some(Revocation { at, why: *why }));
    }
}

pub async fn a_family_is_bound_to_one_key_for_good(store: Db) {
    let mut make = Samples::default();
    let session = session(&mut make);
    let (family, other) = families(&store, &mut make, &session).await;
    assert_eq!(found(&store, &family).await.key, None);
    let mut tx = writing(&store).await;
    for _ in 0..2 {
        assert!(tx.grants().bind(family.id, KEY).await.unwrap());
    }
    assert!(!tx.grants().bind(family.id, Thumbprint::from_bytes([2; 32])).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(found(&store, &family).await.key, Some(KEY));
    assert_eq!(found(&store, &other).await.key, None);
}

pub async fn ending_a_session_revokes_its_families_except_offline_ones(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (online, offline) = families(&store, &mut make, &mine).await;
    let (elsewhere, _) = families(&store, &mut make, &other).await;
    let mut tx = writing(&store).await;
    assert_eq!(tx.grants().revoke_of_session(mine.id, WHY, make.now).await.unwrap(), 1);
    assert_eq!(tx.grants().revoke_of_session(mine.id, WHY, make.now).await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert!(!found(&store, &online).await.is_live(make.now));
    assert!(found(&store, &offline).await.is_live(make.now));
    assert!(found(&store, &elsewhere).await.is_live(make.now));
}

pub async fn every_family_of_an_account_is_revoked_at_once(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (online, offline) = families(&store, &mut make, &mine).await;
    let (elsewhere, _) = families(&store, &mut make, &other).await;
    let mut tx = writing(&store).await;
    let why = RevocationReason::Deactivated;
    assert_eq!(tx.grants().revoke_of_account(mine.account, None, why, make.now).await.unwrap(), 2);
    tx.commit().await.unwrap();
    let revoked = Some(Revocation { at: make.now, why });
    assert_eq!(found(&store, &online).await.revoked, revoked);
    assert_eq!(found(&store, &offline).await.revoked, revoked);
    assert!(found(&store, &elsewhere).await.is_live(make.now));
}

/// A changed password leaves the person in the session where it was changed.
pub async fn every_family_of_an_account_is_revoked_but_those_of_one_session(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    let ((here, _), (there, _)) = (make.session(&account), make.session(&account));
    let (kept, kept_offline) = families(&store, &mut make, &here).await;
    let (online, offline) = families(&store, &mut make, &there).await;
    let why = RevocationReason::PasswordChanged;
    let mut tx = writing(&store).await;
    for revoked in [2, 0] {
        let count = tx.grants().revoke_of_account(account.id, Some(here.id), why, make.now).await;
        assert_eq!(count.unwrap(), revoked);
    }
    tx.commit().await.unwrap();
    for grant in [&online, &offline] {
        assert_eq!(found(&store, grant).await.revoked, Some(Revocation { at: make.now, why }));
    }
    for grant in [&kept, &kept_offline] {
        assert!(found(&store, grant).await.is_live(make.now));
    }
}

/// A log-in, and what was switched from it to other companies (`company.md` section 3): the rest of the account stays.
pub async fn families_that_were_switched_are_revoked_with_their_root_or_by_company(store: Db) {
    let mut make = Samples::default();
    let (account, client) = (make.account(), make.client());
    let (session, _) = make.session(&account);
    let (here, there) = (make.company(), make.company());
    let memberships = [&here, &there].map(|company| make.membership(&account, company));
    let mut granted = |at: usize, from: Option<&Grant>| {
        let consented = make.consented(&session, Some(&memberships[at]));
        Grant { switched_from: from.map(Grant::root), ..make.grant(&client, consented) }
    };
    let root = granted(0, None);
    let [first, second] = [granted(1, Some(&root)), granted(1, Some(&root))];
    let back = granted(0, Some(&second));
    let another = granted(1, None);
    for grant in [&root, &first, &second, &back, &another] {
        stored(&store, grant).await;
    }
    assert_eq!(found(&store, &back).await.root(), root.id);
    let now = make.now;
    let mut tx = writing(&store).await;
    let switched_to = async |tx: &mut dyn Tx, company: &Company| {
        tx.grants().find_switched_to(root.id, company.id).await.unwrap().map(|grant| grant.id)
    };
    assert_eq!(switched_to(&mut *tx, &here).await, Some(back.id), "not the root itself");
    tx.grants().revoke(first.id, RevocationReason::SwitchedAgain, now).await.unwrap();
    assert_eq!(switched_to(&mut *tx, &there).await, Some(second.id));
    let again = RevocationReason::SwitchedAgain;
    for revoked in [1, 0] {
        let count = tx.grants().revoke_switched_to(root.id, there.id, again, now).await;
        assert_eq!(count.unwrap(), revoked, "those of the log-in that speak for the company");
        assert_eq!(switched_to(&mut *tx, &there).await, None);
    }
    for revoked in [2, 0] {
        assert_eq!(
            tx.grants().revoke_switched(root.id, WHY, now).await.unwrap(),
            revoked,
            "what is left of it"
        );
    }
    tx.commit().await.unwrap();
    let why = [(&first, again), (&second, again), (&root, WHY), (&back, WHY)];
    for (grant, why) in why {
        assert_eq!(found(&store, grant).await.revoked, Some(Revocation { at: now, why }));
    }
    assert!(found(&store, &another).await.is_live(now));
}

/// Whoever leaves an agency no longer speaks for it, and still for the others.
pub async fn every_family_of_an_account_at_a_company_is_revoked(store: Db) {
    let mut make = Samples::default();
    let (account, other, client) = (make.account(), make.account(), make.client());
    let (left, stays) = (make.company(), make.company());
    let mut granted = |account: &Account, company: Option<&Company>| {
        let (session, _) = make.session(account);
        let membership = company.map(|company| make.membership(account, company));
        let consented = make.consented(&session, membership.as_ref());
        make.grant(&client, consented)
    };
    let gone = granted(&account, Some(&left));
    let others = [granted(&account, Some(&stays)), granted(&account, None), granted(&other, Some(&left))];
    for grant in others.iter().chain([&gone]) {
        stored(&store, grant).await;
    }
    let why = RevocationReason::CompanyLeft;
    let mut tx = writing(&store).await;
    for revoked in [1, 0] {
        let count = tx.grants().revoke_of_company(account.id, left.id, why, make.now).await;
        assert_eq!(count.unwrap(), revoked);
    }
    tx.commit().await.unwrap();
    assert_eq!(found(&store, &gone).await.revoked, Some(Revocation { at: make.now, why }));
    for grant in &others {
        assert!(found(&store, grant).await.is_live(make.now));
    }
}

pub async fn the_live_grants_of_an_account_are_listed_the_newest_first(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (old, revoked) = families(&store, &mut make, &mine).await;
    make.now = make.now + SECOND;
    let (new, newest) = families(&store, &mut make, &mine).await;
    families(&store, &mut make, &other).await;
    let mut tx = writing(&store).await;
    assert!(tx.grants().revoke(revoked.id, WHY, make.now).await.unwrap());
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    let live = tx.grants().list_live_of_account(mine.account, make.now).await.unwrap();
    assert_same(&live, &vec![newest.clone(), new.clone(), old.clone()]);
    let later = tx.grants().list_live_of_account(mine.account, old.expires_at).await.unwrap();
    assert_same(&later, &vec![newest, new]);
}

pub async fn every_family_of_a_client_is_revoked_for_one_account(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (client, another) = (make.client(), make.client());
    let mut granted = |session: &Session, client: &Client| {
        let consented = make.consented(session, None);
        make.grant(client, consented)
    };
    let [one, two] = [granted(&mine, &client), granted(&mine, &client)];
    let others = [granted(&mine, &another), granted(&other, &client)];
    for grant in [&one, &two].into_iter().chain(&others) {
        stored(&store, grant).await;
    }
    let why = RevocationReason::ConsentWithdrawn;
    let mut tx = writing(&store).await;
    for revoked in [2, 0] {
        let count = tx.grants().revoke_of_client(mine.account, &client.id, why, make.now).await;
        assert_eq!(count.unwrap(), revoked);
    }
    tx.commit().await.unwrap();
    for grant in [&one, &two] {
        assert_eq!(found(&store, grant).await.revoked, Some(Revocation { at: make.now, why }));
    }
    for grant in &others {
        assert!(found(&store, grant).await.is_live(make.now));
    }
}

/// Attack 49: a client that is switched off keeps nothing.
pub async fn every_family_of_a_client_is_revoked_whoever_it_is_for(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (client, another) = (make.client(), make.client());
    let mut granted = |session: &Session, client: &Client| {
        let consented = make.consented(session, None);
        make.grant(client, consented)
    };
    let (mut replayed, own) = (granted(&mine, &client), [granted(&mine, &client), granted(&other, &client)]);
    replayed.revoked = Some(Revocation { at: replayed.created_at, why: WHY });
    let anothers = granted(&mine, &another);
    for grant in [&replayed, &anothers].into_iter().chain(&own) {
        stored(&store, grant).await;
    }
    let why = RevocationReason::ClientDisabled;
    let mut tx = writing(&store).await;
    for revoked in [2, 0] {
        assert_eq!(tx.grants().revoke_all_of_client(&client.id, why, make.now).await.unwrap(), revoked);
    }
    tx.commit().await.unwrap();
    for grant in &own {
        assert_eq!(found(&store, grant).await.revoked, Some(Revocation { at: make.now, why }));
    }
    assert_eq!(found(&store, &replayed).await.revoked, replayed.revoked, "the first reason stays");
    assert!(found(&store, &anothers).await.is_live(make.now));
}

/// Their clients took part in the session, and are to hear of its end.
pub async fn every_family_of_a_session_is_listed_revoked_ones_included(store: Db) {
    let mut make = Samples::default();
    let (mine, other) = (session(&mut make), session(&mut make));
    let (online, offline) = families(&store, &mut make, &mine).await;
    families(&store, &mut make, &other).await;
    let mut tx = writing(&store).await;
    assert!(tx.grants().revoke(online.id, WHY, make.now).await.unwrap());
    tx.commit().await.unwrap();
    let listed = reading(&store).await.grants().list_of_session(mine.id).await.unwrap();
    let revoked = Grant { revoked: Some(Revocation { at: make.now, why: WHY }), ..online };
    assert_same(&listed, &vec![revoked, offline]);
}

/// A suspended company's clients are to hear of the sessions they share with us (R89).
pub async fn families_of_a_company_are_listed_while_their_session_is_open(store: Db) {
    let mut make = Samples::default();
    let (company, other) = (make.company(), make.company());
    let (account, somebody) = (make.account(), make.account());
    let client = make.client();
    let mut tx = writing(&store).await;
    let mut begun = async |account: &Account, company: &Company| {
        let (session, _) = make.session(account);
        let membership = make.membership(account, company);
        let consented = make.consented(&session, Some(&membership));
        let grant = make.grant(&client, consented);
        tx.sessions().insert(&session).await.unwrap();
        tx.grants().insert(&grant).await.unwrap();
        (session, grant)
    };
    let (_, open) = begun(&account, &company).await;
    let (_, revoked) = begun(&account, &company).await;
    let (ended, _) = begun(&account, &company).await;
    let (_, elsewhere) = begun(&account, &other).await;
    begun(&somebody, &company).await;
    let now = make.now;
    tx.grants().revoke(revoked.id, WHY, now).await.unwrap();
    tx.sessions().end(ended.id, now).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = reading(&store).await;
    let listed = tx.grants().list_in_open_sessions(company.id, &[account.id], now).await.unwrap();
    let ids: Vec<_> = listed.iter().map(|grant| grant.id).collect();
    assert_eq!(ids, [open.id, revoked.id]);
    let listed = tx.grants().list_in_open_sessions(other.id, &[account.id, somebody.id], now).await.unwrap();
    assert_eq!(listed.iter().map(|grant| grant.id).collect::<Vec<_>>(), [elsewhere.id]);
    let over = now + SECOND * 3600 * 24 * 365;
    assert!(tx.grants().list_in_open_sessions(company.id, &[account.id], over).await.unwrap().is_empty());
}

/// R54: a computer that was let in stays when the browser is logged out, whatever scopes it has.
pub async fn a_family_that_outlives_its_session_is_told_by_itself_and_not_by_its_scopes(store: Db) {
    let mut make = Samples::default();
    let session = session(&mut make);
    let (online, offline) = families(&store, &mut make, &session).await;
    let computer =
        Grant { id: GrantId::new(make.now, &make.entropy), outlives_session: true, ..online.clone() };
    let bound = Grant { id: GrantId::new(make.now, &make.entropy), outlives_session: false, ..offline };
    for grant in [&computer, &bound] {
        stored(&store, grant).await;
        assert_same(&found(&store, grant).await, grant);
    }
    let mut tx = writing(&store).await;
    assert_eq!(tx.grants().revoke_of_session(session.id, WHY, make.now).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert!(found(&store, &computer).await.is_live(make.now));
    for ended in [&online, &bound] {
        assert!(!found(&store, ended).await.is_live(make.now));
    }
}

pub async fn grants_are_swept_after_their_expiry_even_revoked_ones(store: Db) {
    let mut make = Samples::default();
    let session = session(&mut make);
    let (first, second) = families(&store, &mut make, &session).await;
    let (revoked, _) = families(&store, &mut make, &session).await;
    let mut tx = writing(&store).await;
    assert!(tx.grants().revoke(revoked.id, WHY, make.now).await.unwrap());
    assert_eq!(tx.grants().sweep(make.now + SECOND, 9).await.unwrap(), 0, "a revoked one stays till then");
    assert_eq!(tx.grants().sweep(revoked.expires_at, 1).await.unwrap(), 1);
    assert_eq!(tx.grants().sweep(revoked.expires_at, 9).await.unwrap(), 1);
    tx.commit().await.unwrap();
    found(&store, &revoked).await;
    let mut tx = reading(&store).await;
    for gone in [first, second] {
        assert!(tx.grants().find(gone.id).await.unwrap().is_none());
    }
}

/// As long as a session is there, its end must still be told to the clients that took part.
pub async fn an_expired_grant_stays_as_long_as_its_session(store: Db) {
    let mut make = Samples::default();
    let account = make.account();
    let (here, _) = make.session(&account);
    let (swept, _) = make.session(&account);
    let (kept, _) = families(&store, &mut make, &here).await;
    let (gone, _) = families(&store, &mut make, &swept).await;
    let mut tx = writing(&store).await;
    tx.sessions().insert(&here).await.unwrap();
    tx.sessions().insert(&swept).await.unwrap();
    let before = gone.expires_at + SECOND;
    assert_eq!(tx.grants().sweep(before, 9).await.unwrap(), 0);
    assert!(tx.sessions().end(swept.id, make.now).await.unwrap());
    assert_eq!(tx.grants().sweep(before, 9).await.unwrap(), 0, "it ended, and is still there");
    assert_eq!(tx.sessions().sweep(make.now + SECOND, 9).await.unwrap(), 1);
    assert_eq!(tx.grants().sweep(before, 9).await.unwrap(), 2);
    tx.commit().await.unwrap();
    found(&store, &kept).await;
    assert!(reading(&store).await.grants().find(gone.id).await.unwrap().is_none());
}

/// `rules.md` section 5, "Deactivation": what is asked of every token is read at one moment.
pub async fn a_grant_is_found_with_everything_it_stands_on(store: Db) {
    let mut make = Samples::default();
    let (account, company, client) = (make.account(), make.company(), make.client());
    let membership = make.membership(&account, &company);
    let (session, _) = make.session(&account);
    let consented = make.consented(&session, None);
    let alone = make.grant(&client, consented);
    let mut tx = writing(&store).await;
    tx.grants().insert(&alone).await.unwrap();
    let found = tx.grants().find_in_context(alone.id).await.unwrap().expect("the grant");
    assert_same(&found.grant, &alone);
    assert!(found.account.is_none() && found.session.is_none() && found.client.is_none());
    assert!(found.company.is_none() && found.membership.is_none());

    let consented = make.consented(&session, Some(&membership));
    let full = make.grant(&client, consented);
    tx.accounts().insert(&account).await.unwrap();
    tx.companies().insert(&company).await.unwrap();
    tx.memberships().insert(&membership).await.unwrap();
    tx.clients().put(&client, make.now).await.unwrap();
    tx.sessions().insert(&session).await.unwrap();
    tx.grants().insert(&full).await.unwrap();
    let consent = make.consent(&account, &client);
    tx.consents().put(&consent).await.unwrap();
    tx.commit().await.unwrap();
    let found = reading(&store).await.grants().find_in_context(full.id).await.unwrap().expect("the grant");
    assert_same(&found.grant, &full);
    assert_same(&found.account.expect("the account"), &account);
    assert_same(&found.session.expect("the session"), &session);
    assert_same(&found.company.expect("the company"), &company);
    assert_same(&found.membership.expect("the membership"), &membership);
    assert_same(&found.client.expect("the client"), &client);
    assert_same(&found.consent.expect("the consent"), &consent);
    assert!(
        reading(&store)
            .await
            .grants()
            .find_in_context(make.grant(&client, full.consented).id)
            .await
            .unwrap()
            .is_none()
    );
}
