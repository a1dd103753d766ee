//! Back-channel logout tokens to be sent (OpenID Connect Back-Channel Logout section 2.5): a queue (`queue.rs`).

use idp_domain::Timestamp;
use idp_domain::delivery::{Delivery, DeliveryState};
use idp_domain::id::DeliveryId;
use idp_domain::logout::LogoutDelivery;
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::queue::{self, Lanes, StateColumns, Turns, queue};
use super::{OnlyRow as _, Result};
use crate::entity::logout_deliveries::{Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, client_id, count, parse_count};

const TABLE: &str = "logout_deliveries";
/// A client whose server stalls holds up this many calls at a time, and nobody else's.
const LANES: Lanes = Lanes { column: "client", most: 4 };

queue!(LogoutDelivery, Turns { lanes: Some(LANES), patient: None });

fn row(delivery: &LogoutDelivery) -> Result<Model> {
    let LogoutDelivery { id, client, sub, sid, state, attempts, created_at } = delivery;
    let StateColumns { state, due_at, owner, settled_at, why } = StateColumns::of(state);
    Ok(Model {
        id: id.uuid(),
        client: client.as_str().to_owned(),
        sub: sub.clone(),
        sid: sid.clone(),
        state,
        due_at,
        owner,
        settled_at,
        why,
        attempts: count(*attempts),
        created_at: created_at.millis(),
    })
}

fn read(row: Model) -> Result<LogoutDelivery> {
    let Model { id, client, sub, sid, state, due_at, owner, settled_at, why, attempts, created_at } = row;
    Ok(LogoutDelivery {
        id: DeliveryId::from_uuid(id),
        client: client_id(TABLE, &client)?,
        sub,
        sid,
        state: StateColumns { state, due_at, owner, settled_at, why }.read(TABLE)?,
        attempts: parse_count(TABLE, attempts)?,
        created_at: at(created_at),
    })
}
