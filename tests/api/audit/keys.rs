//! The seals of the chains and the master keys: an older one still counts, and is replaced while it is there.

use idp_service::audit_log;

use super::{broken, chain, record, verify};
use crate::support::app::MASTER;
use crate::support::on_each_database;

on_each_database! {
    /// A new master key, the old one still there: the seals hold, are made anew, and hold without the old one.
    async fn seals_outlive_the_master_key_they_were_made_under(app) {
        record(&app, Some(&app.maple), 2).await;
        record(&app, None, 2).await;
        chain(&app).await;
        let app = app.restarted_with(&["second", MASTER]).await;
        assert_eq!(broken(&verify(&app).await), [""; 0]);
        assert_eq!(audit_log::seal_anew(&app.env).await.unwrap(), 2);
        assert_eq!(audit_log::seal_anew(&app.env).await.unwrap(), 0);
        let app = app.restarted_with(&["second"]).await;
        assert_eq!(broken(&verify(&app).await), [""; 0]);
        record(&app, Some(&app.maple), 1).await;
        chain(&app).await;
        assert_eq!(broken(&verify(&app).await), [""; 0]);
    }

    /// A forged chain is not made genuine by a new key.
    async fn a_seal_that_was_never_ours_is_not_made_anew(app) {
        record(&app, Some(&app.maple), 2).await;
        chain(&app).await;
        app.database().execute("UPDATE audit_chains SET head_seq = 1 WHERE head_seq = 2").await;
        let before = broken(&verify(&app).await);
        assert_eq!(before, [format!("{} 1 Ends", app.maple.id)]);
        let app = app.restarted_with(&["second", MASTER]).await;
        audit_log::seal_anew(&app.env).await.unwrap();
        assert_eq!(broken(&verify(&app).await), before);
    }
}
