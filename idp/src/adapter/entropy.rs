//! The operating system's random bytes. Everything else is handed its chance.
//!
//! Never returns without having filled the buffer: a server that cannot draw secrets must not go on.

use idp_domain::Entropy;

#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            // Not a panic: that would end one request and leave the server running.
            eprintln!("idp: the operating system gives no random bytes ({error}); stopping at once");
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_drawing_is_new_and_complete() {
        let entropy: &dyn Entropy = &SystemEntropy;
        let (one, other): ([u8; 64], [u8; 64]) = (entropy.bytes(), entropy.bytes());
        assert_ne!(one, other);
        assert!(one[32..].iter().any(|byte| *byte != 0));
    }
}
