//! Composes letters from the dispatcher's facts.

use idp_service::Fault;
use idp_service::mail::{Composed, LetterFacts, Typist};

use crate::letters::letter;

/// The letters of `letters/`, in English until people can choose a language.
#[derive(Debug, Default)]
pub struct Letters;

impl Letters {
    pub fn new() -> Self {
        Self
    }
}

impl Typist for Letters {
    fn compose(&self, facts: &LetterFacts<'_>) -> Result<Composed, Fault> {
        letter(facts)?.render().map_err(|_| Fault::Broken("a letter does not render"))
    }
}
