//! The suite of the port `Store`: one file per area, each case a sentence about the port.

pub mod account_tickets;
pub mod accounts;
pub mod audit_chains;
pub mod batches;
pub mod bootstrap_tickets;
pub mod client_logos;
pub mod clients;
pub mod codes;
pub mod companies;
pub mod company_choices;
pub mod consents;
pub mod device_grants;
pub mod email_changes;
pub mod grants;
pub mod logos;
pub mod logouts;
pub mod mail_turns;
pub mod member_list;
pub mod memberships;
pub mod outbox;
pub mod pushed_requests;
mod queue;
pub mod records;
pub mod recovery_codes;
pub mod refresh_tokens;
pub mod registrations;
pub mod revoked_tokens;
pub mod roster;
pub mod sessions;
pub mod signing_keys;
pub mod subjects;
pub mod throttles;
pub mod tickets;
pub mod transactions;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use idp_domain::account::Account;
use idp_domain::company::Company;
use idp_domain::invitation::Invitation;
use idp_domain::member::Membership;
use idp_domain::ports::{Store, Tx};
use tokio::task::JoinSet;

use crate::Samples;

type Db = Arc<dyn Store>;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
/// How many contend in a race.
const CONTENDERS: u32 = 20;

async fn writing(store: &Db) -> Box<dyn Tx> {
    store.write().await.expect("a write transaction")
}

async fn reading(store: &Db) -> Box<dyn Tx> {
    store.read().await.expect("a read transaction")
}

/// Runs every contender in a task of its own, at once, and returns what each came to.
pub(super) async fn race<T, F>(contenders: u32, contender: impl Fn(u32) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut tasks = JoinSet::new();
    for n in 0..contenders {
        tasks.spawn(contender(n));
    }
    tasks.join_all().await
}

fn wins(results: &[bool]) -> usize {
    results.iter().filter(|won| **won).count()
}

/// Compares everything that may be shown of two values; what may not, such as digests, is compared by itself.
#[track_caller]
fn assert_same<T: Debug>(left: &T, right: &T) {
    assert_eq!(format!("{left:?}"), format!("{right:?}"));
}

/// A person who was invited by a company, stored.
struct Scene {
    account: Account,
    company: Company,
    membership: Membership,
    invitation: Invitation,
}

impl Scene {
    async fn stored(store: &Db, make: &mut Samples) -> Self {
        let (account, company) = (make.account(), make.company());
        let membership = make.membership(&account, &company);
        let invitation = make.invitation(&membership, &account);
        let mut tx = writing(store).await;
        tx.accounts().insert(&account).await.unwrap();
        tx.companies().insert(&company).await.unwrap();
        tx.memberships().insert(&membership).await.unwrap();
        tx.invitations().insert(&invitation).await.unwrap();
        tx.commit().await.unwrap();
        Self { account, company, membership, invitation }
    }
}
