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
    pub password_state: PasswordState,
    /// Counts changes of the password; links bound to an older one are dead (L3).
    pub credential_version: i64,
    /// Whether three security questions are enrolled (R48).
    pub questions_enrolled: bool,
    /// Works for whoever runs this server: sees every agency (R13). Nobody becomes one through an agency.
    pub is_operator: bool,
    pub created_at: Timestamp,
    pub last_sign_in: Option<Timestamp>,
    pub version: i64,
}

/// Whether the password may be used as it is. Nobody is made to change one without evidence of compromise (P4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordState {
    #[default]
    Sound,
    /// It logs in once more, to be replaced: it turned out to be one that people guess first.
    MustChange,
    /// Somebody else may know it: it opens nothing until it is reset by mail.
    Compromised,
}

impl PasswordState {
    pub const VARIANTS: [Self; 3] = [Self::Sound, Self::MustChange, Self::Compromised];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::MustChange => "must_change",
            Self::Compromised => "compromised",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::VARIANTS.into_iter().find(|state| state.as_str() == text)
    }
}

/// What a person must do before any code or token is issued (R48), in the order in which it is asked. Whoever has no
/// password yet cannot even log in: the mailed link is the only way to "set password".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredAction {
    VerifyEmail,
    ChangePassword,
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
            password_state: PasswordState::Sound,
            credential_version: 0,
            questions_enrolled: false,
            is_operator: false,
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

    /// Another password, chosen by the person: in an open session, or after a forgotten one. Links that were bound to the
    /// old one are dead (L3).
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Active`.
    pub fn change_password(mut self, fresh: PasswordHash) -> Result<Self, WrongState> {
        match &mut self.state {
            AccountState::Active { password, .. } => *password = fresh,
            _ => return Err(WrongState),
        }
        self.password_state = PasswordState::Sound;
        self.credential_version += 1;
        Ok(self)
    }

    /// Another address, proven; the user name follows it, the `sub` stays (R72).
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Active`.
    pub fn change_user_name(mut self, proven: EmailAddress) -> Result<Self, WrongState> {
        if !self.is_active() {
            return Err(WrongState);
        }
        self.user_name = proven;
        self.email_verified = true;
        Ok(self)
    }

    /// Somebody else knew the password: it opens nothing any more, and what was issued under it is dead (R72, L3).
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Active`.
    pub fn distrust_password(mut self) -> Result<Self, WrongState> {
        if !self.is_active() {
            return Err(WrongState);
        }
        self.password_state = PasswordState::Compromised;
        self.credential_version += 1;
        Ok(self)
    }

    /// Ends the account for good. What the person told about themselves goes with it, and so does the user name: an agency
    /// may invite the address again, as somebody new with another `sub`.
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Active`.
    pub fn close(mut self, now: Timestamp) -> Result<Self, WrongState> {
        if !self.is_active() {
            return Err(WrongState);
        }
        self.vacate();
        self.questions_enrolled = false;
        self.is_operator = false;
        self.credential_version += 1;
        self.state = AccountState::Closed { at: now };
        Ok(self)
    }

    /// Gives its address back to whoever had it before: an account that came about by an invitation to that address, and that
    /// nobody ever opened.
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Invited`.
    pub fn give_way(mut self, now: Timestamp) -> Result<Self, WrongState> {
        if self.state != AccountState::Invited {
            return Err(WrongState);
        }
        self.vacate();
        self.credential_version += 1;
        self.state = AccountState::Closed { at: now };
        Ok(self)
    }

    /// Nobody has the address, and nothing is kept of the person.
    fn vacate(&mut self) {
        let vacated = format!("{}@closed.invalid", self.id);
        self.user_name = EmailAddress::from_stored(vacated.clone(), vacated);
        self.email_verified = false;
        self.profile = Profile::default();
    }

    /// The operator switches the account off, at every agency; the password is kept for the day it is switched on again.
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Active`.
    pub fn disable(mut self, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            AccountState::Active { password, .. } => {
                self.state = AccountState::Disabled { at: now, password: Some(password) };
            }
            _ => return Err(WrongState),
        }
        self.credential_version += 1;
        Ok(self)
    }

    /// The operator switches the account on again.
    ///
    /// # Errors
    /// [`WrongState`] unless the account is `Disabled` and had a password.
    pub fn enable(mut self, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            AccountState::Disabled { password: Some(password), .. } => {
                self.state = AccountState::Active { since: now, password };
            }
            _ => return Err(WrongState),
        }
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
            AccountState::Active { .. } if self.password_state == PasswordState::Compromised => None,
            AccountState::Active { password, .. } => Some(password),
            AccountState::Invited | AccountState::Disabled { .. } | AccountState::Closed { .. } => None,
        }
    }

    pub fn is_active(&self) -> bool {
        matches!(self.state, AccountState::Active { .. })
    }

    /// Active, with a password that nobody else is known to have: what began with it may go on (rules section 4).
    pub fn is_in_good_standing(&self) -> bool {
        self.password().is_some()
    }

    /// The next step that stands between this person and a code, if any.
    pub fn required_action(&self, questions: QuestionPolicy) -> Option<RequiredAction> {
        if !self.email_verified {
            Some(RequiredAction::VerifyEmail)
        } else if self.password_state != PasswordState::Sound {
            Some(RequiredAction::ChangePassword)
        } else if questions == QuestionPolicy::Required && !self.questions_enrolled {
            Some(RequiredAction::EnrolQuestions)
        } else {
            None
        }
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
            password_state: PasswordState::Sound,
            credential_version: 3,
            questions_enrolled: false,
            is_operator: false,
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
    /// R48: every step that is left is asked for, one after the other.
    #[test]
    fn required_actions_come_in_their_order_and_none_is_left_out() {
        let [_, active, ..] = states();
        let next = |account: &Account| account.required_action(QuestionPolicy::Required);
        let mut account = Account { password_state: PasswordState::MustChange, ..account(active) };
        assert_eq!(next(&account), Some(RequiredAction::VerifyEmail));
        account.email_verified = true;
        assert_eq!(next(&account), Some(RequiredAction::ChangePassword));
        let mut account = account.change_password(PasswordHash::from_phc("y".into())).expect("active");
        assert_eq!(next(&account), Some(RequiredAction::EnrolQuestions));
        assert_eq!(account.required_action(QuestionPolicy::Off), None);
        account.questions_enrolled = true;
        assert_eq!(next(&account), None);
    }

    /// R72: an address comes back to its holder from an account that only an invitation made, and from no other.
    #[test]
    fn only_an_account_nobody_opened_gives_way() {
        for state in states() {
            let invited = state == AccountState::Invited;
            let gone = account(state).give_way(Timestamp::from_millis(3));
            assert_eq!(gone.is_ok(), invited);
            if let Ok(gone) = gone {
                assert_ne!(gone.user_name, account(AccountState::Invited).user_name);
                assert_eq!(gone.state, AccountState::Closed { at: Timestamp::from_millis(3) });
            }
        }
    }

    /// R13: switched off, nothing opens it, and links bound to the credential are dead; switched on, the same password does.
    #[test]
    fn a_disabled_account_opens_with_the_same_password_when_it_is_switched_on_again() {
        let now = Timestamp::from_millis(7);
        for state in states() {
            let (is_active, account) = (matches!(state, AccountState::Active { .. }), account(state));
            let version = account.credential_version;
            let disabled = account.disable(now);
            assert_eq!(disabled.is_ok(), is_active);
            if let Ok(disabled) = disabled {
                assert!(disabled.password().is_none() && disabled.credential_version == version + 1);
                let enabled = disabled.enable(now).expect("was active");
                assert_eq!(enabled.password(), Some(&PasswordHash::from_phc("x".to_owned())));
            }
        }
        let never_active = account(AccountState::Disabled { at: now, password: None });
        assert_eq!(never_active.enable(now).err(), Some(WrongState));
    }

    /// Rules section 4: a password that somebody else may know opens nothing, not even the page that changes it.
    #[test]
    fn a_compromised_password_is_no_password() {
        let [_, active, ..] = states();
        let account = Account { password_state: PasswordState::Compromised, ..account(active) };
        assert!(account.is_active() && account.password().is_none());
        let reset = account.change_password(PasswordHash::from_phc("y".into())).expect("active");
        assert!(reset.password().is_some());
    }

    /// R72: the address comes back, and nothing that whoever took it knew or holds opens the account.
    #[test]
    fn a_distrusted_password_opens_nothing_and_what_it_issued_is_dead() {
        let [_, active, ..] = states();
        let account = account(active);
        let taken = EmailAddress::parse("thief@example.com").expect("valid");
        let moved = account.change_user_name(taken).expect("active");
        assert!(moved.password().is_some() && moved.email_verified);
        let version = moved.credential_version;
        let distrusted = moved.distrust_password().expect("active");
        assert_eq!(distrusted.credential_version, version + 1);
        assert!(distrusted.is_active() && distrusted.password().is_none());
        let closed = distrusted.close(Timestamp::from_millis(9)).expect("active");
        assert_eq!(closed.distrust_password().err(), Some(WrongState));
    }

    #[test]
    fn a_closed_account_keeps_its_id_and_nothing_about_the_person() {
        let [_, active, ..] = states();
        let open = account(active);
        let closed = open.clone().close(Timestamp::from_millis(9)).expect("active");
        assert_eq!(closed.id, open.id);
        assert_ne!(closed.user_name, open.user_name);
        assert_eq!(EmailAddress::parse(closed.user_name.as_str()).as_ref(), Ok(&closed.user_name));
        assert!(closed.password().is_none() && closed.profile == Profile::default());
    }
}
