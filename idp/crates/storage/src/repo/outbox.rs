//! The outbox: a queue (`queue.rs`) of mails.

use idp_domain::Timestamp;
use idp_domain::delivery::{Delivery, DeliveryState};
use idp_domain::id::{CompanyId, InvitationId, MailId};
use idp_domain::outbox::{Letter, OutboxMail};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::queue::{self, StateColumns, queue};
use super::{OnlyRow as _, Result};
use crate::entity::outbox::{Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::{at, count, parse_count};

const TABLE: &str = "outbox";

queue!(OutboxMail, None);

fn row(mail: &OutboxMail) -> Model {
    let OutboxMail { id, company, letter, state, attempts, created_at } = mail;
    let (kind, invitation) = match letter {
        Letter::Activation { invitation } => ("activation", invitation),
        Letter::MembershipAdded { invitation } => ("membership_added", invitation),
    };
    let StateColumns { state, due_at, owner, settled_at, why } = StateColumns::of(state);
    Model {
        id: id.uuid(),
        company: company.map(CompanyId::uuid),
        kind: kind.to_owned(),
        invitation: invitation.uuid(),
        state,
        due_at,
        owner,
        settled_at,
        why,
        attempts: count(*attempts),
        created_at: created_at.millis(),
    }
}

fn read(row: Model) -> Result<OutboxMail> {
    let Model { id, company, kind, invitation, state, due_at, owner, settled_at, why, attempts, created_at } =
        row;
    let invitation = InvitationId::from_uuid(invitation);
    let letter = match kind.as_str() {
        "activation" => Letter::Activation { invitation },
        "membership_added" => Letter::MembershipAdded { invitation },
        other => return Err(corrupt(TABLE, format!("unknown letter {other}"))),
    };
    Ok(OutboxMail {
        id: MailId::from_uuid(id),
        company: company.map(CompanyId::from_uuid),
        letter,
        state: StateColumns { state, due_at, owner, settled_at, why }.read(TABLE)?,
        attempts: parse_count(TABLE, attempts)?,
        created_at: at(created_at),
    })
}
