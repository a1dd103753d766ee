//! The logo a client names (RFC 7591 section 2, `logo_uri`): fetched when it is registered or replaced, and drawn anew as an
//! agency's is. A page that linked it would tell the client who looks at it, and load pictures from wherever clients say.
//!
//! What cannot be had is not registered, and left out of the answer: a server may replace what was asked for and says what it
//! registered instead (RFC 7591 section 3.2.1). It is no error, because it need not be the client's: its host is away for a
//! minute, or the picture is an SVG, which is a fine one that we do not draw. Which of these it was is for the operator's log:
//! what is behind the guard of our calls is told to nobody (CWE-918).

use idp_domain::client::{About, Client};
use idp_domain::logo::{Logo, Picture};
use idp_domain::ports::Tx;

use super::check::Wanted;
use crate::env::Env;
use crate::fault::Fault;

/// Fetches and draws it; `None` where there is none that can be shown. Not within a transaction: it takes as long as a stranger
/// likes, within the bounds of our calls.
pub(super) async fn draw(env: &Env, wanted: &Wanted) -> Option<Picture> {
    let uri = wanted.logo_uri()?;
    let file = env.outbound.get(uri).await;
    let file = file.inspect_err(|error| tracing::warn!(%uri, %error, "a client's logo cannot be fetched"));
    let picture = env.pictures.logo(file.ok()?).await;
    picture.inspect_err(|error| tracing::warn!(%uri, %error, "a client's logo cannot be drawn")).ok()
}

/// The client with the logo that was drawn, or else the one it has from the same address: that this does not answer today takes
/// nothing away. Without either, the address is not registered.
pub(super) fn wearing(client: Client, picture: Option<&Picture>, before: Option<&About>) -> Client {
    let drawn = picture.map(|picture| Logo::of_client(&client.id, picture));
    let same = before.filter(|before| before.logo_uri == client.about.logo_uri);
    let logo = drawn.or_else(|| same.and_then(|before| before.logo));
    let logo_uri = client.about.logo_uri.filter(|_| logo.is_some());
    Client { about: About { logo, logo_uri, ..client.about }, ..client }
}

/// The picture, in the transaction that writes the client.
pub(super) async fn store(tx: &mut dyn Tx, client: &Client, picture: Option<&Picture>) -> Result<(), Fault> {
    match (client.about.logo, picture) {
        (Some(logo), Some(picture)) => tx.client_logos().put(&client.id, logo.name, picture).await?,
        // The one from before stays.
        (Some(_), None) => {}
        (None, _) => {
            tx.client_logos().remove(&client.id).await?;
        }
    }
    Ok(())
}
