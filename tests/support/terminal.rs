//! The sample desktop program in a terminal (`--headless`): what it prints, and somebody who types.

use std::process::ExitStatus;

use super::process::Running;
use super::window::Desk;

pub(crate) struct Terminal {
    _desk: Desk,
    program: Running,
    /// So much of what it said has been read.
    read: usize,
}

impl Terminal {
    pub(crate) fn open(issuer: &str, client_id: &str, more: &[&str]) -> Self {
        let own =
            ["--headless", "--issuer", issuer, "--client-id", client_id, "--device-name", "FRONT-DESK-2"];
        let desk = Desk::new();
        let program = desk.start(&[&own, more].concat(), None);
        Self { _desk: desk, program, read: 0 }
    }

    /// Types a line.
    pub(crate) fn write(&mut self, line: &str) {
        self.program.tell(line);
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        self.program.interrupt();
    }

    /// Waits for a line that begins like this, after those that were read before, and returns it.
    pub(crate) async fn line(&mut self, beginning: &str) -> String {
        let said = self.program.teller();
        let (mut line, mut read) = (None, self.read);
        let what = format!("saying {beginning:?}");
        let waited = self.program.until(&what, async || {
            let lines = said();
            let found =
                lines.lines().enumerate().skip(self.read).find(|(_, it)| it.trim().starts_with(beginning));
            line = found.map(|(number, line)| {
                read = number + 1;
                line.trim().to_owned()
            });
            line.is_some()
        });
        waited.await;
        self.read = read;
        line.expect("a line")
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        self.program.ended().await
    }

    pub(crate) fn said(&self) -> String {
        self.program.said()
    }
}
