//! Somebody is logged in: who they are, their agencies to go from one to the other (R4), and an invented day. Control and a
//! number goes to an agency, as it goes to a tab in a browser.

use eframe::egui::{
    Align, Button, CornerRadius, Frame, Grid, Key, Layout, Margin, Modifiers, Panel, RichText, ScrollArea,
    Stroke, Ui, Vec2,
};

use super::{Wanted, look};
use crate::provider::{Agency, MemberType, Person};

const WIDTH: f32 = 620.0;
const SIDE: f32 = 220.0;
/// What stands below the agencies: who is logged in, and the way out.
const BELOW: f32 = 110.0;
const NUMBERS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// A visit: when, whom, what about it, and how it stands.
type Visit = (&'static str, &'static str, &'static str, Standing);

#[derive(Clone, Copy)]
enum Standing {
    Done,
    Next,
    Planned,
    Open,
}

const OFFICE: [Visit; 3] = [
    ("13:00 – 15:00", "George D.", "The caregiver called in sick", Standing::Open),
    ("11:00 – 12:00", "Walter B.", "Sam Rivera is on the way", Standing::Next),
    ("8:00 – 9:30", "Rose A.", "Sam Rivera was there", Standing::Done),
];
const OWN: [Visit; 3] = [
    ("8:00 – 9:30", "Rose A.", "Breakfast, medication reminder", Standing::Done),
    ("11:00 – 12:00", "Walter B.", "Bath, light housekeeping", Standing::Next),
    ("14:30 – 16:00", "Irene C.", "Walk, shopping", Standing::Planned),
];

pub(super) struct Day {
    person: Person,
    notice: Option<String>,
    /// Something was asked for, and nothing has come of it yet.
    asked: bool,
}

impl Day {
    pub(super) fn new(person: Person) -> Self {
        Self { person, notice: None, asked: false }
    }

    pub(super) fn agency(&self) -> &str {
        &self.person.agency.name
    }

    /// As the provider says now.
    pub(super) fn renew(&mut self, person: Person) {
        *self = Self::new(person);
    }

    pub(super) fn tell(&mut self, notice: String) {
        self.notice = Some(notice);
        self.asked = false;
    }

    pub(super) fn draw(&mut self, ui: &mut Ui) -> Option<Wanted> {
        let palette = look::palette(ui);
        let bar = Frame::new().fill(palette.card).inner_margin(Margin::same(18));
        let beside = Panel::left("agencies").exact_size(SIDE).resizable(false).frame(bar);
        let wanted = beside.show(ui, |ui| self.draw_bar(ui)).inner;
        look::column(ui, WIDTH, |ui| self.draw_day(ui));
        // Out is always possible.
        let wanted = wanted.filter(|wanted| !self.asked || matches!(wanted, Wanted::LogOut))?;
        self.asked = true;
        if let Wanted::Switch(code) = &wanted {
            let agency = self.person.agencies.iter().find(|agency| agency.code == *code);
            self.notice = agency.map(|agency| format!("Going to {} …", agency.name));
        }
        Some(wanted)
    }

    fn draw_bar(&self, ui: &mut Ui) -> Option<Wanted> {
        ui.horizontal(|ui| {
            look::mark(ui, 36.0);
            ui.label(RichText::new(super::NAME).size(18.0));
        });
        ui.add_space(18.0);
        look::quiet(ui, if self.person.agencies.len() > 1 { "Your agencies" } else { "Your agency" });
        let mut chosen = None;
        let list = ScrollArea::vertical().max_height(ui.available_height() - BELOW);
        list.show(ui, |ui| {
            for (number, agency) in self.person.agencies.iter().enumerate() {
                let key = NUMBERS.get(number);
                let chord =
                    key.is_some_and(|key| ui.input_mut(|input| input.consume_key(Modifiers::CTRL, *key)));
                if self.draw_agency(ui, agency) || chord {
                    chosen = Some(agency);
                }
            }
        });
        let elsewhere = chosen.filter(|agency| agency.company_id != self.person.agency.company_id);
        let switch = elsewhere.map(|agency| Wanted::Switch(agency.code.clone()));
        let log_out = ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
            let log_out = look::plain(ui, "Log Out", ui.available_width()).clicked();
            ui.add_space(4.0);
            if let Some(user_name) = &self.person.user_name {
                look::quiet(ui, user_name);
            }
            ui.label(&self.person.name);
            log_out
        });
        switch.or_else(|| log_out.inner.then_some(Wanted::LogOut))
    }

    fn draw_agency(&self, ui: &mut Ui, agency: &Agency) -> bool {
        let palette = look::palette(ui);
        let is_here = agency.company_id == self.person.agency.company_id;
        let (fill, color) =
            if is_here { (palette.accent, palette.on_accent) } else { (palette.paper, palette.ink) };
        let button = Button::new(RichText::new(&agency.name).color(color)).fill(fill).truncate();
        let size = Vec2::new(ui.available_width(), look::TARGET);
        let response = ui.add(button.stroke(Stroke::new(1.0, palette.line)).min_size(size));
        look::ring(ui, response).clicked()
    }

    fn draw_day(&self, ui: &mut Ui) {
        let Person { name, member_type, .. } = &self.person;
        if let Some(notice) = &self.notice {
            let palette = look::palette(ui);
            let frame = Frame::new().fill(palette.card).stroke(Stroke::new(2.0, palette.focus));
            frame.corner_radius(CornerRadius::same(10)).inner_margin(Margin::symmetric(16, 12)).show(
                ui,
                |ui| {
                    ui.set_width(ui.available_width());
                    ui.label(notice);
                },
            );
            ui.add_space(8.0);
        }
        ui.heading(format!("Hello, {name}"));
        let (lead, title, visits) = match member_type {
            MemberType::OfficeStaff => ("Here is today at a glance.", "The office today", OFFICE),
            MemberType::Caregiver => ("Here is your day.", "Today's visits", OWN),
            MemberType::Client | MemberType::Unknown => ("Here is who will visit.", "Today's visits", OWN),
        };
        look::quiet(ui, lead);
        ui.add_space(10.0);
        look::card(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(title).size(19.0));
            if *member_type == MemberType::OfficeStaff {
                draw_figures(ui);
            }
            visits.into_iter().for_each(|visit| draw_visit(ui, visit));
        });
        ui.add_space(10.0);
        look::card(ui, |ui| self.draw_account(ui));
    }

    fn draw_account(&self, ui: &mut Ui) {
        ui.set_width(ui.available_width());
        ui.label(RichText::new("Your account").size(19.0));
        let Person { user_name, member_type, agency, .. } = &self.person;
        let rows = [
            ("Agency", Some(agency.name.as_str())),
            ("Customer", Some(agency.code.as_str())),
            ("You are", Some(member_type.label())),
            ("Username", user_name.as_deref()),
        ];
        Grid::new("account").num_columns(2).spacing(Vec2::new(24.0, 6.0)).show(ui, |ui| {
            for (name, value) in rows {
                let Some(value) = value else { continue };
                look::quiet(ui, name);
                ui.label(value);
                ui.end_row();
            }
        });
    }
}

