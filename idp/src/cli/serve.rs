//! `idp serve`: the real server. Nothing of the demo is reachable from here.

use super::{ConfigFile, Failure};
use crate::lifecycle::Lifecycle;
use crate::node::{self, Node, NodeError};
use crate::telemetry;

pub(super) async fn run(config: &ConfigFile) -> Result<(), Failure> {
    let settings = config.load()?;
    let metrics = telemetry::start(&settings.log);
    let listener = node::bind("server.listen", settings.server.listen).await?;
    let node = Node::compose(settings, metrics).await?;
    let lifecycle = Lifecycle::until_signal().map_err(NodeError::Signals)?;
    Ok(node.run(listener, lifecycle).await?)
}
