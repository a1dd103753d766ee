//! Mail that came back (R85), as the operator's mail provider or a mailbox for bounces tells it.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use idp_domain::email::EmailAddress;
use idp_domain::scope::Scope;
use idp_service::mail::{self, Bounce, BounceKind, Bounced};
use idp_service::provision::ProvisionError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::call::{Call, answered};
use super::problem::Problem;

/// One mail that came back. Either `message_id` or `recipient` is said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::routes) struct BounceBody {
    /// `Message-ID` of the mail as we sent it, with or without angle brackets.
    message_id: Option<String>,
    /// Who the mail was for, where the provider does not hand the `Message-ID` on: every invitation that is out to the address.
    #[schema(example = "frank.jones@example.com")]
    recipient: Option<String>,
    /// `permanent`: the address takes no mail, and its invitations are undeliverable. `transient`: it may arrive yet, and nothing
    /// is changed.
    #[schema(example = "permanent")]
    kind: Kind,
    /// What the mail server said. Its status code (RFC 3463) is what the office is told as the reason; nothing else of it is
    /// kept.
    #[serde(default)]
    #[schema(example = "smtp; 550 5.1.1 user unknown")]
    diagnostic: String,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Permanent,
    Transient,
}

/// What was taken in; nothing is told of what it was about.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::routes) struct TakenInBody {}

/// Tell of a mail that came back
///
/// Invitations that are out to a mailbox that takes no mail become `undeliverable`, and no other mail is sent for them until the
/// address is changed. A mail that nobody knows, or that is no invitation, is answered the same. For the operator only.
#[utoipa::path(
    post, path = "/admin/v1/bounces", operation_id = "tellOfBounce", tag = "mail",
    security(("token" = ["bounces:write", "operator"])),
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 200 printable characters; kept 24 hours"),
    ),
    request_body = BounceBody,
    responses(
        (status = 200, description = "Taken in", body = TakenInBody, headers(("ETag" = String))),
        (status = 400, description = "Not JSON, or not of this shape", body = Problem),
        (status = 403, description = "Scope missing, or not the operator", body = Problem),
        (status = 413, description = "Body too large", body = Problem),
        (status = 422, description = "A reused key", body = Problem),
    )
)]
pub(in crate::routes) async fn tell(
    call: Call,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let scope = call.operator(Scope::BouncesWrite).await?;
    let body = body.map_err(|_| Problem::body_too_large())?;
    let terms = call.terms(scope.caller(), &body)?;
    let bounce = call.json::<BounceBody>(&body)?.read()?;
    let answer = mail::bounced(&call.state.env, &scope, &bounce, &terms).await?;
    Ok(answered(answer.map_err(ProvisionError::from)?))
}

impl BounceBody {
    fn read(self) -> Result<Bounce, Problem> {
        let about = match (self.message_id, self.recipient) {
            (Some(message_id), None) => Bounced::Mail(message_id),
            (None, Some(recipient)) => {
                let recipient = EmailAddress::parse(&recipient);
                Bounced::Recipient(
                    recipient.map_err(|_| Problem::invalid_body("recipient must be an e-mail address."))?,
                )
            }
            _ => return Err(Problem::invalid_body("Say either message_id or recipient.")),
        };
        let kind = match self.kind {
            Kind::Permanent => BounceKind::Permanent,
            Kind::Transient => BounceKind::Transient,
        };
        Ok(Bounce { about, kind, diagnostic: self.diagnostic })
    }
}
