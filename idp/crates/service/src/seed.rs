//! Loading a seed: companies, clients and already activated test accounts for integrators' rigs. Safe to repeat.

use std::collections::BTreeSet;

use idp_domain::account::{Account, AccountState};
use idp_domain::audit::{Actor, AuditAction, AuditEvent};
use idp_domain::claims::Profile;
use idp_domain::client::Client;
use idp_domain::company::{Company, CompanyRef};
use idp_domain::email::EmailAddress;
use idp_domain::id::{AccountId, CompanyId};
use idp_domain::member::{Membership, MembershipState, Particulars};
use idp_domain::password::Password;
use idp_domain::ports::Tx;
use idp_domain::question::{Answer, EnrolledAnswer, QuestionId};

use crate::env::Env;
use crate::fault::Fault;

/// What a seed file holds, parsed and checked.
#[derive(Debug, Default)]
pub struct Seed {
    pub companies: Vec<Company>,
    pub clients: Vec<Client>,
    pub accounts: Vec<SeedAccount>,
}

/// An account that can log in at once.
#[derive(Debug)]
pub struct SeedAccount {
    pub user_name: EmailAddress,
    pub profile: Profile,
    pub password: Password,
    /// Three answers, or none when the person is to be asked at the first log-in.
    pub answers: Vec<(QuestionId, Answer)>,
    pub memberships: Vec<(CompanyRef, Particulars)>,
}

/// What was added; what was there already is left as it is, clients excepted: they are replaced. An account that was there
/// becomes a member of companies that were not: nobody can have taken it out of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seeded {
    pub companies: usize,
    pub clients: usize,
    pub accounts: usize,
}

/// Why a seed was refused; nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("{user_name} names the company {company:?}, which is neither in the seed nor in the database")]
    UnknownCompany { user_name: String, company: String },
    #[error(transparent)]
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for SeedError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// Stores the seed in one transaction.
///
/// # Errors
/// [`SeedError`].
pub async fn load(env: &Env, seed: &Seed) -> Result<Seeded, SeedError> {
    let now = env.now();
    let mut hashed = Vec::with_capacity(seed.accounts.len());
    for account in &seed.accounts {
        hashed.push(prepare(env, account).await?);
    }
    let mut tx = env.store.write().await?;
    let mut seeded = Seeded::default();
    let event = |action| AuditEvent::new(action, Actor::System, now, env.entropy());
    let mut founded = BTreeSet::new();
    for company in &seed.companies {
        if tx.companies().find_by_ref(&CompanyRef::Code(company.code.clone())).await?.is_none() {
            tx.companies().insert(company).await?;
            let created = event(AuditAction::CompanyCreated).company(company.id).subject(company.id);
            tx.audit().record(&created).await?;
            founded.insert(company.id);
            seeded.companies += 1;
        }
    }
    for client in &seed.clients {
        tx.clients().put(client, now).await?;
        seeded.clients += 1;
    }
    for (source, (account, answers)) in seed.accounts.iter().zip(hashed) {
        let known = tx.accounts().find_by_user_name(&source.user_name).await?;
        if known.is_none() {
            tx.accounts().insert(&account).await?;
            tx.answers().replace(account.id, &answers).await?;
            seeded.accounts += 1;
        }
        let is_new = known.is_none();
        let account = known.map_or(account.id, |known| known.id);
        employ(env, &mut *tx, source, account, |company| is_new || founded.contains(&company)).await?;
    }
    tx.audit().record(&event(AuditAction::Seeded)).await?;
    tx.commit().await?;
    Ok(seeded)
}

async fn prepare(env: &Env, source: &SeedAccount) -> Result<(Account, Vec<EnrolledAnswer>), Fault> {
    let now = env.now();
    let mut account = Account::invite(source.user_name.clone(), source.profile.clone(), now, env.entropy());
    account.state = AccountState::Active { since: now, password: env.hasher.hash(&source.password).await? };
    account.email_verified = true;
    account.credential_version = 1;
    account.questions_enrolled = !source.answers.is_empty();
    let mut answers = Vec::new();
    for (question, answer) in &source.answers {
        let hash = env.hasher.hash(&answer.keyed(account.id, *question)).await?;
        answers.push(EnrolledAnswer { account: account.id, question: *question, hash, enrolled_at: now });
    }
    Ok((account, answers))
}

/// Makes the account a member of those of its companies.
async fn employ(
    env: &Env,
    tx: &mut dyn Tx,
    source: &SeedAccount,
    account: AccountId,
    is_wanted: impl Fn(CompanyId) -> bool,
) -> Result<(), SeedError> {
    let now = env.now();
    for (company, particulars) in &source.memberships {
        let found = tx.companies().find_by_ref(company).await?.ok_or_else(|| SeedError::UnknownCompany {
            user_name: source.user_name.to_string(),
            company: format!("{company:?}"),
        })?;
        if !is_wanted(found.id) {
            continue;
        }
        let mut membership = Membership::invite(account, found.id, particulars.clone(), now, env.entropy());
        membership.state = MembershipState::Active { since: now };
        membership.joined_at = Some(now);
        tx.memberships().insert(&membership).await?;
    }
    Ok(())
}
