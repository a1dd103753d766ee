//! Journeys in a real browser, with a mouse, with a keyboard only and without JavaScript: to the portal on the demo as
//! `make run` starts it, also begun in one browser and finished in another; and through a person's own pages, asked by a
//! client that is not the agency's own; back into an account whose password is forgotten; around an account that is looked
//! after; and through a day at an office, and an operator's first one. Every
//! page is inspected, and photographed into `target/screenshots/`.

mod account;
mod choose;
pub(crate) mod chromium;
mod demo;
mod device;
mod inspection;
mod journey;
mod mailbox;
mod native_app;
mod office;
mod operator;
mod own_pages;
mod phone;
mod portal;
mod recovery;
mod samples;
mod shift_swap;
mod story;
pub(crate) mod walker;
