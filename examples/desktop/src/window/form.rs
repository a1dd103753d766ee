//! The first screen (R56): Customer, Username, Log In, Forgot Password, in this order for the Tab key. Enter logs in from
//! every field. There is no field for a password.

use eframe::egui::{Align2, Id, Key, Margin, Response, RichText, TextEdit, Ui, Vec2};

use super::{Wanted, look};
use crate::login::Wish;
use crate::problem::Words;
use crate::settings::Remembered;

const WIDTH: f32 = 400.0;
/// As long as anything that the provider takes.
const LONGEST: usize = 254;

pub(super) struct Form {
    customer: String,
    username: String,
    /// Why nobody is logged in.
    words: Option<Words>,
    /// Log In was pressed, and nothing has come of it yet.
    asked: bool,
    /// The focus goes to where the person goes on, once.
    arriving: bool,
}

impl Form {
    pub(super) fn new(remembered: Remembered) -> Self {
        let Remembered { customer, username } = remembered;
        Self { customer, username, words: None, asked: false, arriving: true }
    }

    pub(super) fn username(&self) -> &str {
        &self.username
    }

    /// Nobody is logged in any more, or not yet.
    pub(super) fn rest(&mut self, words: Option<Words>) {
        self.words = words;
        self.asked = false;
        self.arriving = true;
    }

    pub(super) fn draw(&mut self, ui: &mut Ui) -> Option<Wanted> {
        look::column(ui, WIDTH, |ui| {
            let height = ui.ctx().content_rect().height();
            ui.add_space(((height - 560.0) / 2.0).clamp(0.0, 120.0));
            ui.horizontal(|ui| {
                look::mark(ui, 40.0);
                ui.label(RichText::new(super::NAME).size(21.0));
            });
            ui.add_space(14.0);
            ui.heading("Log in to work");
            look::quiet(ui, "Your browser will ask for your password.");
            ui.add_space(14.0);
            if let Some(words) = &self.words {
                look::problem(ui, words);
            }
            ui.add_enabled_ui(!self.asked, |ui| self.fields(ui)).inner
        })
    }

    fn fields(&mut self, ui: &mut Ui) -> Option<Wanted> {
        let customer = field(ui, "Customer", "Your agency's code, such as 99999", &mut self.customer);
        ui.add_space(6.0);
        let username = field(ui, "Username", "Your e-mail address", &mut self.username);
        ui.add_space(16.0);
        let width = ui.available_width();
        let log_in = look::primary(ui, if self.asked { "Please wait …" } else { "Log In" }, width);
        let forgot = look::plain(ui, "Forgot Password", width);
        if std::mem::take(&mut self.arriving) {
            match (self.customer.is_empty(), self.username.is_empty()) {
                (true, _) => customer.request_focus(),
                (false, true) => username.request_focus(),
                (false, false) => log_in.request_focus(),
            }
        }
        let enter = ui.input(|input| input.key_pressed(Key::Enter));
        if log_in.clicked() || (enter && (customer.lost_focus() || username.lost_focus())) {
            self.asked = true;
            self.words = None;
            let Self { customer, username, .. } = &*self;
            return Some(Wanted::LogIn(Wish { customer: customer.clone(), username: username.clone() }));
        }
        forgot.clicked().then_some(Wanted::Recovery)
    }
}

fn field(ui: &mut Ui, label: &str, hint: &str, text: &mut String) -> Response {
    let label_response = ui.label(label);
    let edit = TextEdit::singleline(text)
        .id(Id::unique(label))
        .hint_text(hint)
        .char_limit(LONGEST)
        .margin(Margin::symmetric(12, 10))
        .desired_width(f32::INFINITY)
        .align(Align2::LEFT_CENTER)
        .min_size(Vec2::new(0.0, look::TARGET));
    ui.add(edit).labelled_by(label_response.id)
}
