//! Migrating, and refusing what cannot be: the same on both databases.

use std::time::Duration;

use idp_domain::Timestamp;
use idp_domain::account::PasswordState;
use idp_domain::audit::Place;
use idp_domain::client::Client;
use idp_domain::code::CodeState;
use idp_domain::delivery::DeliveryState;
use idp_domain::grant::RevocationReason;
use idp_domain::invitation::Invitation;
use idp_domain::outbox::{Letter, OutboxMail};
use idp_domain::ports::Store as _;
use idp_domain::session::Session;
use idp_migration::{SchemaError, SchemaState, migrate, status};
use idp_storage::{DatabaseOptions, SqlStore};
use idp_testkit::Samples;

use crate::support::database::TestDatabase;

async fn open(database: &TestDatabase) -> SqlStore {
    let options = DatabaseOptions { url: database.url().to_owned(), max_connections: 2 };
    SqlStore::connect(&options).await.expect("a second store on the same database")
}

async fn refuses_a_newer_database(database: TestDatabase) {
    let store = open(&database).await;
    assert_eq!(status(store.connection()).await.unwrap(), SchemaState::Current);
    assert_eq!(
        migrate(store.connection()).await.unwrap(),
        Vec::<String>::new(),
        "migrating twice is nothing"
    );

    let sql = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_flying_cars', 0)";
    database.execute(sql).await;
    let unknown = vec!["m20990101_000001_flying_cars".to_owned()];
    let ahead = SchemaState::Ahead { unknown };
    assert_eq!(status(store.connection()).await.unwrap(), ahead);
    let refused = migrate(store.connection()).await;
    assert!(matches!(&refused, Err(SchemaError::Ahead { .. })), "{refused:?}");
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("newer than this program") && text.contains("flying_cars"), "{text}");

    let sql = "DELETE FROM seaql_migrations WHERE version LIKE '%flying_cars' OR version LIKE '%idempotency'";
    database.execute(sql).await;
    let pending = vec!["m20261121_000011_idempotency".to_owned()];
    assert_eq!(status(store.connection()).await.unwrap(), SchemaState::Behind { pending });
}

#[tokio::test]
async fn a_newer_sqlite_file_is_refused_and_an_older_one_is_recognised() {
    refuses_a_newer_database(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_newer_postgres_database_is_refused_and_an_older_one_is_recognised() {
    refuses_a_newer_database(TestDatabase::postgres().await).await;
}

#[tokio::test]
async fn an_empty_database_says_so_and_does_not_answer_a_ping() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("new.sqlite").display());
    let store = SqlStore::connect(&DatabaseOptions { url, max_connections: 2 }).await.unwrap();
    assert_eq!(status(store.connection()).await.unwrap(), SchemaState::Empty);
    assert!(store.ping().await.is_err());
    let applied = migrate(store.connection()).await.unwrap();
    assert_eq!(applied.first().map(String::as_str), Some("m20261121_000001_accounts"));
    assert_eq!(status(store.connection()).await.unwrap(), SchemaState::Current);
    store.ping().await.unwrap();
}

#[tokio::test]
async fn an_url_that_is_none_of_ours_is_refused_in_words() {
    for url in ["mysql://localhost/idp", "sqlite::memory:", "", "postgres//x"] {
        let refused = SqlStore::connect(&DatabaseOptions { url: url.to_owned(), max_connections: 2 }).await;
        assert!(refused.is_err(), "{url}");
    }
}

