//! The journey in a real browser, on the demo as `make run` starts it: with a mouse, with a keyboard only, without
//! JavaScript, and begun in one browser and finished in another. Every page is photographed into `target/screenshots/`.

mod chromium;
mod demo;
mod journey;
mod walker;
