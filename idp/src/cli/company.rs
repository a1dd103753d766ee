//! `idp company create | list | suspend | resume`: the agencies. Running nodes notice at once.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use idp_domain::company::Company;
use idp_domain::id::CompanyId;
use idp_domain::scope::Scope;
use idp_service::Env;
use idp_service::authority::Caller;
use idp_service::companies::{self, AddressDraft, CompanyDraft, CompanyError, CompanyView, Created, Edit};
use idp_service::once::Terms;

use super::{ConfigFile, Failure, console, on_database};

/// Companies read from the database at once.
const PAGE: u64 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Open an agency; prints its code and, once, the secret of its portal
    Create(Box<Opening>),
    /// Show every agency
    List(ConfigFile),
    /// Let nobody in through the agency until it is resumed; nothing is lost
    Suspend(Named),
    /// Let the agency's people in again
    Resume(Named),
}

#[derive(Debug, Args)]
pub(super) struct Opening {
    /// The agency's name, as its people know it
    #[arg(long)]
    name: String,
    /// What people type when they log in: 3 to 12 letters or digits; without it, one is made
    #[arg(long)]
    code: Option<String>,
    /// Its part of its portal's address, such as maple; with it, the portal client is made from [portal]
    #[arg(long)]
    slug: Option<String>,
    /// Street and number
    #[arg(long)]
    street: Option<String>,
    /// City or town
    #[arg(long)]
    city: Option<String>,
    /// State or province
    #[arg(long)]
    region: Option<String>,
    /// ZIP or postal code
    #[arg(long)]
    postal_code: Option<String>,
    /// Country
    #[arg(long)]
    country: Option<String>,
    /// The office's phone number
    #[arg(long)]
    phone: Option<String>,
    /// The office's email address
    #[arg(long)]
    email: Option<String>,
    /// The web address of the agency's portal
    #[arg(long, value_name = "URL")]
    portal_url: Option<String>,
    /// A database of the agency; say it once for each
    #[arg(long = "database", value_name = "NAME")]
    databases: Vec<String>,
    #[command(flatten)]
    config: ConfigFile,
}

#[derive(Debug, Args)]
pub(super) struct Named {
    /// Its company code, an older one, or its id (cmp_...)
    #[arg(value_name = "COMPANY")]
    company: String,
    #[command(flatten)]
    config: ConfigFile,
}

impl Command {
    fn config(&self) -> &ConfigFile {
        match self {
            Self::Create(opening) => &opening.config,
            Self::List(config) => config,
            Self::Suspend(named) | Self::Resume(named) => &named.config,
        }
    }
}

pub(super) async fn run(command: &Command) -> Result<(), Failure> {
    console::say(on_database(command.config(), async |env| act(env, command).await).await?)
}

async fn act(env: &Env, command: &Command) -> Result<String, Failure> {
    let caller = Caller::of_commands();
    Ok(match command {
        Command::Create(opening) => create(env, &caller, opening).await?,
        Command::List(_) => table(&all(env, &caller).await?),
        Command::Suspend(named) => change(env, &caller, (named, Edit::Suspend)).await?,
        Command::Resume(named) => change(env, &caller, (named, Edit::Resume)).await?,
    })
}

async fn create(env: &Env, caller: &Caller, opening: &Opening) -> Result<String, Failure> {
    let new = opening.draft().check().map_err(CompanyError::Invalid)?;
    let operator = caller.operator(env, Scope::CompaniesWrite)?;
    let present = |created: &Created| Ok(opened(created));
    Ok(companies::create(env, &operator, &new, &Terms::default(), &present).await?.body)
}

impl Opening {
    fn draft(&self) -> CompanyDraft {
        let Self {
            name,
            code,
            slug,
            street,
            city,
            region,
            postal_code,
            country,
            phone,
            email,
            portal_url,
            databases,
            config: _,
        } = self;
        CompanyDraft {
            code: code.clone(),
            slug: slug.clone(),
            name: name.clone(),
            address: AddressDraft {
                street_address: street.clone(),
                locality: city.clone(),
                region: region.clone(),
                postal_code: postal_code.clone(),
                country: country.clone(),
            },
            phone: phone.clone(),
            email: email.clone(),
            portal_url: portal_url.clone(),
            databases: databases.clone(),
            ..CompanyDraft::default()
        }
    }
}

fn opened(created: &Created) -> String {
    let company = created.company();
    let mut lines =
        vec![format!("{} is open: company code {}, id {}.", company.name, company.code, company.id)];
    if let Some(portal) = &created.portal {
        lines.push(format!("Its portal is the client {}.", portal.id));
        if let Some(secret) = &portal.secret {
            lines.push(format!("Its secret, which is not shown again:\n\n{}", secret.expose()));
        }
    }
    lines.join("\n")
}

async fn all(env: &Env, caller: &Caller) -> Result<Vec<Company>, Failure> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = companies::list(env, caller, "", after, PAGE).await?;
        found.extend(page.companies.into_iter().map(|view| view.company));
        match page.next {
            None => return Ok(found),
            next => after = next,
        }
    }
}

/// By which code each company is known here: commands take codes, and so they show them.
pub(super) struct Codes(BTreeMap<CompanyId, String>);

impl Codes {
    pub(super) async fn read(env: &Env) -> Result<Self, Failure> {
        let companies = all(env, &Caller::of_commands()).await?;
        Ok(Self(companies.into_iter().map(|it| (it.id, it.code.as_str().to_owned())).collect()))
    }

    /// `none` for what belongs to no company.
    pub(super) fn of(&self, company: Option<CompanyId>) -> String {
        let code = |id: CompanyId| self.0.get(&id).cloned().unwrap_or_else(|| id.to_string());
        company.map_or_else(|| "none".to_owned(), code)
    }
}

async fn change(env: &Env, caller: &Caller, (named, edit): (&Named, Edit)) -> Result<String, Failure> {
    let scope = caller.company(env, Scope::CompaniesWrite, &named.company).await?;
    let scope = scope.ok_or_else(|| Failure::UnknownCompany(named.company.clone()))?;
    let present = |view: &CompanyView| Ok(standing(&view.company));
    Ok(companies::change(env, &scope, &edit, &Terms::default(), &present).await?.body)
}

fn standing(company: &Company) -> String {
    if company.is_active() {
        format!("{} is active.", company.name)
    } else {
        format!("{} is suspended: nobody enters through it until it is resumed.", company.name)
    }
}

fn table(companies: &[Company]) -> String {
    if companies.is_empty() {
        return "There are no companies yet.".to_owned();
    }
    let mut lines = vec![format!("{:<12}  {:<9}  {:<36}  NAME", "CODE", "STATE", "ID")];
    lines.extend(companies.iter().map(|company| {
        let state = if company.is_active() { "active" } else { "suspended" };
        format!("{:<12}  {state:<9}  {:<36}  {}", company.code.as_str(), company.id.to_string(), company.name)
    }));
    lines.join("\n")
}
