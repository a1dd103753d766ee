//! `idp client check`: which profiles a client satisfies, what is missing, what to write, and what may go wrong one day.

use clap::{Args, builder::PossibleValuesParser};
use idp_domain::client::{ClientId, Profile};
use idp_service::Env;
use idp_service::clients::{self, Remark, Report, Verdict};
use serde_json::{Value, json};

use super::{ConfigFile, Failure, console};

#[derive(Debug, Args)]
pub(super) struct Question {
    /// Its client_id
    #[arg(value_parser = ClientId::parse)]
    client: ClientId,
    /// Fail unless it satisfies this profile, instead of the one it is registered for
    #[arg(long, value_name = "PROFILE", value_parser = PossibleValuesParser::new(Profile::VARIANTS.map(Profile::as_str)))]
    profile: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigFile,
}

impl Question {
    pub(super) fn config(&self) -> &ConfigFile {
        &self.config
    }
}

/// Answers on standard output, whatever the verdict is.
pub(super) async fn check(env: &Env, question: &Question) -> Result<(), Failure> {
    let report = clients::check(env, &question.client).await?;
    console::say(if question.json { json(&report).to_string() } else { told(&report) })?;
    let asked = question.profile.as_deref().and_then(Profile::parse).unwrap_or(report.client.profile);
    if report.satisfies(asked) {
        return Ok(());
    }
    Err(Failure::ClientLacks { client: question.client.clone(), profile: asked })
}

fn told(report: &Report) -> String {
    let (id, profile) = (&report.client.id, report.client.profile.as_str());
    let mut lines = vec![format!("{id} is registered for the profile {profile}.")];
    if let Some(address) = &report.configuration_address {
        lines.push(format!(
            "It registered itself: what is said of its metadata, its developer changes by PUT {address} with the \
             registration_access_token."
        ));
    }
    if !report.client.contacts.is_empty() {
        let contacts: Vec<&str> = report.client.contacts.iter().map(|contact| contact.as_str()).collect();
        lines.push(format!("Whom it names to ask: {}", contacts.join(", ")));
    }
    for Verdict { profile, missing } in &report.verdicts {
        let verdict = if missing.is_empty() { "satisfied" } else { "not satisfied:" };
        lines.push(format!("\n{:<8}  {verdict}", profile.as_str()));
        lines.extend(missing.iter().map(line));
    }
    if !report.warnings.is_empty() {
        lines.push("\nwarnings:".to_owned());
        lines.extend(report.warnings.iter().map(line));
    }
    lines.join("\n")
}

fn line(Remark { field, detail }: &Remark) -> String {
    format!("  {field} {detail}")
}

fn json(report: &Report) -> Value {
    let remarks = |remarks: &[Remark]| -> Vec<Value> {
        remarks.iter().map(|Remark { field, detail }| json!({"field": field, "detail": detail})).collect()
    };
    let verdict = |Verdict { profile, missing }: &Verdict| {
        (profile.as_str().to_owned(), json!({"satisfied": missing.is_empty(), "missing": remarks(missing)}))
    };
    json!({
        "client_id": report.client.id,
        "registration_client_uri": report.configuration_address,
        "contacts": report.client.contacts,
        "profile": report.client.profile,
        "profiles": report.verdicts.iter().map(verdict).collect::<serde_json::Map<_, _>>(),
        "warnings": remarks(&report.warnings),
    })
}
