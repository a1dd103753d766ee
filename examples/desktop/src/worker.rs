//! The thread that talks to the provider, so that the window never waits. It takes [`Command`]s and tells [`Event`]s, and
//! it alone holds the [`Session`].

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use openidconnect::OAuth2TokenResponse as _;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use crate::cli::Options;
use crate::login::{self, Waiting, Wish};
use crate::problem::{Problem, Words};
use crate::provider::{Person, Provider};
use crate::session::Session;
use crate::settings::{self, Remembered};

/// Nobody is logged out because of the network, but not for ever: what is open may long have ended (docs/clients.md).
const LONGEST_UNCONFIRMED: Duration = Duration::from_secs(60 * 60);
/// A program that is closed does not wait for long for the provider to hear of it.
const FAREWELL: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(crate) enum Command {
    LogIn(Wish),
    /// Ends a log-in that is under way.
    Cancel,
    /// Goes on at the agency with this code.
    Switch(String),
    LogOut,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The log-in waits for the person.
    Waiting(Waiting),
    /// Somebody is logged in: after the log-in, after a switch, and after every look at UserInfo.
    Open(Person),
    /// Something did not work; what was open stays open.
    Notice(String),
    /// Nobody is logged in any more, or not yet; with words where the person did not ask for it.
    Ended(Option<Words>),
}

pub(crate) struct Worker {
    /// `None` once it was told to stop.
    commands: Option<UnboundedSender<Command>>,
    /// Told when the program closes, so that nothing under way is waited for.
    closing: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts the thread. `tell` is called on it.
    ///
    /// # Errors
    ///
    /// The system has no thread to spare.
    pub(crate) fn start(
        options: Arc<Options>,
        tell: impl Fn(Event) + Send + Sync + 'static,
    ) -> anyhow::Result<Self> {
        let (sender, commands) = unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let closing = Arc::new(Notify::new());
        let attendant = Attendant { options, commands, closing: Arc::clone(&closing), tell };
        let thread = std::thread::Builder::new().name("provider".to_owned());
        let thread = thread.spawn(move || runtime.block_on(attendant.run())).context("starting a thread")?;
        Ok(Self { commands: Some(sender), closing, thread: Some(thread) })
    }

    pub(crate) fn ask(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // It only fails when the thread has ended, and with it the program.
            let _ = commands.send(command);
        }
    }
}

impl Drop for Worker {
    /// Closing the program logs out; tokens are asked for anew at each start (R57).
    fn drop(&mut self) {
        self.commands = None;
        self.closing.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Attendant<T> {
    options: Arc<Options>,
    commands: UnboundedReceiver<Command>,
    closing: Arc<Notify>,
    tell: T,
}

impl<T: Fn(Event)> Attendant<T> {
    async fn run(mut self) {
        while let Some(command) = self.commands.recv().await {
            let Command::LogIn(wish) = command else { continue };
            if let Some(session) = self.log_in(&wish).await {
                self.remember(&wish);
                self.attend(session).await;
            }
        }
    }

    async fn log_in(&mut self, wish: &Wish) -> Option<Session> {
        let outcome = tokio::select! {
            outcome = log_in(&self.options, wish, |waiting| (self.tell)(Event::Waiting(waiting))) => outcome,
            () = cancelled(&mut self.commands) => {
                (self.tell)(Event::Ended(None));
                return None;
            }
        };
        match outcome {
            Ok(session) => {
                (self.tell)(Event::Open(session.person().clone()));
                Some(session)
            }
            Err(problem) => {
                log(&problem);
                (self.tell)(Event::Ended(Some(problem.words())));
                None
            }
        }
    }

    /// Somebody is logged in, until they log out or the provider says that it is over.
    async fn attend(&mut self, mut session: Session) {
        let every = self.options.check_every;
        let mut checks = interval_at(Instant::now() + every, every);
        // A computer that slept asks once.
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                command = self.commands.recv() => match command {
                    Some(Command::Switch(code)) => tokio::select! {
                        () = self.switch(&mut session, &code) => {}
                        () = self.closing.notified() => return self.log_out(session).await,
                    },
                    Some(Command::LogIn(_) | Command::Cancel) => {}
                    Some(Command::LogOut) | None => return self.log_out(session).await,
                },
                _ = checks.tick() => {
                    let words = tokio::select! {
                        words = self.check(&mut session) => words,
                        () = self.closing.notified() => return self.log_out(session).await,
                    };
                    if let Some(words) = words {
                        // What is left at other agencies is not kept for whoever comes next.
                        let _ = timeout(FAREWELL, session.end()).await;
                        return (self.tell)(Event::Ended(Some(words)));
                    }
                }
            }
        }
    }

