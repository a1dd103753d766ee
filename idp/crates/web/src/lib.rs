//! What the browser meets: typed pages, mails, locale files and embedded assets.

pub mod assets;
pub mod letters;
pub mod locale;
pub mod pages;
