//! What only the operator does (`company.md` section 4): looks at an account as it is at every agency, switches it off and
//! on, and registers clients that belong to no agency. Never shows a hash, an answer or a link.

use std::fmt;

use idp_domain::account::{Account, RequiredAction};
use idp_domain::audit::AuditAction;
use idp_domain::company::Company;
use idp_domain::email::EmailAddress;
use idp_domain::grant::RevocationReason;
use idp_domain::id::AccountId;
use idp_domain::member::Membership;
use idp_domain::ports::{StoreError, Tx};
use idp_domain::throttle::{Bucket, Lock};

use crate::authority::OperatorScope;
use crate::clients::{self, ClientError, ClientView, NewClient};
use crate::env::{Env, Queue};
use crate::fault::Fault;
use crate::new_password::agencies;
use crate::session;

/// How an operator names an account: by user name or by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountRef {
    UserName(EmailAddress),
    Id(AccountId),
}

/// The text names no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account is named by its e-mail address or its id, such as acc_018f...")]
pub struct NotAnAccount;

impl AccountRef {
    /// # Errors
    /// [`NotAnAccount`].
    pub fn parse(text: &str) -> Result<Self, NotAnAccount> {
        match text.trim().parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) => EmailAddress::parse(text).map(Self::UserName).map_err(|_| NotAnAccount),
        }
    }
}

impl fmt::Display for AccountRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserName(user_name) => f.write_str(user_name.as_str()),
            Self::Id(id) => id.fmt(f),
        }
    }
}

/// Why nothing was done about an account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("there is no account {0}")]
    Unknown(AccountRef),
    #[error("the account {0} is not active, so there is nothing to switch off")]
    NotActive(AccountRef),
    #[error("the account {0} is not disabled, so there is nothing to switch on")]
    NotDisabled(AccountRef),
    #[error(transparent)]
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for AccountError {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}

/// An account as the operator sees it.
#[derive(Debug)]
pub struct AccountOverview {
    pub account: Account,
    /// Every agency, also those the person left.
    pub agencies: Vec<(Company, Membership)>,
    /// Why no password is looked at, from a browser in which the person never logged in.
    pub log_in_lock: Option<Lock>,
    /// The same for answers and saved codes.
    pub recovery_lock: Option<Lock>,
    /// What the next log-in asks for first.
    pub required_action: Option<RequiredAction>,
}

/// Looks at an account.
///
/// # Errors
/// [`AccountError::Unknown`], [`Fault`].
pub async fn look(
    env: &Env,
    _operator: &OperatorScope,
    named: &AccountRef,
) -> Result<AccountOverview, AccountError> {
    let mut tx = env.store.read().await?;
    let account = find(&mut *tx, named).await?;
    let agencies = agencies(&mut *tx, &account).await?;
    let (policy, now) = (&env.policy, env.now());
    let guesses = tx.throttles().find(account.id, Bucket::Strangers).await?;
    let log_in_lock = guesses.and_then(|guesses| guesses.lock(&policy.password_guesses, now));
    let guesses = tx.throttles().find(account.id, Bucket::Recovery).await?;
    let recovery_lock = guesses.and_then(|guesses| guesses.lock(&policy.recovery_guesses, now));
    let required_action = account.required_action(policy.questions).filter(|_| account.is_active());
    Ok(AccountOverview { account, agencies, log_in_lock, recovery_lock, required_action })
}

/// Switches the account off, at every agency: whatever is open in the person's name ends at once, and its clients are told.
///
/// # Errors
/// [`AccountError`].
pub async fn disable(
    env: &Env,
    operator: &OperatorScope,
    named: &AccountRef,
) -> Result<Account, AccountError> {
    match disable_once(env, operator, named).await {
        // The person changed something at this very moment: look again, once.
        Err(AccountError::Fault(Fault::Store(StoreError::Stale))) => disable_once(env, operator, named).await,
        other => other,
    }
}

async fn disable_once(
    env: &Env,
    operator: &OperatorScope,
    named: &AccountRef,
) -> Result<Account, AccountError> {
    let now = env.now();
    let mut tx = env.store.write().await?;
    let account = lock(&mut *tx, named).await?;
    let Ok(disabled) = account.disable(now) else { return Err(AccountError::NotActive(named.clone())) };
    session::end_all(env, &mut *tx, disabled.id, None, RevocationReason::AccountDisabled).await?;
    tx.accounts().update(&disabled).await?;
    record(env, &mut *tx, operator, AuditAction::AccountDisabled, &disabled).await?;
    tx.commit().await?;
    env.bell.ring(Queue::Logout);
    Ok(disabled)
}

/// Switches the account on again, with the password it had. What was ended stays ended.
///
/// # Errors
/// [`AccountError`].
pub async fn enable(
    env: &Env,
    operator: &OperatorScope,
    named: &AccountRef,
) -> Result<Account, AccountError> {
    let mut tx = env.store.write().await?;
    let account = lock(&mut *tx, named).await?;
    let Ok(enabled) = account.enable(env.now()) else { return Err(AccountError::NotDisabled(named.clone())) };
    tx.accounts().update(&enabled).await?;
    record(env, &mut *tx, operator, AuditAction::AccountEnabled, &enabled).await?;
    tx.commit().await?;
    Ok(enabled)
}

/// Registers a client that belongs to no agency.
///
/// # Errors
/// [`ClientError`]; nothing half-done stays behind.
pub async fn register_client(
    env: &Env,
    operator: &OperatorScope,
    new: &NewClient,
) -> Result<ClientView, ClientError> {
    let mut tx = env.store.write().await?;
    let made = clients::create_in(env, &mut *tx, operator.caller(), None, new).await?;
    tx.commit().await?;
    Ok(made)
}

async fn find(tx: &mut dyn Tx, named: &AccountRef) -> Result<Account, AccountError> {
    let found = match named {
        AccountRef::UserName(user_name) => tx.accounts().find_by_user_name(user_name).await?,
        AccountRef::Id(id) => tx.accounts().find(*id).await?,
    };
    found.ok_or_else(|| AccountError::Unknown(named.clone()))
}

/// The account as it is now, with nothing else given out in its name until the transaction ends.
async fn lock(tx: &mut dyn Tx, named: &AccountRef) -> Result<Account, AccountError> {
    let id = find(tx, named).await?.id;
    tx.accounts().lock(id).await?;
    find(tx, &AccountRef::Id(id)).await
}

async fn record(
    env: &Env,
    tx: &mut dyn Tx,
    operator: &OperatorScope,
    action: AuditAction,
    account: &Account,
) -> Result<(), Fault> {
    Ok(tx.audit().record(&operator.caller().event(env, action).account(account.id)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_by_its_address_or_its_id() {
        let id = "acc_00000000000040008000000000000007";
        let named = AccountRef::parse(&format!(" {id} "));
        assert!(matches!(named, Ok(AccountRef::Id(found)) if found.to_string() == id));
        let named = AccountRef::parse("Frank.Jones@example.com").map(|named| named.to_string());
        assert_eq!(named.as_deref(), Ok("Frank.Jones@example.com"));
        for broken in ["", "frank", "acc_7"] {
            assert_eq!(AccountRef::parse(broken), Err(NotAnAccount), "{broken}");
        }
    }
}
