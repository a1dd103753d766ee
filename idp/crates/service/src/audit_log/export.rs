//! A log as a file: NDJSON or CSV (RFC 4180), the oldest event first, a page at a time, so that its length costs no memory.

use futures::{Stream, stream};
use idp_domain::audit::{AuditAction, AuditFilter, AuditPage};
use idp_domain::id::AuditId;

use super::read::{Log, Record, RecordedActor};
use crate::env::Env;
use crate::fault::Fault;
use crate::formula;

/// Events read at once.
const PAGE: u64 = 500;
const HEADER: [&str; 15] = [
    "id",
    "at",
    "action",
    "outcome",
    "reason",
    "actor_type",
    "actor_id",
    "actor_client",
    "actor_address",
    "actor_user_agent",
    "company",
    "account",
    "subject",
    "request_id",
    "changes",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object on each line.
    Ndjson,
    /// With a header line; safe to open in a spreadsheet.
    Csv,
}

impl Format {
    pub const VARIANTS: [Self; 2] = [Self::Ndjson, Self::Csv];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
        }
    }

    fn write(self, record: &Record) -> Result<String, Fault> {
        let json = |value: Result<String, serde_json::Error>| {
            value.map_err(|_| Fault::Broken("an audit event does not serialise"))
        };
        match self {
            Self::Ndjson => Ok(json(serde_json::to_string(record))? + "\n"),
            Self::Csv => {
                let changes = match record.changes.is_empty() {
                    true => String::new(),
                    false => json(serde_json::to_string(&record.changes))?,
                };
                Ok(row(record, &changes))
            }
        }
    }
}

/// An export under way.
#[derive(Debug)]
pub struct Export {
    log: Log,
    filter: AuditFilter,
    format: Format,
    at: At,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Start,
    Behind(AuditId),
    End,
}

impl Export {
    /// Writes down that it happens. What comes later, this event too, is not part of it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn begin(env: &Env, log: Log, filter: AuditFilter, format: Format) -> Result<Self, Fault> {
        let now = env.now();
        let to = filter.to.map_or(now, |to| to.min(now));
        log.record(env, AuditAction::AuditExported).await?;
        Ok(Self { log, filter: AuditFilter { to: Some(to), ..filter }, format, at: At::Start })
    }

    /// The next lines; `None` when there are no more.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn next(&mut self, env: &Env) -> Result<Option<String>, Fault> {
        let (mut text, after) = match self.at {
            At::Start if self.format == Format::Csv => (HEADER.join(",") + "\r\n", None),
            At::Start => (String::new(), None),
            At::Behind(last) => (String::new(), Some(last)),
            At::End => return Ok(None),
        };
        let page = AuditPage { newest_first: false, after, limit: PAGE };
        let events = env.store.read().await?.audit().search(self.log.id, &self.filter, page).await?;
        self.at = match events.last() {
            Some(last) if events.len() as u64 == PAGE => At::Behind(last.id),
            _ => At::End,
        };
        for event in events {
            text.push_str(&self.format.write(&Record::from(event))?);
        }
        Ok(Some(text))
    }

    /// All of it, for a body that is sent while it is read.
    pub fn into_stream(self, env: Env) -> impl Stream<Item = Result<String, Fault>> + Send {
        stream::try_unfold((self, env), |(mut export, env)| async move {
            let text = export.next(&env).await?;
            Ok(text.map(|text| (text, (export, env))))
        })
    }
}

/// Destructured, so that a new field cannot be forgotten.
fn row(record: &Record, changes: &str) -> String {
    let Record { id, at, action, outcome, reason, actor, company, account, subject, request_id, changes: _ } =
        record;
    let RecordedActor { kind, id: actor_id, client, address, user_agent } = actor;
    fn text(value: &Option<String>) -> &str {
        value.as_deref().unwrap_or_default()
    }
    let cells: [&str; HEADER.len()] = [
        id,
        at,
        action,
        outcome,
        text(reason),
        kind,
        text(actor_id),
        text(client),
        text(address),
        text(user_agent),
        text(company),
        text(account),
        text(subject),
        text(request_id),
        changes,
    ];
    cells.map(cell).join(",") + "\r\n"
}

/// What a spreadsheet would run begins with an apostrophe; what would end a cell is quoted.
fn cell(text: &str) -> String {
    let text = formula::defuse(text);
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Attack: a formula as a program's name, in the file that an office opens.
    #[test]
    fn no_cell_is_a_formula_and_none_ends_early() {
        for (text, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\u{FF1D}1", "'\u{FF1D}1"),
            ("\u{FEFF}=1", "'\u{FEFF}=1"),
            ("\rx", "\"'\rx\""),
            ("a,b", "\"a,b\""),
            ("=\"a\",b", "\"'=\"\"a\"\",b\""),
            ("a\nb", "\"a\nb\""),
        ] {
            assert_eq!(cell(text), expected, "{text:?}");
        }
    }
}