    async fn switch(&self, session: &mut Session, code: &str) {
        match session.switch(code).await {
            Ok(()) => (self.tell)(Event::Open(session.person().clone())),
            Err(problem) => {
                log(&problem);
                let notice = match problem {
                    Problem::Unreachable(_) => {
                        "We cannot reach the log-in service. Try again in a minute.".to_owned()
                    }
                    _ => format!("You have no access to {code}. You can log out and log in there."),
                };
                (self.tell)(Event::Notice(notice));
            }
        }
    }

    /// The words to close with, if it is over.
    async fn check(&self, session: &mut Session) -> Option<Words> {
        let Err(problem) = session.check().await else {
            (self.tell)(Event::Open(session.person().clone()));
            return None;
        };
        log(&problem);
        match problem {
            Problem::Unreachable(_) if session.unconfirmed_for() < LONGEST_UNCONFIRMED => {
                let notice = "There is no connection at the moment. We keep trying.";
                (self.tell)(Event::Notice(notice.to_owned()));
                None
            }
            Problem::Unreachable(_) => Some(Words {
                what: "You were logged out".to_owned(),
                advice: "There was no connection for an hour. Log in again when this computer is online."
                    .to_owned(),
            }),
            _ => Some(Words {
                what: format!("Your access to {} has ended", session.person().agency.name),
                advice: "Log in again. If that does not work, call your office.".to_owned(),
            }),
        }
    }

    async fn log_out(&self, session: Session) {
        let told = timeout(FAREWELL, session.end()).await.unwrap_or(false);
        let words = (!told).then(|| Words {
            what: "You are logged out on this computer".to_owned(),
            advice: "The log-in service could not be told. Nobody can go on here without a new log-in."
                .to_owned(),
        });
        (self.tell)(Event::Ended(words));
    }

    /// Customer and Username for the next start (R57). That it cannot be done keeps nobody from working.
    fn remember(&self, wish: &Wish) {
        let Some(file) = &self.options.settings else { return };
        let [customer, username] = [&wish.customer, &wish.username].map(|field| field.trim().to_owned());
        if let Err(error) = settings::save(file, &Remembered { customer, username }) {
            tracing::warn!("the settings are not saved: {error:#}");
        }
    }
}

async fn log_in(options: &Options, wish: &Wish, say: impl FnOnce(Waiting)) -> Result<Session, Problem> {
    let provider = Provider::discover(&options.issuer, &options.client_id).await?;
    let granted = login::log_in(&provider, options, wish, say).await?;
    let refresh_token = granted.tokens.refresh_token().cloned();
    let opened = Session::open(provider.clone(), granted).await;
    if let (Err(_), Some(token)) = (&opened, refresh_token) {
        // Nobody holds it any more.
        let _ = timeout(FAREWELL, provider.revoke(&token)).await;
    }
    opened
}

/// Resolves when the person gives up, or closes the program.
async fn cancelled(commands: &mut UnboundedReceiver<Command>) {
    while let Some(command) = commands.recv().await {
        if matches!(command, Command::Cancel) {
            return;
        }
    }
}

fn log(problem: &Problem) {
    tracing::warn!(cause = problem as &dyn std::error::Error, "it did not work");
}
