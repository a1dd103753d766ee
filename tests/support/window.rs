//! The sample desktop program in a window of its own: on a display that nobody sees, with a keyboard that types what a
//! test says, and with a browser that only notes the addresses it was given.

use std::cell::Cell;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use image::{GrayImage, RgbImage, imageops};
use tempfile::TempDir;

use super::process::{PATIENCE, Running, eventually, sample};

const NAME: &str = "sample-desktop";
const SCREEN: &str = "1024x768x24";
/// Longer than a frame takes and shorter than a blink of the text cursor.
const FRAME: Duration = Duration::from_millis(150);
/// A key that shows nothing by then has nothing to show.
const REACTION: Duration = Duration::from_secs(5);

/// A person's desk: what the program may write to, and a browser that notes addresses.
pub(crate) struct Desk {
    folder: TempDir,
    /// How many of the addresses have been looked at.
    seen: Cell<usize>,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("idp-desk-").expect("a temporary folder");
        let desk = Self { folder, seen: Cell::new(0) };
        let script = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >> {}\n", desk.path("opened").display());
        std::fs::write(desk.path("browser"), script).expect("the folder is writable");
        let runs = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(desk.path("browser"), runs).expect("the file is ours");
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program at this desk, with these arguments.
    pub(crate) fn start(&self, arguments: &[&str], display: Option<&str>) -> Running {
        let (home, browser) = (self.path(""), self.path("browser"));
        let (home, browser) = (home.display().to_string(), browser.display().to_string());
        let mut variables = vec![("HOME", home.as_str()), ("BROWSER", browser.as_str())];
        variables.extend(display.map(|display| ("DISPLAY", display)));
        Running::start_in(sample(NAME), arguments, &variables)
    }

    /// The next address that the browser was given.
    pub(crate) async fn opened(&self) -> String {
        let next = || {
            let opened = std::fs::read_to_string(self.path("opened")).ok()?;
            opened.lines().nth(self.seen.get()).map(str::to_owned)
        };
        let address = eventually("an address in the browser", async || next()).await;
        self.seen.set(self.seen.get() + 1);
        address
    }

    /// What the program remembers of the last log-in, as it is written.
    pub(crate) fn settings(&self) -> String {
        let file = self.path(".config/care-desktop/settings.json");
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }
}

/// A screen without a monitor, which keeps its picture in a file.
struct Display {
    name: String,
    picture: PathBuf,
    _folder: TempDir,
    _server: Running,
}

impl Display {
    async fn start() -> Self {
        let folder = TempDir::with_prefix("idp-display-").expect("a temporary folder");
        let path = folder.path().display().to_string();
        let arguments =
            ["-displayfd", "1", "-screen", "0", SCREEN, "-fbdir", &path, "-nolisten", "tcp", "-noreset"];
        let mut server = Running::start("/usr/bin/Xvfb".into(), &arguments);
        let number = |said: String| said.lines().find_map(|line| line.trim().parse::<u32>().ok());
        let mut display = None;
        let said = server.teller();
        server
            .until("a display", async || {
                display = number(said());
                display.is_some()
            })
            .await;
        let name = format!(":{}", display.expect("a display"));
        Self { name, picture: folder.path().join("Xvfb_screen0"), _folder: folder, _server: server }
    }

    fn xdotool(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("/usr/bin/xdotool");
        let output = command.args(arguments).env("DISPLAY", &self.name).output();
        let output = output.expect("xdotool: run `make test`, which installs it");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// What is on the screen.
    fn picture(&self) -> RgbImage {
        read_xwd(&std::fs::read(&self.picture).expect("the screen's picture"))
    }
}

/// An X window dump of 24 bits, as Xvfb keeps it (X11/XWDFile.h): words of the header first, then colours, then rows.
fn read_xwd(dump: &[u8]) -> RgbImage {
    let word = |number: usize| {
        let bytes = dump[4 * number..][..4].try_into().expect("four bytes");
        u32::from_be_bytes(bytes)
    };
    let [header, width, height, bits, row, colors] = [0, 4, 5, 11, 12, 19].map(word);
    assert_eq!(bits, 32, "bits of a pixel");
    let pixels = &dump[(header + 12 * colors) as usize..];
    RgbImage::from_fn(width, height, |x, y| {
        let at = (y * row + 4 * x) as usize;
        image::Rgb([pixels[at + 2], pixels[at + 1], pixels[at]])
    })
}

/// The program's window.
pub(crate) struct Window {
    desk: Desk,
    display: Display,
    program: Running,
    arguments: Vec<String>,
    id: String,
}

impl Window {
    /// Starts the program at a new desk and waits for its window.
    pub(crate) async fn open(issuer: &str, client_id: &str, more: &[&str]) -> Self {
        let own = ["--issuer", issuer, "--client-id", client_id, "--device-name", "FRONT-DESK-2"];
        let arguments: Vec<String> = own.iter().chain(more).map(|&argument| argument.to_owned()).collect();
        Self::open_at(Desk::new(), Display::start().await, arguments).await
    }

