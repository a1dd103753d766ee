//! What the browser and the clients meet: routes, typed pages, mails, locale files and embedded assets.
//!
//! Handlers translate: HTTP to a typed request, one use case, presentation. No SQL, no protocol rule, no mail.

pub mod assets;
mod http;
mod letters;
pub mod locale;
mod moment;
pub mod pages;
mod program;
mod routes;
mod typist;

pub use http::options::WebOptions;
#[cfg(any(test, feature = "samples"))]
pub use letters::samples::all_letters;
pub use routes::admin::openapi;
pub use routes::router;
pub use typist::Letters;
