//! Turns of mails to many: one statement moves a company's next turn on, so that no two mails are given the same one.

use std::time::Duration;

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::CompanyId;
use idp_domain::ports::MailTurns;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, OnConflict};
use sea_orm::{EntityTrait as _, IntoActiveModel as _};

use super::Result;
use crate::entity::mail_turns::{Column, Entity, Model};
use crate::error::{Stored as _, corrupt};
use crate::tx::SqlTx;
use crate::value::at;

#[async_trait]
impl MailTurns for SqlTx {
    async fn take(
        &mut self,
        company: CompanyId,
        count: u32,
        distance: Duration,
        now: Timestamp,
    ) -> Result<Timestamp> {
        let first = Model { company: company.uuid(), next_at: (now + distance * count).millis() };
        let taken = first.next_at - now.millis();
        let next = || Expr::col((Entity, Column::NextAt));
        let begins =
            CaseStatement::new().case(next().gt(now.millis()), next()).finally(Expr::value(now.millis()));
        let further = OnConflict::column(Column::Company)
            .value(Column::NextAt, Expr::expr(begins).add(taken))
            .to_owned();
        let moved = Entity::insert(first.into_active_model())
            .on_conflict(further)
            .exec_with_returning_many(self)
            .await
            .stored()?;
        let moved = moved.into_iter().next().ok_or_else(|| corrupt("mail_turns", "no turn was given"))?;
        Ok(at(moved.next_at - taken))
    }
}
