//! The `sub` a client knows a person by (OpenID Connect Core section 8): the account's id, or a name of its own for every
//! sector, drawn at random when it is first needed and kept for ever.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_domain::client::Client;
use idp_domain::id::AccountId;
use idp_domain::ports::Tx;

use crate::env::Env;
use crate::fault::Fault;

/// The pairwise name of the account at this client, made if there is none; `None` for public subjects.
pub(crate) async fn find_or_draw(
    env: &Env,
    tx: &mut dyn Tx,
    client: &Client,
    account: AccountId,
) -> Result<Option<String>, Fault> {
    let Some(sector) = client.sector() else { return Ok(None) };
    if let Some(known) = tx.subjects().find(sector, account).await? {
        return Ok(Some(known));
    }
    let drawn = URL_SAFE_NO_PAD.encode(env.entropy().bytes::<24>());
    Ok(Some(tx.subjects().keep(sector, account, &drawn).await?))
}

/// Whether `sub` is this account's name at this client.
pub(crate) async fn is_subject(
    tx: &mut dyn Tx,
    client: &Client,
    account: AccountId,
    sub: &str,
) -> Result<bool, Fault> {
    Ok(match client.sector() {
        None => sub == account.to_string(),
        Some(sector) => tx.subjects().find(sector, account).await?.is_some_and(|known| known == sub),
    })
}
