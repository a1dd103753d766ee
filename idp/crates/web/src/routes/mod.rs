//! The map of addresses. Every one is an [`Endpoint`]; everything lies under the issuer's own path.

mod account;
mod activate;
pub(crate) mod admin;
mod apps;
mod authorize;
mod bootstrap;
mod choose;
mod consent;
mod device;
mod device_authorization;
mod errors;
mod home;
mod introspection;
mod log_in;
pub(crate) mod logos;
mod logout;
mod metadata;
mod office;
mod own;
mod own_email;
mod par;
mod protection;
mod questions;
mod recovery;
mod registration;
mod revocation;
mod token;
mod userinfo;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{MethodRouter, delete, get, post, put};
use idp_service::Env;
use idp_service::endpoint::Endpoint;
use idp_service::registration::Admits;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::http::access_log;
use crate::http::cors;
use crate::http::dpop_nonce;
use crate::http::failure::panicked;
use crate::http::options::WebOptions;
use crate::http::slow_sender;
use crate::http::state::AppState;

/// So much of a form with a file is read, bytes: beyond the limit of the file itself, so that whoever sends too large a one is
/// told on the page of the form.
const FORM_WITH_FILE: usize = 4 * idp_service::bulk::MOST_BYTES;

/// The whole front of the provider.
pub fn router(env: Env, options: WebOptions) -> Router {
    let state = AppState::new(env, options);
    let (max_body, timeout) = (state.options.max_body, state.options.request_timeout);
    let mut router = Router::new();
    for endpoint in Endpoint::VARIANTS {
        if let Some(handler) = handler(*endpoint, &state) {
            router = router.route(&state.path(*endpoint), handler);
        }
    }
    for path in well_known(&state) {
        router = router.route(&path, get(metadata::discovery));
    }
    router
        .layer(DefaultBodyLimit::max(max_body))
        .layer(TimeoutLayer::with_status_code(slow_sender::GIVEN_UP, timeout))
        .layer(middleware::from_fn(slow_sender::tell_apart))
        .layer(CatchPanicLayer::custom(panicked))
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(middleware::from_fn_with_state(state.clone(), errors::draw))
        .layer(middleware::from_fn_with_state(state.clone(), dpop_nonce::hand_out))
        // Outside of what draws errors: a browser client must be able to read those, too.
        .layer(middleware::from_fn_with_state(state.clone(), cors::admit))
        .layer(middleware::from_fn_with_state(state.clone(), access_log::record))
        .with_state(state)
}

/// An issuer without a path has its three well-known addresses fall together.
fn well_known(state: &AppState) -> Vec<String> {
    let mut paths = state.env.issuer.well_known_paths().to_vec();
    paths.sort();
    paths.dedup();
    paths
}

/// Where nobody may register, there is nothing at these addresses.
fn may_register(state: &AppState) -> Option<()> {
    (state.env.policy.registration.admits != Admits::Nobody).then_some(())
}

/// HEAD, where a GET may answer a request for good or end a session: it changes nothing (RFC 9110 section 9.2.1).
async fn nothing() {}

