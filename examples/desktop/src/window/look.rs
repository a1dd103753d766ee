//! How the window looks: colours by role, by day and by night; sizes for tired eyes; and the few pieces that every screen
//! is made of. Whatever has the focus has a ring around it.

use eframe::egui::{
    Align, Button, Color32, Context, CornerRadius, FontFamily, FontId, Frame, IconData, InnerResponse,
    Layout, Margin, Response, RichText, ScrollArea, Stroke, StrokeKind, Style, TextStyle, Theme,
    ThemePreference, Ui, Vec2, Visuals,
};

use crate::cli::Colours;
use crate::problem::Words;

const RADIUS: CornerRadius = CornerRadius::same(10);
/// Large enough for an unsteady hand.
pub(super) const TARGET: f32 = 44.0;

pub(super) struct Palette {
    pub(super) paper: Color32,
    pub(super) card: Color32,
    pub(super) ink: Color32,
    pub(super) quiet: Color32,
    pub(super) line: Color32,
    pub(super) accent: Color32,
    pub(super) on_accent: Color32,
    pub(super) focus: Color32,
    pub(super) good: Color32,
    pub(super) bad: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

const DAY: Palette = Palette {
    paper: hex(0xf3f5f8),
    card: hex(0xffffff),
    ink: hex(0x1b2430),
    quiet: hex(0x4d5968),
    line: hex(0xc6ced8),
    accent: hex(0xa2401b),
    on_accent: hex(0xffffff),
    focus: hex(0x1f5fbf),
    good: hex(0x1f6b35),
    bad: hex(0xa3261b),
};

const NIGHT: Palette = Palette {
    paper: hex(0x12161c),
    card: hex(0x1a2029),
    ink: hex(0xe8ecf2),
    quiet: hex(0xa4b0c0),
    line: hex(0x3c4757),
    accent: hex(0xf2a582),
    on_accent: hex(0x33130a),
    focus: hex(0x8ab8ff),
    good: hex(0x8fd6a3),
    bad: hex(0xff9d90),
};

pub(super) fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &NIGHT } else { &DAY }
}

/// Both themes at once: the system may change from one to the other while the window is open.
pub(super) fn dress(ctx: &Context, colours: Colours) {
    ctx.style_mut_of(Theme::Light, |style| fit(style, &DAY));
    ctx.style_mut_of(Theme::Dark, |style| fit(style, &NIGHT));
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
    ctx.set_theme(match colours {
        Colours::System => ThemePreference::System,
        Colours::Light => ThemePreference::Light,
        Colours::Dark => ThemePreference::Dark,
    });
}

fn fit(style: &mut Style, palette: &Palette) {
    let font = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, font(15.0)),
        (TextStyle::Body, font(17.0)),
        (TextStyle::Button, font(17.0)),
        (TextStyle::Heading, font(27.0)),
        (TextStyle::Monospace, FontId::new(16.0, FontFamily::Monospace)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(10.0, 8.0);
    style.spacing.button_padding = Vec2::new(18.0, 9.0);
    paint(&mut style.visuals, palette);
}

fn paint(visuals: &mut Visuals, palette: &Palette) {
    visuals.panel_fill = palette.paper;
    visuals.extreme_bg_color = palette.card;
    visuals.text_edit_bg_color = Some(palette.card);
    visuals.hyperlink_color = palette.accent;
    visuals.weak_text_color = Some(palette.quiet);
    visuals.selection.stroke = Stroke::new(3.0, palette.focus);
    let widgets = &mut visuals.widgets;
    let states =
        [&mut widgets.noninteractive, &mut widgets.inactive, &mut widgets.hovered, &mut widgets.active];
    for state in states {
        state.corner_radius = RADIUS;
        state.fg_stroke.color = palette.ink;
        state.bg_stroke = Stroke::new(1.0, palette.line);
        state.weak_bg_fill = palette.card;
        state.bg_fill = palette.card;
        state.expansion = 0.0;
    }
    visuals.widgets.hovered.bg_stroke.color = palette.quiet;
    visuals.widgets.active.bg_stroke.color = palette.quiet;
}

/// The one button of a screen that most people want.
pub(super) fn primary(ui: &mut Ui, text: &str, width: f32) -> Response {
    let palette = palette(ui);
    let text = RichText::new(text).color(palette.on_accent);
    let button = Button::new(text).fill(palette.accent).stroke(Stroke::NONE).corner_radius(RADIUS);
    push_button(ui, button, width)
}

pub(super) fn plain(ui: &mut Ui, text: &str, width: f32) -> Response {
    let palette = palette(ui);
    let text = RichText::new(text).color(palette.accent);
    let button =
        Button::new(text).fill(palette.card).stroke(Stroke::new(1.0, palette.line)).corner_radius(RADIUS);
    push_button(ui, button, width)
}

/// As wide as its text where no width is given.
fn push_button(ui: &mut Ui, button: Button<'_>, width: f32) -> Response {
    let size = Vec2::new(width, TARGET);
    let response = if width > 0.0 { ui.add_sized(size, button) } else { ui.add(button.min_size(size)) };
    ring(ui, response)
}

