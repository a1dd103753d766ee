//! Hashed answers to security questions (Q6), the present ones and those they replaced.

use async_trait::async_trait;
use idp_domain::Timestamp;
use idp_domain::id::AccountId;
use idp_domain::password::PasswordHash;
use idp_domain::ports::Answers;
use idp_domain::question::{EnrolledAnswer, FormerAnswer, QuestionId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _};

use super::{Result, before, sweep_by_key};
use crate::entity::answers::{Column, Entity, Model};
use crate::entity::former_answers as former;
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

    async fn keep_former(
        &mut self,
        account: AccountId,
        answers: &[EnrolledAnswer],
        replaced_at: Timestamp,
    ) -> Result<()> {
        let own = former::Column::Account.eq(account.uuid());
        former::Entity::delete_many().filter(own).exec(self).await.stored()?;
        for answer in answers {
            let Model { account, question, hash, enrolled_at } = row(account, answer);
            let replaced_at = replaced_at.millis();
            let row = former::Model { account, question, hash, enrolled_at, replaced_at };
            former::Entity::insert(row.into_active_model()).exec_without_returning(self).await.stored()?;
        }
        Ok(())
    }

    async fn list_former(&mut self, account: AccountId) -> Result<Vec<FormerAnswer>> {
        let own = former::Column::Account.eq(account.uuid());
        let found = former::Entity::find().filter(own).order_by_asc(former::Column::Question);
        found.all(self).await.stored()?.into_iter().map(read_former).collect()
    }

    async fn sweep_former(&mut self, instant: Timestamp, limit: u64) -> Result<u64> {
        use former::Column::{Account, Question, ReplacedAt};
        let key = ([Account, Question], ReplacedAt);
        sweep_by_key::<former::Entity>(self, key, before(ReplacedAt, instant), limit).await
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

fn read_former(row: former::Model) -> Result<FormerAnswer> {
    let former::Model { account, question, hash, enrolled_at, replaced_at } = row;
    let answer = read(Model { account, question, hash, enrolled_at })?;
    Ok(FormerAnswer { answer, replaced_at: at(replaced_at) })
}
