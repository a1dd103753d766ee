//! What strangers write, read with nothing else at hand: no store, no clock, no network. The fuzz targets in `fuzz/` enter here
//! where the public types are not entrance enough; nothing of the product does.

use idp_domain::client::Client;
use idp_domain::ports::ClientJwt;
use idp_domain::{Secret, Timestamp};

use crate::endpoint::Issuer;
use crate::field::FieldProblem;
use crate::oauth_error::OAuthError;
use crate::params::Params;
use crate::registration::{self, ClientMetadata};
use crate::{authorize, client_auth, dpop};

/// `client_id` and secret of an `Authorization` header (RFC 6749 section 2.3.1).
pub fn basic_credentials(authorization: &str) -> Option<(String, Secret<String>)> {
    client_auth::strip_scheme(authorization, "basic").and_then(client_auth::decode_basic)
}

/// The address that the `htu` of a DPoP proof means (RFC 9449 section 4.3, item 9), written in the one way it is compared in.
pub fn proven_address(htu: &str) -> Option<String> {
    dpop::claimed(htu)
}

/// The parameters in a request object whose signature was verified.
///
/// # Errors
/// `invalid_request_object`.
pub fn request_object(
    jwt: ClientJwt,
    client: &Client,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Params, OAuthError> {
    authorize::read_request_object(jwt, client, issuer, now)
}

/// What is wrong with the metadata of a client that registers itself, as far as the metadata tell.
pub fn registration(metadata: &ClientMetadata) -> Vec<FieldProblem> {
    registration::problems(metadata)
}
