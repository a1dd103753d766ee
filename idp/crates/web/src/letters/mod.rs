//! The mails people get (R35-R39, R53, R72, R77, R84; rules L7, L11), each a list of what it says in its order.
//! Never holds a password, an answer, or any secret besides the one link, and the one code, that it is sent for.

mod address;
mod invitation;
mod notice;
mod recovery;
mod sheet;

#[cfg(any(test, feature = "samples"))]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use idp_service::Fault;
use idp_service::mail::{Contents, LetterFacts};

use sheet::Sheet;
#[cfg(test)]
pub(crate) use sheet::accent_colour;

/// The letter that says these facts.
///
/// # Errors
/// [`Fault::Broken`] for an agency's letter in nobody's name.
pub(crate) fn letter(facts: &LetterFacts<'_>) -> Result<Sheet, Fault> {
    let sheet = Sheet::new(facts);
    let agency = || facts.company.ok_or(Fault::Broken("a letter of an agency in nobody's name"));
    Ok(match facts.contents {
        Contents::Activation { link, log_in_at } => {
            invitation::activation(sheet, agency()?, (link, log_in_at))
        }
        Contents::MembershipAdded { log_in_at } => invitation::membership_added(sheet, agency()?, log_in_at),
        Contents::PasswordReset { link, code } => recovery::password_reset(sheet, link, code),
        Contents::AgencyReset { link } => {
            agency()?;
            recovery::agency_reset(sheet, link, facts.agency_reset_minutes)
        }
        Contents::ResetHelp => recovery::help(sheet, facts.company),
        Contents::CompanyCodes(codes) => recovery::company_codes(sheet, codes),
        Contents::EmailVerification { code } => address::verification(sheet, code),
        Contents::EmailChange { link } => address::change(sheet, link),
        Contents::EmailProposed { link } => {
            agency()?;
            address::proposed(sheet, link)
        }
        Contents::Notice(told) => notice::notice(sheet, told),
    })
}