    async fn open_at(desk: Desk, display: Display, arguments: Vec<String>) -> Self {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut program = desk.start(&words, Some(&display.name));
        let search = ["search", "--onlyvisible", "--name", "^Care Desktop: "];
        let mut found = None;
        program
            .until("showing a window", async || {
                found = display.xdotool(&search).and_then(|ids| ids.lines().next().map(str::to_owned));
                found.is_some()
            })
            .await;
        let window = Self { desk, display, program, arguments, id: found.expect("a window") };
        window.focus().await;
        window
    }

    /// Nobody gives the window the keyboard here, as a window manager does.
    async fn focus(&self) {
        eventually("the keyboard", async || {
            self.display.xdotool(&["windowfocus", &self.id])?;
            (self.display.xdotool(&["getwindowfocus", "-f"])? == self.id).then_some(())
        })
        .await;
    }

    /// Types a text where the keyboard is.
    pub(crate) fn write(&self, text: &str) {
        self.strike(&["type", "--delay", "15", text]);
    }

    /// Presses a key, by its X name: `Tab`, `Return`, `ctrl+2`.
    pub(crate) fn key(&self, name: &str) {
        self.strike(&["key", name]);
    }

    /// Types, and waits for what it does: on a busy machine several keys come with one frame, and a text that follows a Tab
    /// too closely is written into the field before.
    fn strike(&self, keys: &[&str]) {
        let before = self.display.picture();
        self.display.xdotool(keys).expect("a keyboard");
        let (mut last, begun) = (before.clone(), Instant::now());
        while begun.elapsed() < REACTION {
            std::thread::sleep(FRAME);
            let now = self.display.picture();
            if now != before && now == last {
                return;
            }
            last = now;
        }
    }

    /// Waits for a title that begins like this, and returns it.
    pub(crate) async fn until_title(&mut self, beginning: &str) -> String {
        let Self { display, id, program, .. } = self;
        let mut title = String::new();
        let what = format!("showing {beginning:?}");
        let waited = program.until(&what, async || {
            title = display.xdotool(&["getwindowname", id]).unwrap_or_default();
            title.starts_with(beginning)
        });
        waited.await;
        title
    }

    /// The next address that was handed to the browser.
    pub(crate) async fn opened(&self) -> String {
        self.desk.opened().await
    }

    /// What is remembered of the last log-in, as it is written.
    pub(crate) fn settings(&self) -> String {
        self.desk.settings()
    }

    /// Photographs the window, once nothing moves in it any more, into `target/screenshots/desktop/`.
    pub(crate) async fn screenshot(&self, name: &str) -> RgbImage {
        let mut before = self.display.picture();
        for _ in 0..PATIENCE.as_millis() / FRAME.as_millis() {
            tokio::time::sleep(FRAME).await;
            let now = self.display.picture();
            if now == before {
                break;
            }
            before = now;
        }
        let geometry = self.display.xdotool(&["getwindowgeometry", "--shell", &self.id]).expect("a window");
        let number = |name: &str| {
            let line = geometry.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.and_then(|value| value.parse::<u32>().ok()).unwrap_or_default()
        };
        let (x, y, width, height) = (number("X"), number("Y"), number("WIDTH"), number("HEIGHT"));
        let picture = imageops::crop_imm(&before, x, y, width, height).to_image();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let folder = root.join("target/screenshots/desktop");
        std::fs::create_dir_all(&folder).expect("target is writable");
        picture.save(folder.join(format!("{name}.png"))).expect("target is writable");
        picture
    }

    /// What a phone reads that is held before this picture of the window.
    pub(crate) fn scan(picture: &RgbImage) -> String {
        let gray: GrayImage = imageops::grayscale(picture);
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(
            gray.width() as usize,
            gray.height() as usize,
            |x, y| gray.get_pixel(x as u32, y as u32)[0],
        );
        let grids = prepared.detect_grids();
        assert_eq!(grids.len(), 1, "one QR code in the window");
        grids[0].decode().expect("a QR code that can be read").1
    }

    /// Closes the program as its person does, and starts it again at the same desk.
    pub(crate) async fn reopen(self) -> Self {
        let (desk, display, arguments) = self.closed().await;
        Self::open_at(desk, display, arguments).await
    }

    pub(crate) async fn close(self) {
        self.closed().await;
    }

    async fn closed(mut self) -> (Desk, Display, Vec<String>) {
        self.key("ctrl+q");
        let status = self.program.ended().await;
        assert!(status.success(), "{NAME} ended with {status}:\n{}", self.program.said());
        let Self { desk, display, arguments, .. } = self;
        (desk, display, arguments)
    }
}
