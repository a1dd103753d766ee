//! Hashed answers to security questions (Q6).

use async_trait::async_trait;
use idp_domain::id::AccountId;
use idp_domain::password::PasswordHash;
use idp_domain::ports::Answers;
use idp_domain::question::{EnrolledAnswer, QuestionId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _};

use super::Result;
use crate::entity::answers::{Column, Entity, Model};
use crate::error::Stored as _;
use crate::tx::SqlTx;
use crate::value::{at, known};

const TABLE: &str = "answers";

#[async_trait]
impl Answers for SqlTx {
    async fn replace(&mut self, account: AccountId, answers: &[EnrolledAnswer]) -> Result<()> {
        Entity::delete_many().filter(Column::Account.eq(account.uuid())).exec(self).await.stored()?;
        for answer in answers {
            let row = row(account, answer).into_active_model();
            Entity::insert(row).exec_without_returning(self).await.stored()?;
        }
        Ok(())
    }

    async fn list(&mut self, account: AccountId) -> Result<Vec<EnrolledAnswer>> {
        let own = Column::Account.eq(account.uuid());
        let rows = Entity::find().filter(own).order_by_asc(Column::Question).all(self).await.stored()?;
        rows.into_iter().map(read).collect()
    }
}

/// Whatever account an answer names, it is stored for the one whose answers are replaced.
fn row(owner: AccountId, answer: &EnrolledAnswer) -> Model {
    let EnrolledAnswer { account: _, question, hash, enrolled_at } = answer;
    Model {
        account: owner.uuid(),
        question: question.as_str().to_owned(),
        hash: hash.as_str().to_owned(),
        enrolled_at: enrolled_at.millis(),
    }
}

fn read(row: Model) -> Result<EnrolledAnswer> {
    Ok(EnrolledAnswer {
        account: AccountId::from_uuid(row.account),
        question: known(TABLE, "question", QuestionId::parse(&row.question))?,
        hash: PasswordHash::from_phc(row.hash),
        enrolled_at: at(row.enrolled_at),
    })
}