#[expect(clippy::too_many_lines, reason = "a map: one line an address")]
fn handler(endpoint: Endpoint, state: &AppState) -> Option<MethodRouter<AppState>> {
    Some(match endpoint {
        Endpoint::Home => get(home::show),
        Endpoint::Authorization => get(authorize::begin).post(authorize::carry).head(nothing),
        Endpoint::PushedAuthorizationRequest => post(par::push),
        Endpoint::Continue => get(authorize::resume).head(nothing),
        Endpoint::LogIn => get(log_in::show).post(log_in::submit),
        Endpoint::DismissNotice => get(log_in::dismiss_notice),
        Endpoint::Questions => get(questions::show).post(questions::save),
        Endpoint::CancelQuestions => post(questions::cancel),
        Endpoint::NoAccess => get(authorize::no_access).post(authorize::leave),
        Endpoint::Consent => get(consent::show).post(consent::answer),
        Endpoint::Token => post(token::grant),
        Endpoint::DeviceAuthorization => post(device_authorization::ask),
        Endpoint::Device => get(device::enter::show).post(device::enter::submit),
        Endpoint::DeviceApproval => get(device::approve::show).post(device::approve::answer),
        Endpoint::DeviceDone => get(device::done::show),
        Endpoint::Choose => get(choose::show).post(choose::answer),
        Endpoint::Introspection => post(introspection::introspect),
        Endpoint::Revocation => post(revocation::revoke),
        Endpoint::Registration => {
            may_register(state)?;
            post(registration::register)
        }
        Endpoint::ClientConfiguration => {
            may_register(state)?;
            get(registration::read).put(registration::replace).delete(registration::remove)
        }
        Endpoint::Userinfo => get(userinfo::from_header).post(userinfo::from_post),
        Endpoint::Jwks => get(metadata::jwks),
        Endpoint::EndSession => get(logout::request).post(logout::carry).head(nothing),
        Endpoint::ConfirmLogout => post(logout::confirm),
        Endpoint::SignedOut => get(logout::signed_out),
        Endpoint::Account => get(account::show).post(account::save),
        Endpoint::Apps => get(apps::show).post(apps::withdraw),
        // Recovery.
        Endpoint::Forgot => get(recovery::show_password).post(recovery::ask_for_password),
        Endpoint::ForgotCode => get(recovery::show_code).post(recovery::type_code),
        Endpoint::CompanyCodes => get(recovery::show_codes).post(recovery::ask_for_codes),
        Endpoint::Reset => get(recovery::land),
        Endpoint::ResetQuestions => get(recovery::show_questions).post(recovery::send_answers),
        Endpoint::ResetRecoveryCode => get(recovery::show_saved_code).post(recovery::send_saved_code),
        Endpoint::ResetPassword => get(recovery::show_new_password).post(recovery::choose_password),
        Endpoint::ResendReset => post(recovery::resend),
        Endpoint::VerifyEmail => get(protection::verify_email::show).post(protection::verify_email::submit),
        Endpoint::ResendVerification => post(protection::verify_email::resend),
        Endpoint::ChangePassword => {
            get(protection::change_password::show).post(protection::change_password::submit)
        }
        Endpoint::Security => get(protection::security::show),
        Endpoint::OwnPassword => get(protection::password::show).post(protection::password::submit),
        Endpoint::OwnQuestions => get(protection::questions::show).post(protection::questions::save),
        Endpoint::OwnRecoveryCode => {
            get(protection::recovery_code::show).post(protection::recovery_code::submit)
        }
        // Another address.
        Endpoint::OwnEmail => get(own_email::change::show).post(own_email::change::save),
        Endpoint::ConfirmEmail => get(own_email::confirm::show).post(own_email::confirm::submit),
        Endpoint::UndoEmail => get(own_email::undo::show).post(own_email::undo::submit),
        // Where the person is signed in, belongs, and what is stored.
        Endpoint::Sessions => get(own::sessions::show).post(own::sessions::log_out),
        Endpoint::SignOutEverywhere => post(own::sessions::log_out_everywhere),
        Endpoint::Activity => get(own::activity::show),
        Endpoint::OwnCompanies => get(own::companies::show).post(own::companies::leave),
        Endpoint::OwnData => get(own::export::show),
        Endpoint::DownloadData => post(own::export::download),
        Endpoint::CloseAccount => get(own::close::show).post(own::close::close),
        // The office.
        Endpoint::Office => get(office::agencies::show),
        Endpoint::OfficePeople => get(office::people::show),
        Endpoint::OfficeAdd => get(office::add::show).post(office::add::submit),
        Endpoint::OfficePerson => get(office::person::show).post(office::person::submit),
        Endpoint::OfficeResend => get(office::resend::show).post(office::resend::submit),
        Endpoint::OfficeInstructions => get(office::instructions::show),
        Endpoint::OfficeLogo => {
            get(office::logo::show).post(office::logo::submit).layer(DefaultBodyLimit::max(FORM_WITH_FILE))
        }
        Endpoint::OfficeRemoveLogo => get(office::logo::ask_removal).post(office::logo::remove),
        Endpoint::OfficeNewCompany => get(office::open_agency::show).post(office::open_agency::submit),
        Endpoint::OfficeBulk => {
            get(office::bulk::show).post(office::bulk::submit).layer(DefaultBodyLimit::max(FORM_WITH_FILE))
        }
        // A page of rows comes back with every cell that is wrong in them, such as a note that is too long.
        Endpoint::OfficeBatch => get(office::batch::show)
            .post(office::batch::submit)
            .layer(DefaultBodyLimit::max(idp_service::bulk::MOST_BYTES)),
        Endpoint::OfficeBatchResult => get(office::batch::result),
        Endpoint::Bootstrap => get(bootstrap::show).post(bootstrap::submit),
        Endpoint::Activate => get(activate::land),
        Endpoint::ResendActivation => post(activate::resend),
        Endpoint::CreatePassword => get(activate::show).post(activate::submit),
        Endpoint::Companies => get(admin::companies::list).post(admin::companies::create),
        Endpoint::Company => {
            get(admin::companies::read).patch(admin::companies::change).post(admin::companies::act)
        }
        Endpoint::CompanyLogo => put(admin::companies::logo::set)
            .delete(admin::companies::logo::remove)
            .layer(DefaultBodyLimit::max(idp_domain::logo::MOST_BYTES)),
        Endpoint::CompanyAliases => post(admin::companies::add_alias),
        Endpoint::CompanyAlias => delete(admin::companies::release_alias),
        Endpoint::Clients => get(admin::clients::list).post(admin::clients::create),
        Endpoint::Client => get(admin::clients::read)
            .patch(admin::clients::change)
            .delete(admin::clients::remove)
            .post(admin::clients::act),
        Endpoint::Members => get(admin::members::list).post(admin::members::create),
        Endpoint::Member => get(admin::members::read)
            .patch(admin::members::change)
            .delete(admin::members::remove)
            .post(admin::members::perform),
        Endpoint::Audit => get(admin::audit::of_company),
        Endpoint::PlatformAudit => get(admin::audit::of_platform),
        Endpoint::ApiDocs => get(admin::docs::show),
        Endpoint::Bounces => post(admin::bounces::tell),
        Endpoint::BulkInvitations => {
            post(admin::bulk::send).layer(DefaultBodyLimit::max(idp_service::bulk::MOST_BYTES))
        }
        Endpoint::Job => get(admin::jobs::read).post(admin::jobs::cancel),
        Endpoint::JobRows => get(admin::jobs::rows),
        Endpoint::JobResult => get(admin::jobs::result),
        Endpoint::Readiness => get(admin::jobs::readiness),
        Endpoint::OpenApi => get(admin::openapi_document),
        Endpoint::Live => get(home::live),
        Endpoint::Ready => get(home::ready),
        Endpoint::Metrics => {
            state.options.metrics.as_ref()?;
            get(home::metrics)
        }
        Endpoint::Asset => get(home::asset),
        Endpoint::Logo => get(logos::show),
    })
}