/// Takes back what came after the eleven migrations of the first release. Every row that is left is as that release wrote
/// it: nothing in it was asked of a column that is gone.
const FIRST_RELEASE: &str = r#"
    DROP TABLE client_logos;
    DROP TABLE registrations;
    DROP TABLE initial_tokens;
    ALTER TABLE grants DROP COLUMN bound_key;
    DROP TABLE pushed_requests;
    DROP TABLE device_grants;
    DROP TABLE company_choices;
    DROP INDEX grants_switched_from;
    ALTER TABLE grants DROP COLUMN switched_from;
    ALTER TABLE grants DROP COLUMN computer;
    DROP TABLE mail_turns;
    DROP TABLE member_persons;
    ALTER TABLE memberships DROP COLUMN other_persons;
    DROP TABLE bulk_rows;
    DROP TABLE bulk_batches;
    DROP TABLE client_origins;
    DROP TABLE company_slugs;
    DROP TABLE company_logos;
    DROP INDEX memberships_company_name_key_id;
    ALTER TABLE memberships DROP COLUMN name_key;
    ALTER TABLE memberships DROP COLUMN joined_at;
    ALTER TABLE memberships DROP COLUMN sessions_ended_at;
    ALTER TABLE accounts DROP COLUMN is_operator;
    ALTER TABLE companies DROP COLUMN slug;
    ALTER TABLE companies DROP COLUMN branding;
    ALTER TABLE companies DROP COLUMN search_key;
    ALTER TABLE companies DROP COLUMN logo;
    ALTER TABLE company_codes DROP COLUMN released_at;
    ALTER TABLE clients DROP COLUMN removed_at;
    DROP TABLE consents;
    DROP TABLE pairwise_subjects;
    DROP TABLE revoked_tokens;
    DROP TABLE logout_deliveries;
    DROP TABLE throttles;
    DROP TABLE account_tickets;
    DROP TABLE email_changes;
    DROP TABLE recovery_codes;
    DROP TABLE former_answers;
    DROP TABLE bootstrap_tickets;
    DROP TABLE audit_chains;
    DROP TABLE leases;
    DROP INDEX audit_events_account_id;
    DROP INDEX audit_events_chain_seq;
    DROP INDEX audit_events_unchained;
    ALTER TABLE audit_events DROP COLUMN client;
    ALTER TABLE audit_events DROP COLUMN changes;
    ALTER TABLE audit_events DROP COLUMN chain;
    ALTER TABLE audit_events DROP COLUMN seq;
    ALTER TABLE audit_events DROP COLUMN hash;
    ALTER TABLE outbox DROP COLUMN is_patient;
    ALTER TABLE invitations DROP COLUMN failure;
    DROP INDEX invitations_company_email_canonical;
    ALTER TABLE sessions DROP COLUMN address;
    ALTER TABLE sessions DROP COLUMN user_agent;
    ALTER TABLE accounts DROP COLUMN password_state;
    ALTER TABLE outbox ADD COLUMN kind text;
    ALTER TABLE outbox ADD COLUMN invitation uuid;
    UPDATE outbox SET invitation = (SELECT id FROM invitations);
    UPDATE outbox SET kind = 'activation' WHERE letter LIKE '%"activation"%';
    UPDATE outbox SET kind = 'membership_added' WHERE letter LIKE '%"membership_added"%';
    ALTER TABLE outbox DROP COLUMN letter;
    ALTER TABLE clients DROP COLUMN metadata;
    ALTER TABLE grants DROP COLUMN pairwise;
    ALTER TABLE grants DROP COLUMN claims;
    ALTER TABLE grants DROP COLUMN resources;
    UPDATE authorization_codes SET bound = replace(bound, '"pairwise":null,', '');
    UPDATE authorization_codes SET bound = replace(bound, '"claims":{"userinfo":[],"id_token":[]},', '');
    UPDATE authorization_codes SET bound = replace(bound, '"resources":[],', '');
    UPDATE authorization_codes SET bound = replace(bound, '"key":null,', '');
    DELETE FROM seaql_migrations WHERE version > 'm20261121_000011_idempotency';
"#;

/// Mails of both kinds that the first release knew, in every state.
fn queued_mails(make: &mut Samples, invitation: &Invitation) -> Vec<OutboxMail> {
    let at = make.now;
    let states = [
        DeliveryState::Due { at },
        DeliveryState::Leased { until: at, owner: "node-1".to_owned() },
        DeliveryState::Sent { at },
        DeliveryState::Dead { at, why: "550 no such user".to_owned() },
        DeliveryState::Dropped { at },
        DeliveryState::Due { at },
    ];
    let kinds = [
        Letter::Activation { invitation: invitation.id },
        Letter::MembershipAdded { invitation: invitation.id },
    ];
    let letters = kinds.into_iter().cycle();
    let queued = states.into_iter().zip(letters);
    queued.map(|(state, letter)| OutboxMail { state, letter, attempts: 2, ..make.mail(invitation) }).collect()
}

/// The queue goes on where it was: two mails that were due, and the one whose lease ran out.
async fn waiting_mails_are_sent(store: &SqlStore, now: Timestamp) {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.outbox().depth().await.unwrap(), (3, 1));
    let leased = tx.outbox().lease("node-2", now, now + Duration::from_secs(60), 9).await.unwrap();
    assert_eq!(leased.iter().map(|mail| mail.attempts).collect::<Vec<_>>(), [3; 3]);
    tx.commit().await.unwrap();
}

