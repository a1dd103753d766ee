//! How single values lie in columns. Reading refuses what was not written here: a row is never guessed at.

use std::net::IpAddr;

use idp_domain::client::ClientId;
use idp_domain::email::EmailAddress;
use idp_domain::ports::StoreError;
use idp_domain::text::Line;
use idp_domain::ticket::TicketState;
use idp_domain::{Digest, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::corrupt;

type Result<T> = std::result::Result<T, StoreError>;

/// A list or a document as JSON text.
pub(crate) fn json<T: Serialize>(table: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| corrupt(table, error.to_string()))
}

pub(crate) fn parse_json<T: DeserializeOwned>(table: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| corrupt(table, error.to_string()))
}

/// The same in a column that came later: null stands for the default, as in the rows from before.
pub(crate) fn optional_json<T>(table: &'static str, value: &T) -> Result<Option<String>>
where
    T: Serialize + Default + PartialEq,
{
    (*value != T::default()).then(|| json(table, value)).transpose()
}

pub(crate) fn parse_optional_json<T>(table: &'static str, text: Option<String>) -> Result<T>
where
    T: DeserializeOwned + Default,
{
    text.map_or_else(|| Ok(T::default()), |text| parse_json(table, &text))
}

/// A value that serialises to one string, as that string: enums without facts, ids, URLs.
pub(crate) fn word<T: Serialize>(table: &'static str, value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => Ok(word),
        Ok(other) => Err(corrupt(table, format!("{other} is not a word"))),
        Err(error) => Err(corrupt(table, error.to_string())),
    }
}

pub(crate) fn parse_word<T: DeserializeOwned>(table: &'static str, word: String) -> Result<T> {
    serde_json::from_value(Value::String(word)).map_err(|error| corrupt(table, error.to_string()))
}

/// A word that the domain reads itself.
pub(crate) fn known<T>(table: &'static str, column: &str, read: Option<T>) -> Result<T> {
    read.ok_or_else(|| corrupt(table, format!("unknown {column}")))
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// The instant a state began, which it must have.
pub(crate) fn state_at(table: &'static str, millis: Option<i64>) -> Result<Timestamp> {
    millis.map(at).ok_or_else(|| corrupt(table, "a state without its instant"))
}

pub(crate) fn digest(table: &'static str, bytes: Vec<u8>) -> Result<Digest> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| corrupt(table, "a digest that is not 32 bytes"))?;
    Ok(Digest::from_bytes(bytes))
}

pub(crate) fn line<const MAX: usize>(table: &'static str, text: &str) -> Result<Line<MAX>> {
    Line::parse(text).map_err(|error| corrupt(table, error.to_string()))
}

pub(crate) fn optional_line<const MAX: usize>(
    table: &'static str,
    text: Option<String>,
) -> Result<Option<Line<MAX>>> {
    text.map(|text| line(table, &text)).transpose()
}

/// A column for a count.
pub(crate) fn count(number: u32) -> i64 {
    i64::from(number)
}

pub(crate) fn parse_count(table: &'static str, number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| corrupt(table, "a count out of range"))
}

pub(crate) fn email(display: String, canonical: String) -> EmailAddress {
    EmailAddress::from_stored(display, canonical)
}

pub(crate) fn parse_address(table: &'static str, text: Option<String>) -> Result<Option<IpAddr>> {
    text.map(|text| text.parse()).transpose().map_err(|_| corrupt(table, "not an address"))
}

/// The state of a ticket, and when it began unless it is the first.
pub(crate) fn ticket_state(state: TicketState) -> (String, Option<i64>) {
    let (word, at) = match state {
        TicketState::Open => ("open", None),
        TicketState::Used { at } => ("used", Some(at)),
        TicketState::Superseded { at } => ("superseded", Some(at)),
        TicketState::Burned { at } => ("burned", Some(at)),
    };
    (word.to_owned(), at.map(Timestamp::millis))
}

pub(crate) fn parse_ticket_state(
    table: &'static str,
    word: &str,
    millis: Option<i64>,
) -> Result<TicketState> {
    let at = || state_at(table, millis);
    Ok(match word {
        "open" => TicketState::Open,
        "used" => TicketState::Used { at: at()? },
        "superseded" => TicketState::Superseded { at: at()? },
        "burned" => TicketState::Burned { at: at()? },
        other => return Err(corrupt(table, format!("unknown state {other}"))),
    })
}

pub(crate) fn client_id(table: &'static str, text: &str) -> Result<ClientId> {
    ClientId::parse(text).map_err(|error| corrupt(table, error.to_string()))
}
