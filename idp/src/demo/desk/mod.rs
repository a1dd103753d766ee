//! The demo's desk: a mailbox with every mail the demo sent, and the form that stands for the office's desktop program.
//!
//! Demo only and loopback only: whoever reaches it reads activation links. It keeps no cookie; another site's pages can
//! neither read it (the Host is checked) nor post to it (the Origin is).

mod api;
mod form;
mod guard;
mod letter;
mod mailbox;
mod office;
mod pages;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::middleware;
use axum::routing::get;
use idp_domain::Entropy;

use super::folder::Folder;
use super::places::Places;
use pages::Overview;

pub(super) use api::Office;

/// What the pages know.
pub(super) struct Desk {
    office: Arc<Office>,
    entropy: Arc<dyn Entropy>,
    mails: PathBuf,
    overview: Overview,
    /// Hosts a browser on this machine may name.
    hosts: [String; 2],
}

impl Desk {
    pub(super) fn new(
        places: &Places,
        folder: &Folder,
        office: Arc<Office>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let port = places.desk_port();
        Self {
            office,
            entropy,
            mails: folder.mails(),
            overview: Overview { portal: places.portal_url(), provider: places.issuer() },
            hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
        }
    }

    pub(super) fn router(self) -> Router {
        let desk = Arc::new(self);
        Router::new()
            .route("/", get(pages::overview))
            .route("/mailbox", get(mailbox::list))
            .route("/mailbox/{name}", get(mailbox::show))
            .route("/mailbox/{name}/html", get(mailbox::html))
            .route("/office", get(office::list))
            .route("/office/{person}", get(office::show).post(office::submit))
            .route("/desk.css", get(stylesheet))
            .fallback(pages::not_found)
            .layer(middleware::from_fn_with_state(Arc::clone(&desk), guard::guard))
            .with_state(desk)
    }
}

async fn stylesheet() -> impl axum::response::IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../../templates/demo/desk.css"))
}
