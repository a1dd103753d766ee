//! What `idp audit verify` can tell beside broken places: a log that was emptied, a key that is not this database's, and
//! every event although some get their place meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use idp_domain::ports::{Store, StoreError, Tx};
use idp_keys::{MasterKey, MasterKeys, Ring};
use idp_service::Env;
use idp_service::audit_log::{self, Noted, VerifyError};

use super::{broken, chain, event, record, verify};
use crate::support::app::TestApp;
use crate::support::on_each_database;

/// The same provider, asked by somebody with another master key of the same name.
fn with_another_key(app: &TestApp) -> Env {
    let key = MasterKey { id: "test".to_owned(), secret: idp_domain::Secret::new([7; 32]) };
    let masters = Arc::new(MasterKeys::new(vec![key]).unwrap());
    Env { keyring: Arc::new(Ring::new(masters.clone())), sealer: masters, ..app.env.clone() }
}

/// A store in which the waiting events get their place right before one of the reads: the `left`th from now.
struct Hasty {
    app: Env,
    left: AtomicUsize,
}

#[async_trait]
impl Store for Hasty {
    async fn read(&self) -> Result<Box<dyn Tx>, StoreError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            audit_log::chain(&self.app, "test").await.expect("events are tied in");
        }
        self.app.store.read().await
    }

    async fn write(&self) -> Result<Box<dyn Tx>, StoreError> {
        self.app.store.write().await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.app.store.ping().await
    }
}

on_each_database! {
    /// All events and all chains deleted, the count of the chains with them: nothing is left that could be broken, and that is
    /// what shows.
    async fn an_emptied_log_is_told_from_a_new_one(app) {
        record(&app, Some(&app.maple), 3).await;
        chain(&app).await;
        app.database().execute("DELETE FROM audit_events; DELETE FROM audit_chains").await;
        let report = verify(&app).await;
        assert!(report.emptied && !report.is_intact() && !report.is_blank(), "{report:?}");
        let only = audit_log::verify(&app.env, Some(Some(app.maple.id).into()), &Noted::new()).await.unwrap();
        assert!(only.emptied && !only.is_intact(), "{only:?}");

        app.database().execute("DELETE FROM company_codes; DELETE FROM company_slugs; DELETE FROM client_origins; DELETE FROM clients; \
                                DELETE FROM companies; DELETE FROM signing_keys").await;
        let report = verify(&app).await;
        assert!(report.is_blank() && report.is_intact(), "{report:?}");
    }

    /// An event that waits is a log that is not empty.
    async fn a_log_that_only_waits_is_not_an_emptied_one(app) {
        record(&app, Some(&app.maple), 1).await;
        let report = verify(&app).await;
        assert!(!report.emptied && !report.is_blank() && report.is_intact(), "{report:?}");
    }

    /// With another key every seal looks broken: that is no break-in. Where one thing is ours, the key is right, and the
    /// others were changed.
    async fn a_foreign_master_key_is_no_break_in(app) {
        record(&app, Some(&app.maple), 3).await;
        chain(&app).await;
        let foreign = with_another_key(&app);
        let told = audit_log::verify(&foreign, None, &Noted::new()).await;
        assert!(matches!(told, Err(VerifyError::ForeignMasterKey)), "{told:?}");

        app.database().execute("UPDATE signing_keys SET sealed = 'x'").await;
        assert_eq!(broken(&verify(&app).await), [""; 0], "the seals are ours");
        app.database().execute("UPDATE audit_chains SET head_seq = 2 WHERE head_seq = 3").await;
        assert_eq!(broken(&verify(&app).await), [format!("{} 2 Ends", app.maple.id)]);
    }

    /// The worker ties events in whenever it likes: told of twice, or once, but never not at all.
    async fn an_event_that_gets_its_place_meanwhile_is_told_of(app) {
        record(&app, Some(&app.maple), 1).await;
        chain(&app).await;
        for read in 0..8 {
            let before = verify(&app).await;
            let before = before.findings.iter().map(|finding| finding.events).sum::<u64>();
            app.advance(std::time::Duration::from_millis(1));
            let mut tx = app.env.store.write().await.unwrap();
            tx.audit().record(&event(&app, Some(&app.maple))).await.unwrap();
            tx.commit().await.unwrap();
            let store = Hasty { app: app.env.clone(), left: AtomicUsize::new(read) };
            let env = Env { store: Arc::new(store), ..app.env.clone() };
            let report = audit_log::verify(&env, None, &Noted::new()).await.unwrap();
            let told = report.findings.iter().map(|finding| finding.events).sum::<u64>() + report.unchained;
            assert!(told > before, "tied in before read {read}: {report:?}");
            assert!(report.is_intact(), "{report:?}");
            chain(&app).await;
        }
    }
}
