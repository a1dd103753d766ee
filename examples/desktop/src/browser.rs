//! Opens pages in the person's own browser (`$BROWSER`, or the system's choice), where their passwords and their
//! single sign-on are. Never in a window of ours (RFC 8252 section 8.12).

use url::Url;

/// Hands an address to the browser, without waiting for it.
///
/// # Errors
///
/// There is no browser here. The address is on the screen as well, and another machine's browser will do.
pub(crate) fn open(address: &Url) -> std::io::Result<()> {
    webbrowser::open(address.as_str()).inspect_err(|error| tracing::warn!(%error, "no browser opened"))
}