fn draw_figures(ui: &mut Ui) {
    let figures =
        [("42", "visits planned"), ("17", "caregivers on the road"), ("1", "shift without a caregiver")];
    ui.add_space(4.0);
    let wide = (ui.available_width() - 2.0 * ui.spacing().item_spacing.x) / 3.0;
    ui.horizontal_top(|ui| {
        for (figure, what) in figures {
            ui.vertical(|ui| {
                ui.set_width(wide);
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.label(RichText::new(figure).size(27.0));
                look::quiet(ui, what);
            });
        }
    });
}

fn draw_visit(ui: &mut Ui, (time, whom, about, standing): Visit) {
    let palette = look::palette(ui);
    ui.separator();
    ui.horizontal_top(|ui| {
        ui.allocate_ui(Vec2::new(120.0, 0.0), |ui| {
            ui.set_width(120.0);
            look::quiet(ui, time);
        });
        ui.vertical(|ui| {
            ui.set_width((ui.available_width() - 100.0).max(80.0));
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.label(whom);
            look::quiet(ui, about);
        });
        let (word, color) = match standing {
            Standing::Done => ("Done", palette.good),
            Standing::Next => ("Next", palette.accent),
            Standing::Planned => ("Planned", palette.quiet),
            Standing::Open => ("Open", palette.bad),
        };
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| ui.label(RichText::new(word).color(color)));
    });
}
