//! Seed files: companies, clients and activated test accounts in TOML, for integrators' test rigs.
//!
//! Everything in a file is checked before anything is stored, and every problem is reported at once, by its key. Never
//! repeats a value that may be a secret. [`EXAMPLE`] shows all keys.

mod account;
mod checks;
mod client;
mod company;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use idp_domain::client::Client;
use idp_domain::company::{CompanyCode, CompanyRef};
use idp_domain::id::CompanyId;
use idp_domain::password::PasswordRules;
use idp_service::seed::{Seed, SeedAccount};
use idp_service::{Env, Fault};
use serde::Deserialize;

use checks::Checks;
use company::NewCompany;

/// A file that holds everything a seed can hold.
pub const EXAMPLE: &str = include_str!("example.toml");

/// Why a seed file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SeedFileError {
    #[error("the seed file {path} cannot be read: {why}")]
    Unreadable { path: PathBuf, why: std::io::Error },
    #[error("the seed file is not understood, see line {line}: {why}")]
    Syntax { line: usize, why: String },
    #[error("the seed file has problems:\n  {}", .0.join("\n  "))]
    Problems(Vec<String>),
    #[error("{who} names the company {company}, which is neither in the seed nor in the database")]
    UnknownCompany { who: String, company: String },
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// A file whose every entry is good by itself.
#[derive(Debug)]
pub struct SeedFile {
    companies: Vec<NewCompany>,
    clients: Vec<(Client, Option<CompanyCode>)>,
    accounts: Vec<SeedAccount>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    company: Vec<company::Written>,
    #[serde(default)]
    client: Vec<client::Written>,
    #[serde(default)]
    account: Vec<account::Written>,
}

impl SeedFile {
    /// Secret files are looked for relative to the folder of the seed file.
    ///
    /// # Errors
    /// [`SeedFileError`], with every problem found.
    pub fn read(path: &Path, rules: PasswordRules) -> Result<Self, SeedFileError> {
        let unreadable = |why| SeedFileError::Unreadable { path: path.to_owned(), why };
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")), rules)
    }

    /// The same for a text; `folder` is where secret files are.
    ///
    /// # Errors
    /// [`SeedFileError`].
    pub fn parse(text: &str, folder: &Path, rules: PasswordRules) -> Result<Self, SeedFileError> {
        let written: Written = toml::from_str(text).map_err(|error| syntax(text, &error))?;
        let mut checks = Checks::default();
        let companies = checks.list("company", &written.company, company::check);
        let clients =
            checks.list("client", &written.client, |client, checks| client::check(client, folder, checks));
        let accounts = checks
            .list("account", &written.account, |account, checks| account::check(account, rules, checks));
        checks.unique("company", companies.iter().map(|company| company.code.as_str()), "code");
        checks.unique("client", clients.iter().map(|(client, _)| client.id.as_str()), "client_id");
        checks.unique("account", accounts.iter().map(|account| account.user_name.canonical()), "user_name");
        checks.settle()?;
        Ok(Self { companies, clients, accounts })
    }

    /// Gives companies their ids: those that are in the database keep theirs, so that seeding twice changes nothing.
    ///
    /// # Errors
    /// [`SeedFileError::UnknownCompany`], [`SeedFileError::Fault`].
    pub async fn resolve(self, env: &Env) -> Result<Seed, SeedFileError> {
        let mut ids: BTreeMap<String, CompanyId> = BTreeMap::new();
        let mut companies = Vec::new();
        for company in self.companies {
            let id = match find_company(env, &CompanyRef::Code(company.code.clone())).await? {
                Some(id) => id,
                None => CompanyId::new(env.now(), env.entropy()),
            };
            ids.insert(company.code.to_string(), id);
            companies.push(company.with_id(id, env.now()));
        }
        let mut clients = Vec::new();
        for (client, code) in self.clients {
            let company = match code {
                None => None,
                Some(code) => Some(known(env, &ids, &CompanyRef::Code(code), client.id.as_str()).await?),
            };
            clients.push(Client { company, ..client });
        }
        for account in &self.accounts {
            for (company, _) in &account.memberships {
                known(env, &ids, company, account.user_name.as_str()).await?;
            }
        }
        Ok(Seed { companies, clients, accounts: self.accounts })
    }
}

/// The id of a company that `who` names, in the file or in the database.
async fn known(
    env: &Env,
    ids: &BTreeMap<String, CompanyId>,
    named: &CompanyRef,
    who: &str,
) -> Result<CompanyId, SeedFileError> {
    let (in_file, company) = match named {
        CompanyRef::Code(code) => (ids.get(code.as_str()).copied(), code.to_string()),
        CompanyRef::Id(id) => (None, id.to_string()),
    };
    let found = match in_file {
        Some(id) => Some(id),
        None => find_company(env, named).await?,
    };
    found.ok_or_else(|| SeedFileError::UnknownCompany { who: who.to_owned(), company })
}

async fn find_company(env: &Env, named: &CompanyRef) -> Result<Option<CompanyId>, Fault> {
    let company = env.store.read().await?.companies().find_by_ref(named).await?;
    Ok(company.map(|company| company.id))
}

/// Says where, and what the parser says; never the line itself, which may hold a secret.
fn syntax(text: &str, error: &toml::de::Error) -> SeedFileError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    SeedFileError::Syntax { line: before.matches('\n').count() + 1, why: error.message().to_owned() }
}

#[cfg(test)]
mod tests;
