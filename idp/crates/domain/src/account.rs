//! A person's account: user name, credential and state, the same for every agency (R1, R2).

use serde::{Deserialize, Serialize};

use crate::claims::Profile;
use crate::email::EmailAddress;
use crate::id::AccountId;
use crate::password::PasswordHash;
use crate::{Entropy, Timestamp};

/// Where an account is in its life (`company.md` section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AccountState {
    /// Created by an office; no password yet.
    Invited,
    Active {
        since: Timestamp,
        password: PasswordHash,
    },
    /// Switched off by the operator, at every agency.
    Disabled {
        at: Timestamp,
        password: Option<PasswordHash>,
    },
    Closed {
        at: Timestamp,
    },
}

/// The transition does not exist from the account's present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the account is in the wrong state for this")]
pub struct WrongState;

/// One person. `version` counts stored changes and guards every update.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub user_name: EmailAddress,
    pub email_verified: bool,
    pub profile: Profile,
    pub state: AccountState,
    /// Counts changes of the password; links bound to an older one are dead (L3).
    pub credential_version: i64,
    /// Whether three security questions are enrolled (R48).
    pub questions_enrolled: bool,
    pub created_at: Timestamp,
    pub last_sign_in: Option<Timestamp>,
    pub version: i64,
}

/// What a person must do before any code or token is issued (R48). In the order in which it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredAction {
    EnrolQuestions,
}

impl Account {
    /// A new, not yet activated account.
    pub fn invite(user_name: EmailAddress, profile: Profile, now: Timestamp, entropy: &dyn Entropy) -> Self {
        Self {
            id: AccountId::new(now, entropy),
            user_name,
            email_verified: false,
            profile,
            state: AccountState::Invited,
            credential_version: 0,
            questions_enrolled: false,
            created_at: now,
            last_sign_in: None,
            version: 0,
        }
    }

    /// Chooses the first password; opening the mailed link has proven the address (R40).
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Invited`.
    pub fn activate(mut self, password: PasswordHash, now: Timestamp) -> Result<Self, WrongState> {
        if self.state != AccountState::Invited {
            return Err(WrongState);
        }
        self.state = AccountState::Active { since: now, password };
        self.email_verified = true;
        self.credential_version += 1;
        Ok(self)
    }

    /// The same password under a newer pepper or dearer parameters (P7, P8); not a change of credential.
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Active`.
    pub fn rehash(mut self, fresh: PasswordHash) -> Result<Self, WrongState> {
        match &mut self.state {
            AccountState::Active { password, .. } => *password = fresh,
            _ => return Err(WrongState),
        }
        Ok(self)
    }

    /// The hash to check a typed password against; `None` when nobody may sign in.
    pub fn password(&self) -> Option<&PasswordHash> {
        match &self.state {
            AccountState::Active { password, .. } => Some(password),
            AccountState::Invited | AccountState::Disabled { .. } | AccountState::Closed { .. } => None,
        }
    }

    pub fn is_active(&self) -> bool {
        matches!(self.state, AccountState::Active { .. })
    }

    /// The next step that stands between this person and a code, if any.
    pub fn required_action(&self, questions: QuestionPolicy) -> Option<RequiredAction> {
        let must_enrol = questions == QuestionPolicy::Required && !self.questions_enrolled;
        must_enrol.then_some(RequiredAction::EnrolQuestions)
    }
}

/// `recovery.questions` (rule Q10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionPolicy {
    Required,
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(state: AccountState) -> Account {
        Account {
            id: AccountId::from_uuid(uuid::Uuid::nil()),
            user_name: EmailAddress::parse("a@example.com").expect("valid"),
            email_verified: false,
            profile: Profile::default(),
            state,
            credential_version: 3,
            questions_enrolled: false,
            created_at: Timestamp::from_millis(0),
            last_sign_in: None,
            version: 0,
        }
    }

    fn states() -> [AccountState; 4] {
        let now = Timestamp::from_millis(1);
        [
            AccountState::Invited,
            AccountState::Active { since: now, password: PasswordHash::from_phc("x".to_owned()) },
            AccountState::Disabled { at: now, password: None },
            AccountState::Closed { at: now },
        ]
    }

    #[test]
    fn only_an_invited_account_activates_and_only_an_active_one_signs_in() {
        for state in states() {
            let invited = state == AccountState::Invited;
            let active = matches!(state, AccountState::Active { .. });
            let account = account(state);
            assert_eq!(account.password().is_some(), active);
            assert_eq!(account.clone().rehash(PasswordHash::from_phc("y".into())).is_ok(), active);
            let activated = account.activate(PasswordHash::from_phc("z".into()), Timestamp::from_millis(2));
            assert_eq!(activated.is_ok(), invited);
            if let Ok(account) = activated {
                assert!(account.is_active() && account.email_verified);
                assert_eq!(account.credential_version, 4, "links of the older credential are dead (L3)");
            }
        }
    }
}
