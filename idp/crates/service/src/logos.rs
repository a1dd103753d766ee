//! What lies behind the address of a logo: an agency's, or that of a client that registered itself.

use idp_domain::logo::{LogoName, Picture};

use crate::env::Env;
use crate::fault::Fault;

/// `None` for one that nobody shows now.
///
/// # Errors
/// [`Fault`].
pub async fn picture(env: &Env, name: LogoName) -> Result<Option<Picture>, Fault> {
    let mut tx = env.store.read().await?;
    match tx.logos().find(name).await? {
        Some(picture) => Ok(Some(picture)),
        None => Ok(tx.client_logos().find(name).await?),
    }
}
