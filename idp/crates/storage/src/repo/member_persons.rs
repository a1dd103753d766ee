//! The references of a company's people: none names two of them, whether as the main one (a column of `memberships`) or as a
//! further hat (a row here; R79).
//!
//! Each of the two tables keeps its own half unique. For what lies between them, whoever writes a hat or changes a reference
//! locks the company first; a new member without hats need not, because its row's reference to the company waits for that lock,
//! and it looks afterwards.

use idp_domain::id::CompanyId;
use idp_domain::member::Membership;
use idp_domain::ports::StoreError;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
};

use super::{OnlyRow as _, Result};
use crate::entity::member_persons::{Column, Entity, Model};
use crate::entity::memberships;
use crate::error::{Rule, Stored as _};
use crate::tx::SqlTx;
use crate::value::word;

const TABLE: &str = "member_persons";
const TAKEN: &str = "person_ref";
const RULES: [Rule; 1] = [Rule { says: TABLE, name: TAKEN }];

/// Makes the references that the row of `membership` names its own.
///
/// # Errors
/// `Conflict("person_ref")` when one of them is somebody else's, or is said twice.
pub(super) async fn claim(tx: &SqlTx, membership: &Membership) -> Result<()> {
    let (company, particulars) = (membership.company, &membership.particulars);
    let mut taken = Condition::any();
    for entry in &particulars.other_persons {
        let row = Model {
            company: company.uuid(),
            person_ref: entry.person_ref.as_str().to_owned(),
            membership: membership.id.uuid(),
            member_type: word(TABLE, &entry.member_type)?,
        };
        Entity::insert(row.into_active_model()).exec_without_returning(tx).await.stored_unless(&RULES)?;
        taken = taken.add(memberships::Column::PersonRef.eq(entry.person_ref.as_str()));
    }
    if !taken.is_empty() {
        let of_company = memberships::Column::Company.eq(company.uuid());
        let main = memberships::Entity::find().filter(of_company).filter(taken);
        refuse_if(main.only(tx).await?.is_some())?;
    }
    let main = (company.uuid(), particulars.person_ref.as_str().to_owned());
    refuse_if(Entity::find_by_id(main).only(tx).await?.is_some())
}

fn refuse_if(taken: bool) -> Result<()> {
    if taken { Err(StoreError::Conflict(TAKEN)) } else { Ok(()) }
}

/// Gives the member's hats up.
pub(super) async fn release(tx: &SqlTx, membership: &Membership) -> Result<()> {
    let own = Entity::delete_many().filter(Column::Membership.eq(membership.id.uuid()));
    own.exec(tx).await.stored()?;
    Ok(())
}

/// The id of the member who has this reference as a further hat.
pub(super) fn holder(company: CompanyId, person: Expr) -> SelectStatement {
    Query::select()
        .column(Column::Membership)
        .from(Entity)
        .and_where(Column::Company.eq(company.uuid()))
        .and_where(Expr::col((Entity, Column::PersonRef)).eq(person))
        .take()
}
