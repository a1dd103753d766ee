//! While the person is in their browser: the code to compare, the address, and the same as a QR code for a phone
//! (RFC 8628 section 3.3.1); on the way by the loopback interface only that the browser has it.

use std::time::{Duration, Instant};

use eframe::egui::{Align, Color32, FontFamily, FontId, Key, Label, Layout, Rect, RichText, Sense, Ui, Vec2};
use qrcode::{Color, QrCode};

use super::{Wanted, look};
use crate::browser;
use crate::login::{Code, Waiting};

const WIDTH: f32 = 660.0;
const PICTURE: f32 = 220.0;
/// Light modules around the picture.
const MARGIN: usize = 4;
/// A code is good for minutes: nobody needs to see the seconds.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

pub(super) struct WaitingRoom {
    waiting: Waiting,
    /// Whether a browser took the address.
    opened: bool,
    /// `None` where the address is too long for one.
    picture: Option<QrCode>,
}

impl WaitingRoom {
    pub(super) fn new(waiting: Waiting, opened: bool) -> Self {
        let picture = QrCode::new(waiting.address.as_str()).ok();
        Self { waiting, opened, picture }
    }

    /// What is waited for, in a word.
    pub(super) fn what(&self) -> &str {
        self.waiting.code.as_ref().map_or("your browser", |code| &code.user_code)
    }

    pub(super) fn draw(&mut self, ui: &mut Ui) -> Option<Wanted> {
        ui.ctx().request_repaint_after(LOOK_AGAIN);
        look::column(ui, WIDTH, |ui| {
            let height = ui.ctx().content_rect().height();
            ui.add_space(((height - 540.0) / 3.0).clamp(0.0, 80.0));
            ui.heading("Go on in your browser");
            look::quiet(
                ui,
                match self.opened {
                    true => "A page was opened there. This window goes on by itself when you are done.",
                    false => "We could not open it: please open the page yourself, here or on your phone.",
                },
            );
            ui.add_space(10.0);
            look::card(ui, |ui| match &self.waiting.code {
                Some(code) => self.compare(ui, code),
                None => self.come_back(ui),
            });
            ui.add_space(10.0);
            let wanted = self.buttons(ui);
            if let Some(code) = &self.waiting.code {
                ui.add_space(6.0);
                look::quiet(ui, time_left(code.good_until));
            }
            wanted
        })
    }

    fn compare(&self, ui: &mut Ui, code: &Code) {
        ui.set_width(ui.available_width());
        let beside = ui.available_width() > PICTURE + 320.0;
        let steps = |ui: &mut Ui| {
            step(ui, 1, "Go to this page:");
            ui.add(Label::new(RichText::new(&code.verification_uri).monospace()).wrap());
            ui.add_space(12.0);
            step(ui, 2, "Check that it shows this code:");
            let font = FontId::new(48.0, FontFamily::Monospace);
            ui.label(RichText::new(&code.user_code).font(font).color(look::palette(ui).accent));
            ui.add_space(6.0);
            step(ui, 3, "Log in there, and press Allow.");
        };
        let Some(picture) = &self.picture else { return steps(ui) };
        let scan = |ui: &mut Ui| {
            draw_picture(ui, picture);
            look::quiet(ui, "Or scan this with your phone");
        };
        if beside {
            ui.horizontal_top(|ui| {
                let rest = ui.available_width() - PICTURE - 24.0;
                ui.allocate_ui_with_layout(Vec2::new(rest, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(rest);
                    steps(ui);
                });
                ui.vertical(scan);
            });
        } else {
            steps(ui);
            ui.add_space(14.0);
            scan(ui);
        }
    }

    fn come_back(&self, ui: &mut Ui) {
        ui.set_width(ui.available_width());
        ui.label("Log in on the page in your browser. It brings you back here.");
        if !self.opened {
            ui.add(Label::new(RichText::new(self.waiting.address.as_str()).monospace()).wrap());
        }
    }

    fn buttons(&mut self, ui: &mut Ui) -> Option<Wanted> {
        ui.horizontal_wrapped(|ui| {
            if look::primary(ui, "Open the browser again", 0.0).clicked() {
                self.opened = browser::open(&self.waiting.address).is_ok();
            }
            let cancel = look::plain(ui, "Cancel", 0.0).clicked();
            (cancel || ui.input(|input| input.key_pressed(Key::Escape))).then_some(Wanted::Cancel)
        })
        .inner
    }
}

fn step(ui: &mut Ui, number: u8, text: &str) {
    ui.horizontal(|ui| {
        look::quiet(ui, format!("{number}."));
        ui.label(text);
    });
}

fn time_left(good_until: Instant) -> String {
    let minutes = good_until.saturating_duration_since(Instant::now()).as_secs().div_ceil(60);
    match minutes {
        0 => "The code has run out.".to_owned(),
        1 => "The code is good for another minute.".to_owned(),
        minutes => format!("The code is good for another {minutes} minutes."),
    }
}

/// Dark on light with a margin of four modules, whatever the theme: that is what phones read. Modules are whole pixels, so
/// that no two of them are told apart by a hair.
fn draw_picture(ui: &mut Ui, picture: &QrCode) {
    let pixels = ui.pixels_per_point();
    let side = (PICTURE * pixels / (picture.width() + 2 * MARGIN) as f32).floor() / pixels;
    let whole = side * (picture.width() + 2 * MARGIN) as f32;
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(whole), Sense::empty());
    ui.painter().rect_filled(rect, 8.0, Color32::WHITE);
    let start = (rect.min.to_vec2() * pixels).round() / pixels;
    for (number, module) in picture.to_colors().into_iter().enumerate() {
        if module == Color::Dark {
            let (row, place) = (number / picture.width() + MARGIN, number % picture.width() + MARGIN);
            let corner = start + Vec2::new(place as f32, row as f32) * side;
            ui.painter().rect_filled(
                Rect::from_min_size(corner.to_pos2(), Vec2::splat(side)),
                0.0,
                Color32::BLACK,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    #[test]
    fn the_time_that_is_left_is_told_in_whole_minutes() {
        let left = |seconds| time_left(Instant::now() + Duration::from_secs(seconds));
        assert_eq!(left(600), "The code is good for another 10 minutes.");
        assert_eq!(left(90), "The code is good for another 2 minutes.");
        assert_eq!(left(30), "The code is good for another minute.");
        assert_eq!(left(0), "The code has run out.");
    }
}
