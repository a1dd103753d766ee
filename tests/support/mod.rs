//! What the tests stand on: the whole provider in one value, and actors instead of request builders.

pub(crate) mod admin;
pub(crate) mod administrator;
pub(crate) mod app;
pub(crate) mod authority;
pub(crate) mod balancer;
pub(crate) mod browser;
pub(crate) mod database;
pub(crate) mod described;
pub(crate) mod desktop;
pub(crate) mod dpop;
pub(crate) mod environment;
pub(crate) mod operator;
pub(crate) mod phone;
pub(crate) mod picture;
pub(crate) mod portal;
pub(crate) mod process;
pub(crate) mod relying_party;
pub(crate) mod rig;
pub(crate) mod smtp;
pub(crate) mod statements;
pub(crate) mod terminal;
pub(crate) mod visitor;
pub(crate) mod window;

/// Each test on SQLite and on PostgreSQL: `on_each_database! { async fn a_sentence(app) { … } }`.
macro_rules! on_each_database {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {
        $($(#[$meta])* async fn $name($app: $crate::support::app::TestApp) $body)+

        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                use $crate::support::{app::TestApp, database::TestDatabase};
                super::$name(TestApp::on(TestDatabase::sqlite().await).await).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                use $crate::support::{app::TestApp, database::TestDatabase};
                super::$name(TestApp::on(TestDatabase::postgres().await).await).await;
            })+
        }
    };
}
pub(crate) use on_each_database;
