//! What commands answer, on standard output. Logs and errors go to standard error and never through here.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};

use super::Failure;

/// Writes the text and a newline. A reader that went away (`idp config show | head`) is no failure.
pub(crate) fn say(text: impl Display) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}