async fn upgrades_the_first_release(database: TestDatabase) {
    let mut make = Samples::default();
    let (account, company) = (make.active_account(), make.company());
    let membership = make.membership(&account, &company);
    let invitation = make.invitation(&membership, &account);
    let mails = queued_mails(&mut make, &invitation);
    let portal = make.portal(&company);
    let redirect_uris =
        ["https://app.example:8443/a", "https://app.example:8443/b", "com.example.app:/callback"];
    let app = Client { redirect_uris: redirect_uris.map(str::to_owned).to_vec(), ..make.client() };
    let service = Client { redirect_uris: Vec::new(), ..make.client() };
    let session = Session { place: Place::default(), ..make.session(&account).0 };
    let consented = make.consented(&session, Some(&membership));
    let (mut code, _) = make.code(&portal, consented.clone());
    code.bound.key = None;
    let (live, over) = (make.grant(&portal, consented.clone()), make.grant(&app, consented));
    let (token, _) = make.refresh_token(&live);

    let mut tx = database.store().write().await.unwrap();
    tx.accounts().insert(&account).await.unwrap();
    tx.companies().insert(&company).await.unwrap();
    tx.memberships().insert(&membership).await.unwrap();
    tx.invitations().insert(&invitation).await.unwrap();
    for mail in &mails {
        tx.outbox().enqueue(mail).await.unwrap();
    }
    for client in [&portal, &app, &service] {
        tx.clients().put(client, make.now).await.unwrap();
    }
    tx.sessions().insert(&session).await.unwrap();
    tx.codes().insert(&code).await.unwrap();
    for grant in [&live, &over] {
        tx.grants().insert(grant).await.unwrap();
    }
    assert!(tx.grants().revoke(over.id, RevocationReason::LoggedOut, make.now).await.unwrap());
    tx.refresh_tokens().insert(&token).await.unwrap();
    tx.commit().await.unwrap();

    database.execute(FIRST_RELEASE).await;
    for newer in ["pairwise", "claims", "key"] {
        let sql = format!("SELECT count(*) FROM authorization_codes WHERE bound LIKE '%\"{newer}\"%'");
        assert_eq!(database.count(&sql).await, 0, "{newer}");
    }
    let store = open(&database).await;
    let SchemaState::Behind { pending } = status(store.connection()).await.unwrap() else {
        panic!("the first release is behind")
    };
    assert_eq!(migrate(store.connection()).await.unwrap(), pending);
    assert_eq!(status(store.connection()).await.unwrap(), SchemaState::Current);

    let mut tx = store.read().await.unwrap();
    assert_eq!(tx.clients().list().await.unwrap(), [portal, app, service]);
    for origin in ["https://client.example", "https://app.example:8443"] {
        assert!(tx.clients().is_origin_known(origin).await.unwrap(), "{origin}");
    }
    assert!(!tx.clients().is_origin_known("https://app.example").await.unwrap());
    let found = tx.codes().find(code.id).await.unwrap().expect("the code");
    assert_eq!((&found.bound, found.state), (&code.bound, CodeState::Issued));
    let families = tx.grants().list_of_session(session.id).await.unwrap();
    let [first, second] = families.as_slice() else { panic!("{families:?}") };
    assert_eq!((&first.consented, first.revoked), (&live.consented, None));
    assert_eq!(second.revoked.map(|revocation| revocation.why), Some(RevocationReason::LoggedOut));
    assert!(tx.refresh_tokens().find(token.id).await.unwrap().is_some());
    let named = tx.companies().list(&["maple".to_owned()], None, 10).await.unwrap();
    assert_eq!(named.iter().map(|found| found.id).collect::<Vec<_>>(), [company.id]);
    for mail in mails {
        assert_eq!(tx.outbox().find(mail.id).await.unwrap(), Some(mail));
    }
    let person = tx.accounts().find(account.id).await.unwrap().expect("the person");
    assert_eq!((person.password_state, person.state), (PasswordState::Sound, account.state));
    let open = tx.sessions().list_open_of_account(account.id).await.unwrap();
    let places: Vec<_> = open.into_iter().map(|open| (open.id, open.place)).collect();
    assert_eq!(places, [(session.id, Place::default())]);
    waiting_mails_are_sent(&store, make.now).await;
    let memberships = tx.memberships().list_of_account(account.id).await.unwrap();
    assert_eq!(memberships.into_iter().map(|found| found.id).collect::<Vec<_>>(), [membership.id]);
}

#[tokio::test]
async fn a_sqlite_file_of_the_first_release_upgrades_and_loses_nothing() {
    upgrades_the_first_release(TestDatabase::sqlite().await).await;
}

#[tokio::test]
async fn a_postgres_database_of_the_first_release_upgrades_and_loses_nothing() {
    upgrades_the_first_release(TestDatabase::postgres().await).await;
}
