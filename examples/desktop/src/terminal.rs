//! The same program in a terminal (`--headless`): prints where to log in and draws a QR code, then takes commands from
//! standard input. Ends with 0 after a log-out, and with 1 when the log-in fails or access ends.

use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

use crate::browser;
use crate::cli::Options;
use crate::login::{Waiting, Wish};
use crate::provider::Person;
use crate::settings::Remembered;
use crate::worker::{Command, Event, Worker};

const COMMANDS: &str = "Commands: who, switch CODE, logout";

enum Input {
    Event(Event),
    Line(String),
    /// Nobody can type any more.
    End,
    /// The system wants the program to end.
    Stop,
}

/// Logs in as whoever was named or remembered, and stays until it is over.
///
/// # Errors
///
/// The worker does not start, or standard output is closed.
pub(crate) fn run(options: Arc<Options>, remembered: Remembered) -> anyhow::Result<ExitCode> {
    let (sender, inputs) = channel();
    let events = sender.clone();
    let worker = Worker::start(options, move |event| {
        let _ = events.send(Input::Event(event));
    })?;
    let stops = sender.clone();
    std::thread::spawn(move || read_lines(&sender));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::spawn(move || runtime.block_on(heed_signals(&stops)));
    worker.ask(Command::LogIn(Wish { customer: remembered.customer, username: remembered.username }));
    converse(&worker, &inputs)
}

fn converse(worker: &Worker, inputs: &Receiver<Input>) -> anyhow::Result<ExitCode> {
    let mut open: Option<Person> = None;
    while let Ok(input) = inputs.recv() {
        match input {
            Input::Event(Event::Waiting(waiting)) => say(&invitation(&waiting))?,
            Input::Event(Event::Open(person)) => {
                let is_news = open.as_ref().is_none_or(|before| before.agency != person.agency);
                if is_news {
                    say(&format!("{}\n{COMMANDS}", introduction(&person)))?;
                }
                open = Some(person);
            }
            Input::Event(Event::Notice(notice)) => say(&notice)?,
            Input::Event(Event::Ended(Some(words))) => {
                say(&format!("{}. {}", words.what, words.advice))?;
                return Ok(ExitCode::FAILURE);
            }
            Input::Event(Event::Ended(None)) => {
                say("You are logged out.")?;
                return Ok(ExitCode::SUCCESS);
            }
            Input::Line(line) => match (line.trim().split_once(' '), line.trim(), &open) {
                (_, "logout", Some(_)) => worker.ask(Command::LogOut),
                (_, "logout", None) => worker.ask(Command::Cancel),
                (_, "who", Some(person)) => say(&introduction(person))?,
                (Some(("switch", code)), _, Some(_)) => worker.ask(Command::Switch(code.trim().to_owned())),
                (_, "", _) => {}
                _ => say(COMMANDS)?,
            },
            Input::End | Input::Stop if open.is_some() => worker.ask(Command::LogOut),
            Input::Stop => break,
            Input::End => {}
        }
    }
    Ok(ExitCode::FAILURE)
}

fn read_lines(sender: &Sender<Input>) {
    let lines = std::io::stdin().lock().lines().map_while(Result::ok).map(Input::Line);
    for input in lines.chain([Input::End]) {
        if sender.send(input).is_err() {
            return;
        }
    }
}

/// Ctrl-C, a closed terminal and `kill` end the program as `logout` does: no tokens stay behind that nobody holds.
#[cfg(unix)]
async fn heed_signals(sender: &Sender<Input>) {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    let [Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)] = signals else { return };
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
        if sender.send(Input::Stop).is_err() {
            return;
        }
    }
}

#[cfg(not(unix))]
async fn heed_signals(sender: &Sender<Input>) {
    while tokio::signal::ctrl_c().await.is_ok() && sender.send(Input::Stop).is_ok() {}
}

/// Where to log in, and what to compare there. With a code, a browser of any other machine is as good as this one's.
fn invitation(waiting: &Waiting) -> String {
    let address = &waiting.address;
    let Some(code) = &waiting.code else {
        let opened = browser::open(address).is_ok();
        let what =
            if opened { "Log in in your browser. If it did not open, go to:" } else { "To log in, open:" };
        return format!("{what}\n    {address}");
    };
    let picture = QrCode::new(address.as_str()).map(|picture| {
        // Light on dark, as most terminals are: scanners want dark modules on a light ground.
        picture.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build()
    });
    format!(
        "To log in, open:\n    {}\nand type this code:\n    {}\nOr scan this with your phone:\n{}\nWaiting for you ...",
        code.verification_uri,
        code.user_code,
        picture.unwrap_or_default()
    )
}

fn introduction(person: &Person) -> String {
    let Person { name, user_name, member_type, agency, agencies } = person;
    let user_name = user_name.as_ref().map(|user_name| format!(" ({user_name})")).unwrap_or_default();
    let member_type = member_type.label().to_lowercase();
    let mut text =
        format!("Logged in as {name}{user_name}, {member_type}, at {} ({}).", agency.name, agency.code);
    let others = agencies.iter().filter(|other| **other != *agency);
    for other in others {
        text.push_str(&format!("\nAlso open to you: {} ({}).", other.name, other.code));
    }
    text
}

fn say(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}