/// Shows where the keyboard is.
pub(super) fn ring(ui: &Ui, response: Response) -> Response {
    if response.has_focus() {
        let stroke = Stroke::new(3.0, palette(ui).focus);
        ui.painter().rect_stroke(response.rect.expand(2.0), RADIUS, stroke, StrokeKind::Outside);
    }
    response
}

pub(super) fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let palette = palette(ui);
    let frame = Frame::new().fill(palette.card).stroke(Stroke::new(1.0, palette.line));
    frame.corner_radius(CornerRadius::same(14)).inner_margin(Margin::same(22)).show(ui, add)
}

/// What happened and what to do now, on top of everything.
pub(super) fn problem(ui: &mut Ui, words: &Words) {
    let palette = palette(ui);
    let frame = Frame::new().fill(palette.card).stroke(Stroke::new(2.0, palette.bad));
    frame.corner_radius(RADIUS).inner_margin(Margin::symmetric(16, 12)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(&words.what).color(palette.bad).size(19.0));
        ui.label(RichText::new(&words.advice).color(palette.ink));
    });
    ui.add_space(10.0);
}

pub(super) fn quiet(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = palette(ui).quiet;
    ui.label(RichText::new(text).color(color))
}

/// One column in the middle of the window, which scrolls where the window is small.
pub(super) fn column<R>(ui: &mut Ui, widest: f32, add: impl FnOnce(&mut Ui) -> R) -> R {
    let edge = 24.0;
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| {
            let width = (ui.available_width() - 2.0 * edge).min(widest);
            let side = (ui.available_width() - width) / 2.0;
            ui.add_space(edge);
            let inner = ui.horizontal_top(|ui| {
                ui.add_space(side);
                ui.allocate_ui_with_layout(Vec2::new(width, 0.0), Layout::top_down(Align::Min), |ui| {
                    ui.set_width(width);
                    add(ui)
                })
                .inner
            });
            ui.add_space(edge);
            inner.inner
        })
        .inner
}

/// The program's mark: a house in a circle.
pub(super) fn mark(ui: &mut Ui, size: f32) {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size), eframe::egui::Sense::empty());
    let at = |x: f32, y: f32| rect.min + Vec2::new(x, y) * (size / 32.0);
    let painter = ui.painter();
    painter.circle_filled(rect.center(), size / 2.0, palette.accent);
    let convex = eframe::egui::Shape::convex_polygon;
    painter.add(convex(vec![at(6.5, 17.0), at(16.0, 8.0), at(25.5, 17.0)], palette.on_accent, Stroke::NONE));
    let house = eframe::egui::Rect::from_min_max(at(9.5, 16.0), at(22.5, 24.0));
    painter.rect_filled(house, 1.0, palette.on_accent);
    let door = eframe::egui::Rect::from_min_max(at(14.0, 18.5), at(18.0, 24.0));
    painter.rect_filled(door, 0.0, palette.accent);
}

/// The same for the list of windows.
pub(super) fn icon() -> IconData {
    const SIDE: u32 = 64;
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    let points = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
    for (x, y) in points {
        let (x, y) = ((x as f32 + 0.5) / 2.0, (y as f32 + 0.5) / 2.0);
        let in_circle = (x - 16.0).hypot(y - 16.0) <= 16.0;
        let in_roof = (8.0..17.0).contains(&y) && (x - 16.0).abs() <= (y - 8.0) * 9.5 / 9.0;
        let in_walls = (16.0..24.0).contains(&y) && (9.5..22.5).contains(&x);
        let in_door = (18.5..24.0).contains(&y) && (14.0..18.0).contains(&x);
        let color = match (in_circle, (in_roof || in_walls) && !in_door) {
            (false, _) => Color32::TRANSPARENT,
            (true, true) => DAY.on_accent,
            (true, false) => DAY.accent,
        };
        rgba.extend(color.to_array());
    }
    IconData { rgba, width: SIDE, height: SIDE }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]
    use super::*;

    /// WCAG 2.2, relative luminance.
    fn luminance(color: Color32) -> f32 {
        let [red, green, blue, _] = color.to_array().map(|part| {
            let part = f32::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// WCAG 2.2 criterion 1.4.3, as for the provider's pages (R93).
    #[test]
    fn every_text_is_readable_by_day_and_by_night() {
        for palette in [DAY, NIGHT] {
            let Palette { paper, card, ink, quiet, accent, on_accent, focus, good, bad, .. } = palette;
            let texts = [ink, quiet, accent, good, bad, focus];
            let pairs = texts.into_iter().flat_map(|text| [(text, paper), (text, card)]);
            for (text, ground) in pairs.chain([(on_accent, accent)]) {
                let (one, other) = (luminance(text) + 0.05, luminance(ground) + 0.05);
                let contrast = (one / other).max(other / one);
                assert!(contrast >= 4.5, "{text:?} on {ground:?}: {contrast}");
            }
        }
    }
}
