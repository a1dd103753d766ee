//! Where chance comes from.

/// A cryptographically secure source of random bytes. Tests hand in a seeded one.
pub trait Entropy: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn Entropy + '_ {
    /// `N` fresh random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A number below `bound`, without modulo bias. `bound` of zero or one gives zero.
    pub fn below(&self, bound: u32) -> u32 {
        if bound < 2 {
            return 0;
        }
        let zone = u32::MAX - u32::MAX % bound;
        loop {
            let drawn = u32::from_le_bytes(self.bytes());
            if drawn < zone {
                return drawn % bound;
            }
        }
    }
}

/// No chance at all.
#[cfg(test)]
pub(crate) struct Zero;

#[cfg(test)]
impl Entropy for Zero {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}
