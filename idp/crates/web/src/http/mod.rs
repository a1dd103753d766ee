//! What every route shares: who is asking, how forms are trusted, what answers look like.

pub(crate) mod accept;
pub(crate) mod access_log;
pub(crate) mod access_token;
pub(crate) mod browser;
pub(crate) mod client_request;
pub(crate) mod cookies;
pub(crate) mod cors;
pub(crate) mod document;
pub(crate) mod dpop_nonce;
pub(crate) mod failure;
pub(crate) mod form;
pub(crate) mod options;
pub(crate) mod origin;
pub(crate) mod present;
pub(crate) mod proof;
pub(crate) mod slow_sender;
pub(crate) mod state;
