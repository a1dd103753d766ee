//! The outbox: a queue (`queue.rs`) of mails.

use idp_domain::Timestamp;
use idp_domain::delivery::{Delivery, DeliveryState};
use idp_domain::id::{CompanyId, MailId};
use idp_domain::outbox::OutboxMail;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::queue::{self, StateColumns, Turns, queue};
use super::{OnlyRow as _, Result};
use crate::entity::outbox::{Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, count, json, parse_count, parse_json};

const TABLE: &str = "outbox";

/// Whoever forgot a password does not wait behind a thousand invitations.
const TURNS: Turns = Turns { lanes: None, patient: Some("is_patient") };

queue!(OutboxMail, TURNS);

fn row(mail: &OutboxMail) -> Result<Model> {
    let OutboxMail { id, company, letter, state, attempts, created_at } = mail;
    let StateColumns { state, due_at, owner, settled_at, why } = StateColumns::of(state);
    Ok(Model {
        id: id.uuid(),
        company: company.map(CompanyId::uuid),
        letter: json(TABLE, letter)?,
        state,
        due_at,
        owner,
        settled_at,
        why,
        attempts: count(*attempts),
        created_at: created_at.millis(),
        is_patient: letter.invitation().is_some(),
    })
}

fn read(row: Model) -> Result<OutboxMail> {
    let Model {
        id,
        company,
        letter,
        state,
        due_at,
        owner,
        settled_at,
        why,
        attempts,
        created_at,
        is_patient: _,
    } = row;
    Ok(OutboxMail {
        id: MailId::from_uuid(id),
        company: company.map(CompanyId::from_uuid),
        letter: parse_json(TABLE, &letter)?,
        state: StateColumns { state, due_at, owner, settled_at, why }.read(TABLE)?,
        attempts: parse_count(TABLE, attempts)?,
        created_at: at(created_at),
    })
}
