//! A new password as it is typed twice, and the words it must not be made of (R43; rules P1-P5).

use idp_domain::Secret;
use idp_domain::account::Account;
use idp_domain::company::Company;
use idp_domain::member::Membership;
use idp_domain::password::{Password, PasswordProblem};
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;

/// What the form sends.
#[derive(Debug)]
pub struct NewPassword {
    pub password: Secret<String>,
    pub confirm: Secret<String>,
}

/// Why the form comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormProblem {
    Password(PasswordProblem),
    Mismatch,
}

/// Everywhere a person belongs.
pub(crate) type Agencies = Vec<(Company, Membership)>;

/// The agencies of a person, whatever has become of the membership.
///
/// # Errors
/// [`Fault`].
pub(crate) async fn agencies(tx: &mut dyn Tx, account: &Account) -> Result<Agencies, Fault> {
    let mut agencies = Vec::new();
    for membership in tx.memberships().list_of_account(account.id).await? {
        if let Some(company) = tx.companies().find(membership.company).await? {
            agencies.push((company, membership));
        }
    }
    Ok(agencies)
}

impl NewPassword {
    /// The password that is meant.
    ///
    /// # Errors
    /// [`FormProblem`].
    pub(crate) fn check(
        &self,
        env: &Env,
        account: &Account,
        agencies: &[(Company, Membership)],
    ) -> Result<Password, FormProblem> {
        self.check_against(env, &context_words(env, account, agencies))
    }

    /// The same for words of which the caller knows more.
    ///
    /// # Errors
    /// [`FormProblem`].
    pub(crate) fn check_against(&self, env: &Env, words: &[&str]) -> Result<Password, FormProblem> {
        let password = Password::typed(self.password.expose());
        env.policy.password.check(&password, words).map_err(FormProblem::Password)?;
        let same = password == Password::typed(self.confirm.expose());
        if same { Ok(password) } else { Err(FormProblem::Mismatch) }
    }
}

/// P5: the words an attacker who knows person and agency would try first.
fn context_words<'a>(
    env: &'a Env,
    account: &'a Account,
    agencies: &'a [(Company, Membership)],
) -> Vec<&'a str> {
    let profile = &account.profile;
    let mut words = vec![
        env.policy.product_name.as_str(),
        env.policy.operator_name.as_str(),
        account.user_name.canonical(),
    ];
    words.extend(profile.given_name.iter().map(idp_domain::claims::NamePart::as_str));
    words.extend(profile.family_name.iter().map(idp_domain::claims::NamePart::as_str));
    words.extend(profile.phone_number.iter().map(idp_domain::text::Line::as_str));
    for (company, Membership { particulars, .. }) in agencies {
        words.extend([company.name.as_str(), company.code.as_str()]);
        words.extend([particulars.given_name.as_str(), particulars.family_name.as_str()]);
        words.extend(particulars.cell.iter().map(idp_domain::text::Line::as_str));
    }
    words
}
