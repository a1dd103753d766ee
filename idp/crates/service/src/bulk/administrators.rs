//! Who of a list will administer the agency. One column of a spreadsheet is easily overlooked, so it is said in plain words
//! before anybody says yes to the list.

use idp_domain::bulk::{BatchRow, RowOutcome};
use idp_domain::id::BatchId;
use idp_domain::member::Authority;
use idp_domain::ports::RowFilter;

use super::{BulkError, MOST_CSV_ROWS};
use crate::authority::CompanyScope;
use crate::env::Env;

/// How many are named.
const NAMED: usize = 20;

/// The people whom a list would make administrators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Administrators {
    pub count: u64,
    /// The first twenty, as the list calls them.
    pub names: Vec<String>,
}

impl Administrators {
    /// Whoever is a member already stays what they are, and a row that does not go through makes nobody anything.
    pub fn among<'a>(rows: impl IntoIterator<Item = &'a BatchRow>) -> Self {
        let mut found = Self::default();
        for row in rows.into_iter().filter(|row| makes_administrator(row)) {
            found.count += 1;
            if found.names.len() < NAMED {
                let name = format!("{} {}", row.text.given_name.trim(), row.text.family_name.trim());
                found.names.push(name);
            }
        }
        found
    }
}

/// Whether the row, when it is carried out, makes somebody an administrator.
pub fn makes_administrator(row: &BatchRow) -> bool {
    matches!(row.verdict.outcome, RowOutcome::Created | RowOutcome::MembershipAdded)
        && row.text.authority.trim() == Authority::Administrator.as_str()
}

/// [`Administrators`] of a list that waits for a yes.
///
/// # Errors
/// [`BulkError::NotFound`], [`Fault`](crate::Fault).
pub async fn administrators(
    env: &Env,
    scope: &CompanyScope,
    id: BatchId,
) -> Result<Administrators, BulkError> {
    let mut tx = env.store.read().await?;
    tx.batches().find(scope.id(), id).await?.ok_or(BulkError::NotFound)?;
    let outcomes = &[RowOutcome::Created, RowOutcome::MembershipAdded];
    let filter = RowFilter { outcomes, ..RowFilter::default() };
    let rows = tx.batches().rows(id, filter, MOST_CSV_ROWS as u64).await?;
    Ok(Administrators::among(&rows))
}

#[cfg(test)]
mod tests {
    use idp_domain::bulk::{RowText, Verdict};

    use super::*;

    fn row(number: u32, authority: &str, outcome: RowOutcome) -> BatchRow {
        let text = RowText {
            given_name: "Ann".to_owned(),
            family_name: number.to_string(),
            authority: authority.to_owned(),
            ..RowText::default()
        };
        BatchRow {
            number,
            text,
            well_formed: true,
            selected: true,
            verdict: Verdict::of(outcome),
            member: None,
        }
    }

    #[test]
    fn only_who_becomes_one_is_counted() {
        use RowOutcome as O;
        let rows = [
            row(1, "administrator", O::Created),
            row(2, " administrator ", O::MembershipAdded),
            row(3, "administrator", O::Skipped),
            row(4, "administrator", O::Failed),
            row(5, "administrator", O::Resent),
            row(6, "none", O::Created),
            row(7, "", O::Created),
        ];
        let names = vec!["Ann 1".to_owned(), "Ann 2".to_owned()];
        assert_eq!(Administrators::among(&rows), Administrators { count: 2, names });
        assert_eq!(Administrators::among(&rows[2..]), Administrators::default());
    }

    #[test]
    fn of_many_the_first_are_named() {
        let rows: Vec<BatchRow> = (1..=500).map(|n| row(n, "administrator", RowOutcome::Created)).collect();
        let found = Administrators::among(&rows);
        assert_eq!((found.count, found.names.len()), (500, NAMED));
    }
}
