//! The window (R56-R58): draws what the worker tells, and tells the worker what the person does. Never waits for
//! anything. The title says the state, for lists of windows and for screen readers.

mod day;
mod form;
mod look;
mod waiting;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use anyhow::anyhow;
use eframe::egui::{
    CentralPanel, Context, Frame, Key, Margin, Modifiers, Ui, Vec2, ViewportBuilder, ViewportCommand,
};
use eframe::{App, CreationContext, NativeOptions};

use self::day::Day;
use self::form::Form;
use self::waiting::WaitingRoom;
use crate::browser;
use crate::cli::Options;
use crate::login::Wish;
use crate::problem::Words;
use crate::settings::Remembered;
use crate::worker::{Command, Event, Worker};

const NAME: &str = "Care Desktop";
const SIZE: Vec2 = Vec2::new(760.0, 680.0);
const SMALLEST: Vec2 = Vec2::new(480.0, 420.0);

/// Shows the window until it is closed.
///
/// # Errors
///
/// There is no display, or nothing that draws on it.
pub(crate) fn run(options: Arc<Options>, remembered: Remembered) -> anyhow::Result<ExitCode> {
    let viewport = ViewportBuilder::default().with_title(title("Log In")).with_app_id("care-desktop");
    let viewport = viewport.with_inner_size(SIZE).with_min_inner_size(SMALLEST).with_icon(look::icon());
    let native = NativeOptions { viewport, ..NativeOptions::default() };
    let create =
        |cc: &CreationContext<'_>| Ok(Box::new(Desktop::new(cc, options, remembered)?) as Box<dyn App>);
    eframe::run_native(NAME, native, Box::new(create))
        .map_err(|error| anyhow!("no window can be shown here ({error}); try --headless"))?;
    Ok(ExitCode::SUCCESS)
}

fn title(state: &str) -> String {
    format!("{NAME}: {state}")
}

enum Screen {
    Form,
    Waiting(WaitingRoom),
    Day(Day),
}

struct Desktop {
    options: Arc<Options>,
    worker: Worker,
    events: Receiver<Event>,
    /// Kept while somebody is logged in, for whoever comes next.
    form: Form,
    screen: Screen,
    title: String,
}

impl Desktop {
    fn new(cc: &CreationContext<'_>, options: Arc<Options>, remembered: Remembered) -> anyhow::Result<Self> {
        look::dress(&cc.egui_ctx, options.colours);
        let (sender, events) = channel();
        let ctx = cc.egui_ctx.clone();
        let worker = Worker::start(Arc::clone(&options), move |event| {
            let _ = sender.send(event);
            ctx.request_repaint();
        })?;
        let form = Form::new(remembered);
        Ok(Self { options, worker, events, form, screen: Screen::Form, title: title("Log In") })
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Waiting(waiting) => {
                let opened = browser::open(&waiting.address).is_ok();
                self.screen = Screen::Waiting(WaitingRoom::new(waiting, opened));
            }
            Event::Open(person) => match &mut self.screen {
                Screen::Day(day) => day.renew(person),
                Screen::Form | Screen::Waiting(_) => self.screen = Screen::Day(Day::new(person)),
            },
            Event::Notice(notice) => {
                if let Screen::Day(day) = &mut self.screen {
                    day.tell(notice);
                }
            }
            Event::Ended(words) => self.back_to_form(words),
        }
    }

    fn back_to_form(&mut self, words: Option<Words>) {
        self.form.rest(words);
        self.screen = Screen::Form;
    }

    /// The username goes along, so that nobody types it twice.
    fn recover(&mut self) {
        let mut address = self.options.recovery_url.clone();
        let username = self.form.username().trim();
        if !username.is_empty() {
            address.query_pairs_mut().append_pair("login_hint", username);
        }
        if browser::open(&address).is_err() {
            let what = "Your browser could not be opened".to_owned();
            self.form.rest(Some(Words { what, advice: format!("Open this page yourself: {address}") }));
        }
    }

    fn act(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::LogIn(wish) => self.worker.ask(Command::LogIn(wish)),
            Wanted::Recovery => self.recover(),
            Wanted::Cancel => self.worker.ask(Command::Cancel),
            Wanted::Switch(code) => self.worker.ask(Command::Switch(code)),
            Wanted::LogOut => self.worker.ask(Command::LogOut),
        }
    }

    fn say_title(&mut self, ctx: &Context) {
        let state = match &self.screen {
            Screen::Form => "Log In".to_owned(),
            Screen::Waiting(room) => format!("Waiting for {}", room.what()),
            Screen::Day(day) => day.agency().to_owned(),
        };
        let title = title(&state);
        if title != self.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}

/// What the person wants done.
enum Wanted {
    LogIn(Wish),
    Recovery,
    Cancel,
    Switch(String),
    LogOut,
}

impl App for Desktop {
    fn logic(&mut self, ctx: &Context, _: &mut eframe::Frame) {
        while let Ok(event) = self.events.try_recv() {
            self.hear(event);
        }
        self.say_title(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        if ui.input_mut(|input| input.consume_key(Modifiers::CTRL, Key::Q)) {
            ui.ctx().send_viewport_cmd(ViewportCommand::Close);
        }
        let paper = Frame::central_panel(ui.style()).inner_margin(Margin::ZERO);
        let wanted = CentralPanel::default().frame(paper).show(ui, |ui| match &mut self.screen {
            Screen::Form => self.form.draw(ui),
            Screen::Waiting(room) => room.draw(ui),
            Screen::Day(day) => day.draw(ui),
        });
        if let Some(wanted) = wanted.inner {
            self.act(wanted);
        }
    }
}
