//! The logo of a company: `PUT` takes the file itself, `DELETE` takes it away.

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use idp_domain::ports::PictureError;
use idp_domain::scope::Scope;
use idp_service::companies::{self, Edit};

use super::super::call::{Call, Sent, answered};
use super::super::problem::Problem;
use super::wire::CompanyBody;
use super::{edit, present};

/// Set the logo
///
/// A PNG or JPEG file of at most 512 KiB and 4096 by 4096 pixels. It is drawn anew as a PNG picture that fits into 480 by 160
/// pixels, transparent parts on white; the file itself is not kept. The operator or an administrator of the company.
#[utoipa::path(
    put, path = "/admin/v1/companies/{company}/logo", operation_id = "setCompanyLogo", tag = "companies",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("If-Match" = Option<String>, Header, description = "ETag of the company as you saw it"),
    ),
    request_body(content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"))),
    responses(
        (status = 200, body = CompanyBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or a program of the company", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 413, description = "More than 512 KiB", body = Problem),
        (status = 415, description = "Neither image/png nor image/jpeg", body = Problem),
        (status = 422, description = "No picture, a damaged one, or one of too many pixels", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn set(
    call: Call,
    Path(company): Path<String>,
    body: Sent,
) -> Result<Response, Problem> {
    let scope = call.company(Scope::CompaniesWrite, &company).await?;
    let body = body.map_err(|_| Problem::from(PictureError::TooManyBytes))?;
    if !says_picture(&call.headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "Send the file itself with Content-Type: image/png or image/jpeg.",
        ));
    }
    let terms = call.terms(scope.caller(), &body)?;
    let env = &call.state.env;
    let present = present(&env.issuer);
    Ok(answered(companies::set_logo(env, &scope, body.into(), &terms, &present).await?))
}

/// Which of the two it is, the file says itself.
fn says_picture(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    ["image/png", "image/jpeg"].iter().any(|known| media_type.eq_ignore_ascii_case(known))
}

/// Remove the logo
///
/// Pages show the company's initials again. The operator or an administrator of the company. A company without one stays so.
#[utoipa::path(
    delete, path = "/admin/v1/companies/{company}/logo", operation_id = "removeCompanyLogo", tag = "companies",
    security(("token" = ["companies:write"])),
    params(
        ("company" = String, Path, description = "Company code, an alias of it, or `cmp_` id", example = "99999"),
        ("If-Match" = Option<String>, Header, description = "ETag of the company as you saw it"),
    ),
    responses(
        (status = 200, body = CompanyBody, headers(("ETag" = String, description = "For If-Match"))),
        (status = 401, description = "No valid token, or a log-in too long ago", body = Problem),
        (status = 403, description = "Scope missing, or a program of the company", body = Problem),
        (status = 404, description = "No such company for this caller", body = Problem),
        (status = 412, description = "Changed since you saw it", body = Problem),
        (status = 429, description = "Too many calls", body = Problem),
    )
)]
pub(in crate::routes) async fn remove(
    call: Call,
    Path(company): Path<String>,
    body: Sent,
) -> Result<Response, Problem> {
    edit(&call, &company, body, |_, _| Ok(Edit::RemoveLogo)).await
}

impl From<PictureError> for Problem {
    fn from(error: PictureError) -> Self {
        let invalid = |detail| Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-picture", detail);
        match error {
            PictureError::TooManyBytes => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "Send a smaller file: a logo takes at most 512 KiB.",
            ),
            PictureError::NotAPicture => invalid("The file is neither a PNG nor a JPEG picture."),
            PictureError::TooManyPixels => {
                invalid("The picture is too large: at most 4096 pixels wide and 4096 pixels high.")
            }
            PictureError::Damaged => {
                invalid("The picture cannot be read to its end. Save it anew and send that.")
            }
        }
    }
}
