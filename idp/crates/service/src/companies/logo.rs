//! The logo of an agency (`company.md` section 3, "Branding"): put in its place and taken away by the operator or the agency's
//! own administrators, and shown to everybody.

use idp_domain::audit::AuditAction;
use idp_domain::company::Company;
use idp_domain::logo::{Logo, MOST_BYTES, Picture};
use idp_domain::ports::{PictureError, Tx};

use super::change::{Edit, change};
use super::{CompanyError, Present};
use crate::authority::CompanyScope;
use crate::env::Env;
use crate::once::{Answer, Terms};

/// Draws the picture in a PNG or JPEG file anew and makes it the agency's logo. The file itself is not kept.
///
/// # Errors
/// `Picture` when it is none, and those of every change.
pub async fn set_logo(
    env: &Env,
    scope: &CompanyScope,
    file: Vec<u8>,
    terms: &Terms,
    present: Present<'_>,
) -> Result<Answer, CompanyError> {
    check_authority(scope)?;
    if file.len() > MOST_BYTES {
        return Err(PictureError::TooManyBytes.into());
    }
    let picture = env.pictures.logo(file).await?;
    change(env, scope, &Edit::Logo(Box::new(picture)), terms, present).await
}

/// As with the address block: a program of the agency changes nothing here.
///
/// # Errors
/// `NotAllowed`.
pub(super) fn check_authority(scope: &CompanyScope) -> Result<(), CompanyError> {
    let is_person = scope.caller().account().is_some();
    if scope.is_operator() || is_person { Ok(()) } else { Err(CompanyError::NotAllowed(vec!["logo"])) }
}

/// The picture and what the agency's record says of it, in one transaction.
pub(super) async fn set(
    tx: &mut dyn Tx,
    company: &Company,
    picture: &Picture,
) -> Result<Option<AuditAction>, CompanyError> {
    let logo = Logo::of(company.id, picture);
    if company.logo == Some(logo) {
        return Ok(None);
    }
    tx.logos().put(company.id, logo.name, picture).await?;
    tx.companies().update(&Company { logo: Some(logo), ..company.clone() }).await?;
    Ok(Some(AuditAction::CompanyChanged))
}

pub(super) async fn remove(tx: &mut dyn Tx, company: &Company) -> Result<Option<AuditAction>, CompanyError> {
    if company.logo.is_none() {
        return Ok(None);
    }
    tx.logos().remove(company.id).await?;
    tx.companies().update(&Company { logo: None, ..company.clone() }).await?;
    Ok(Some(AuditAction::CompanyChanged))
}
