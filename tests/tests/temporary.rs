#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code, reason = "tests")]
#[path = "../browser/mod.rs"]
mod browser;
#[path = "../interop/mod.rs"]
mod interop;
#[path = "../process/mod.rs"]
mod process;
mod support {
    #[path = "../../support/database.rs"]
    pub(crate) mod database;
    #[path = "../../support/environment.rs"]
    pub(crate) mod environment;
    #[path = "../../support/process.rs"]
    pub(crate) mod process;
    #[path = "../../support/rig.rs"]
    pub(crate) mod rig;
    #[path = "../../support/smtp.rs"]
    pub(crate) mod smtp;
    #[path = "../../support/visitor.rs"]
    pub(crate) mod visitor;
}
