//! The form "Manage Identity Account" (R14-R23, R26): what was typed, what the API said about it, what it knows.

use serde::Deserialize;

use super::api::{ApiError, FieldError, Member, NewMember, Problem};
use super::pages::readable_time;
use crate::demo::people::Person;

/// The fields as a browser sends them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub(super) user_name: String,
    pub(super) email: String,
    pub(super) cell: String,
    pub(super) status: String,
    pub(super) note: String,
    /// The answer to "Are you Sure?"; empty before it is asked.
    pub(super) sure: String,
    /// Made when the question is asked, so that pressing Yes twice is one request (R25).
    pub(super) key: String,
}

impl Typed {
    /// Pre-filled: from the identity if there is one, else from the person's profile (R17-R20).
    pub(super) fn filled(person: &Person, member: Option<&Member>) -> Self {
        let Some(member) = member else {
            return Self {
                user_name: person.email.to_owned(),
                email: person.email.to_owned(),
                cell: person.cell.to_owned(),
                status: "active".to_owned(),
                ..Self::default()
            };
        };
        Self {
            user_name: member.user_name.clone(),
            email: member.email.clone(),
            cell: member.cell.clone().unwrap_or_default(),
            status: member.status.clone(),
            note: member.note.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    pub(super) fn member(&self, person: &'static Person) -> NewMember {
        NewMember {
            user_name: self.user_name.clone(),
            email: self.email.clone(),
            status: self.status.clone(),
            cell: self.cell.clone(),
            note: self.note.clone(),
            ..NewMember::from(person)
        }
    }
}

/// What the API refused: a sentence on top, and one beside each field.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub(super) summary: String,
    fields: Vec<(String, String)>,
}

impl Refusal {
    /// What stands beside the field; empty where there is nothing to say.
    pub(super) fn of(&self, field: &str) -> String {
        let own = self.fields.iter().filter(|(name, _)| name == field);
        own.map(|(_, detail)| detail.as_str()).collect::<Vec<_>>().join("; ")
    }

    /// Problems with what the form has no field for.
    pub(super) fn others(&self) -> Vec<String> {
        let shown = ["user_name", "email", "cell", "status", "note"];
        let others = self.fields.iter().filter(|(field, _)| !shown.contains(&field.as_str()));
        others.map(|(field, detail)| format!("{field}: {detail}")).collect()
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Refused(Problem { title, detail, errors }) => Self {
                summary: sentence(&detail.unwrap_or(title)),
                fields: errors
                    .iter()
                    .map(|error| (error.path.trim_start_matches("$.").to_owned(), words(error)))
                    .collect(),
            },
            other => Self { summary: sentence(&other.to_string()), fields: Vec::new() },
        }
    }
}

/// The office's own words where the guides give them (R18), else those of the API.
fn words(error: &FieldError) -> String {
    match error.code.as_str() {
        "username_email_mismatch" => "Both the User name and Email fields must be the same.".to_owned(),
        _ => sentence(&error.detail),
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// One line about where a person's identity is, and its colour.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) text: String,
    /// `good`, `bad` or empty.
    pub(super) tone: &'static str,
}

/// The newest invitation (R26).
pub(super) fn invitation(member: &Member) -> Progress {
    let at = member.invitation.at.as_deref().map(|at| format!(" {}", readable_time(at))).unwrap_or_default();
    let (text, tone) = match member.invitation.state.as_str() {
        "none" => ("none sent".to_owned(), ""),
        "queued" => ("waiting to be sent".to_owned(), ""),
        "sent" => (format!("sent{at}"), ""),
        "accepted" => (format!("activated{at}"), "good"),
        "expired" => (format!("expired{at}"), "bad"),
        "undeliverable" => (format!("bounced{at}"), "bad"),
        other => (format!("{other}{at}"), ""),
    };
    Progress { text, tone }
}

/// The same in one or two words, for the list of people.
pub(super) fn short(member: Option<&Member>) -> Progress {
    let Some(member) = member else { return Progress { text: "no identity".to_owned(), tone: "" } };
    let (text, tone) = match (member.state.as_str(), member.invitation.state.as_str()) {
        ("active", _) => ("active", "good"),
        ("invited", "undeliverable") => ("mail bounced", "bad"),
        ("invited", "expired") => ("link expired", "bad"),
        ("invited", _) => ("invited", ""),
        (other, _) => (other, ""),
    };
    Progress { text: text.to_owned(), tone }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_api_refuses_stands_beside_its_field() {
        let field = |path: &str, code: &str, detail: &str| FieldError {
            path: path.to_owned(),
            code: code.to_owned(),
            detail: detail.to_owned(),
        };
        let refusal = Refusal::from(ApiError::Refused(Problem {
            title: "the request has bad fields".to_owned(),
            detail: None,
            errors: vec![
                field("$.email", "username_email_mismatch", "must be the same as user_name"),
                field("$.person_ref", "value_too_long", "is too long"),
            ],
        }));
        assert_eq!(refusal.summary, "The request has bad fields.");
        assert_eq!(refusal.of("email"), "Both the User name and Email fields must be the same.");
        assert_eq!(refusal.of("user_name"), "");
        assert_eq!(refusal.others(), ["person_ref: Is too long."]);
    }
}
