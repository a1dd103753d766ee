//! Refresh tokens and keys: RFC 9449 sections 5 and 11.2; `protocol.md`, "Token endpoint": the grace of a rotation is for the same
//! client and the same key.

use futures::future::{join, join_all};
use idp_domain::client::ClientId;

use super::super::{FRANK, SECOND, register};
use super::{INVALID_GRANT, Sender, refresh_token};
use crate::support::app::{PASSWORD, TestApp};
use crate::support::dpop::DpopKey;
use crate::support::on_each_database;
use crate::support::relying_party::{Answer, RelyingParty};

/// Whether the family has ended.
async fn is_revoked(app: &TestApp) -> bool {
    app.count("SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL").await == 0
}

/// The same refresh token was handed out.
fn assert_same(one: &Answer, other: &Answer) {
    assert_eq!(refresh_token(one), refresh_token(other));
}

on_each_database! {
    /// RFC 9449 section 5: bound for good. Who has stolen the token has used nothing up.
    async fn a_public_clients_refresh_token_is_bound_to_its_key(app) {
        app.enrol(FRANK).await;
        let sender = Sender::public(&app).await;
        let key = DpopKey::new();
        let mut tokens = sender.tokens(Some(&key)).await;
        for _ in 0..3 {
            let stolen = refresh_token(&tokens).to_owned();
            for thief in [None, Some(&DpopKey::new())] {
                assert_eq!(sender.refresh(&stolen, thief).await.error(), INVALID_GRANT);
            }
            app.advance(SECOND * 20);
            tokens = sender.refresh(&stolen, Some(&key)).await;
            sender.assert_bound(&tokens, &key).await;
        }
    }

    /// `protocol.md`: two tabs of one app get the same successor; whoever has another key was never one of them.
    async fn the_grace_of_a_rotation_is_for_the_same_key(app) {
        app.enrol(FRANK).await;
        let sender = Sender::public(&app).await;
        let (key, thief) = (DpopKey::new(), DpopKey::new());
        for thief in [None, Some(&thief)] {
            let first = sender.tokens(Some(&key)).await;
            let second = sender.refresh(refresh_token(&first), Some(&key)).await;
            assert_same(&second, &sender.refresh(refresh_token(&first), Some(&key)).await);
            assert_eq!(sender.refresh(refresh_token(&first), thief).await.error(), INVALID_GRANT);
            assert!(is_revoked(&app).await, "a token that was used up came from somebody else");
            assert_eq!(sender.refresh(refresh_token(&second), Some(&key)).await.error(), INVALID_GRANT);
        }
    }

    /// The same as a race: twenty tabs are one.
    async fn twenty_tabs_with_one_key_get_one_successor(app) {
        app.enrol(FRANK).await;
        let sender = Sender::public(&app).await;
        let key = DpopKey::new();
        let tokens = sender.tokens(Some(&key)).await;
        let answers = join_all((0..20).map(|_| sender.refresh(refresh_token(&tokens), Some(&key)))).await;
        for answer in &answers {
            assert_same(answer, &answers[0]);
            sender.assert_bound(answer, &key).await;
        }
        assert!(!is_revoked(&app).await);
    }

    /// RFC 9449 section 5: a public client that shows a key is bound to it from then on; the grace of the rotation, too.
    async fn a_public_client_is_bound_by_its_first_proof(app) {
        app.enrol(FRANK).await;
        let sender = Sender::public(&app).await;
        let key = DpopKey::new();
        let unbound = sender.tokens(None).await;
        let bound = sender.refresh(refresh_token(&unbound), Some(&key)).await;
        sender.assert_bound(&bound, &key).await;
        assert_same(&bound, &sender.refresh(refresh_token(&unbound), Some(&key)).await);
        for thief in [None, Some(&DpopKey::new())] {
            assert_eq!(sender.refresh(refresh_token(&bound), thief).await.error(), INVALID_GRANT);
        }
        sender.assert_bound(&sender.refresh(refresh_token(&bound), Some(&key)).await, &key).await;
    }

    /// A thief who brings a key of their own does not make the theft invisible: the victim's own refresh ends the family.
    async fn a_thief_who_binds_a_stolen_token_is_found_out(app) {
        app.enrol(FRANK).await;
        let sender = Sender::public(&app).await;
        let thief = DpopKey::new();
        let stolen = sender.tokens(None).await;
        let theirs = sender.refresh(refresh_token(&stolen), Some(&thief)).await;
        sender.assert_bound(&theirs, &thief).await;
        assert_eq!(sender.refresh(refresh_token(&stolen), None).await.error(), INVALID_GRANT);
        assert!(is_revoked(&app).await);
        assert_eq!(sender.refresh(refresh_token(&theirs), Some(&thief)).await.error(), INVALID_GRANT);
    }

    /// RFC 9700 section 4.14.2 as a race: whoever of the two comes second, the family does not go on with the thief's key.
    async fn a_thief_who_binds_at_the_same_moment_is_found_out(app) {
        app.enrol(FRANK).await;
        let sender = Sender::public(&app).await;
        for round in 0..12 {
            let (stolen, thief) = (sender.tokens(None).await, DpopKey::new());
            let (owners, theirs) = join(
                sender.refresh(refresh_token(&stolen), None),
                sender.refresh(refresh_token(&stolen), Some(&thief)),
            )
            .await;
            assert!([&owners, &theirs].iter().any(|it| it.status == 400), "{round}: {owners:?} {theirs:?}");
            assert!(is_revoked(&app).await, "{round}: {owners:?} {theirs:?}");
        }
    }

    /// The same of twenty keys: the winner does not simply go on.
    async fn of_twenty_keys_at_once_none_has_the_family(app) {
        app.enrol(FRANK).await;
        let sender = Sender::public(&app).await;
        let stolen = sender.tokens(None).await;
        let keys: Vec<DpopKey> = (0..20).map(|_| DpopKey::new()).collect();
        let answers = join_all(keys.iter().map(|key| sender.refresh(refresh_token(&stolen), Some(key)))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(is_revoked(&app).await);
        for (answer, key) in answers.iter().zip(&keys).filter(|(answer, _)| answer.status == 200) {
            assert_eq!(sender.refresh(refresh_token(answer), Some(key)).await.error(), INVALID_GRANT);
        }
    }

    /// The grace is for the same sender: a key that is shown for the first time is another one's.
    async fn the_grace_of_a_rotation_without_a_key_is_for_no_key(app) {
        app.enrol(FRANK).await;
        let sender = Sender::public(&app).await;
        let stolen = sender.tokens(None).await;
        let owners = sender.refresh(refresh_token(&stolen), None).await;
        assert_same(&owners, &sender.refresh(refresh_token(&stolen), None).await);
        assert_eq!(sender.refresh(refresh_token(&stolen), Some(&DpopKey::new())).await.error(), INVALID_GRANT);
        assert!(is_revoked(&app).await);
    }

    /// RFC 9449 section 5: a confidential client's refresh token is bound to the client, which may change its key.
    async fn a_confidential_client_may_change_its_key(app) {
        app.enrol(FRANK).await;
        let sender = Sender::confidential(&app);
        let mut tokens = sender.tokens(Some(&DpopKey::new())).await;
        for _ in 0..2 {
            let key = DpopKey::new();
            tokens = sender.refresh(refresh_token(&tokens), Some(&key)).await;
            sender.assert_bound(&tokens, &key).await;
        }
        sender.assert_unbound(&sender.refresh(refresh_token(&tokens), None).await).await;
    }

    /// `company.md` section 3: what was switched to is bound like what it was switched from.
    async fn a_switch_keeps_to_the_key(app) {
        register(&app, |client| {
            client.id = ClientId::parse("care").unwrap();
            client.company = None;
            client.initiate_login_uri = None;
            client.may_switch_company = true;
            client.auth_method = idp_domain::client::AuthMethod::None;
            client.secrets.clear();
        })
        .await;
        app.enrol(FRANK).await;
        app.advance(SECOND);
        app.other_admin().create(FRANK).await;
        let birch = RelyingParty::new(&app, "portal.22222", "https://birch.example/callback");
        birch.tokens(&mut app.browser(), FRANK, PASSWORD).await;
        app.advance(SECOND);
        let client = RelyingParty::new(&app, "care", super::CALLBACK).with("company", "99999");
        let sender = Sender { app: &app, client, is_public: true };
        let key = DpopKey::new();
        let maple = sender.tokens(Some(&key)).await;
        let to_birch =
            [("grant_type", "refresh_token"), ("refresh_token", refresh_token(&maple)), ("company", "22222")];
        for thief in [None, Some(&DpopKey::new())] {
            assert_eq!(sender.token(&to_birch, thief).await.error(), INVALID_GRANT);
        }
        let birch = sender.token(&to_birch, Some(&key)).await;
        sender.assert_bound(&birch, &key).await;
        assert_same(&birch, &sender.token(&to_birch, Some(&key)).await);
        for thief in [None, Some(&DpopKey::new())] {
            assert_eq!(sender.refresh(refresh_token(&birch), thief).await.error(), INVALID_GRANT);
        }
        sender.assert_bound(&sender.refresh(refresh_token(&birch), Some(&key)).await, &key).await;
    }
}
