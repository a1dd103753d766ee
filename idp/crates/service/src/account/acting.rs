//! A person who changes how their account is protected: from an open session, in a browser that is known or not.
//!
//! One mechanism for the person's own pages and for required actions (R48): whatever is changed is changed under the
//! account's lock, by somebody who is still signed in, and only when it is that step's turn.

use std::time::Duration;

use idp_domain::account::RequiredAction;
use idp_domain::audit::{Actor, AuditAction, AuditEvent, Origin};
use idp_domain::ports::Tx;

use crate::devices::KnownDevices;
use crate::env::Env;
use crate::fault::Fault;
use crate::session::{self, SignedIn};
use crate::throttle::{Guess, Target, Turn};

/// Who acts, from where, and for what.
#[derive(Debug)]
pub struct Acting<'a> {
    pub signed_in: &'a SignedIn,
    pub devices: KnownDevices,
    /// The required action this is a step of; `None` on the person's own pages, which open when none is left.
    pub step: Option<RequiredAction>,
    pub origin: &'a Origin,
}

/// Why a password was not looked at (rules section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    Wait(Duration),
    /// So many failures in a row that only a reset by mail helps.
    RecoverFirst,
}

impl<'a> Acting<'a> {
    /// Whether it is the turn of this step, as far as was known when the request came in.
    pub(crate) fn is_due(&self, env: &Env) -> bool {
        self.signed_in.account.required_action(env.policy.questions) == self.step
    }

    /// Takes a turn at the password: an open session is no way around the limits.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn guess(&self, env: &'a Env) -> Result<Result<Guess<'a>, Held>, Fault> {
        let account = &self.signed_in.account;
        let target = Target::of(account);
        let bucket = self.devices.bucket(&target);
        Ok(match Guess::take(env, target, bucket, self.origin).await? {
            Turn::Go(guess) => Ok(guess),
            Turn::Wait(wait) => Err(Held::Wait(wait)),
            Turn::RecoverFirst => Err(Held::RecoverFirst),
        })
    }

    /// Session and account as they are now, alone until the transaction ends; `None` when the person was signed out, the
    /// password changed, or it is another step's turn meanwhile.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn lock(&self, env: &Env, tx: &mut dyn Tx) -> Result<Option<SignedIn>, Fault> {
        let current = session::lock(env, tx, self.signed_in).await?;
        Ok(current.filter(|it| it.account.required_action(env.policy.questions) == self.step))
    }

    /// What is recorded of it.
    pub(crate) fn event(&self, env: &Env, action: AuditAction) -> AuditEvent {
        let account = self.signed_in.account.id;
        AuditEvent::new(action, Actor::Person { account }, env.now(), env.entropy())
            .from(self.origin)
            .account(account)
    }
}
