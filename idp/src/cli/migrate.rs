//! `idp migrate`: brings the database to the schema of this release. Safe to repeat; refuses a newer database.

use super::{ConfigFile, Failure, console};
use crate::compose;

pub(super) async fn run(config: &ConfigFile) -> Result<(), Failure> {
    let settings = config.load()?;
    let store = compose::store(&settings).await?;
    let applied = compose::migrate(&store).await?;
    compose::close(store).await;
    match applied.as_slice() {
        [] => console::say("The database is up to date; nothing was changed."),
        applied => console::say(format!("Applied {} migrations:\n  {}", applied.len(), applied.join("\n  "))),
    }
}
