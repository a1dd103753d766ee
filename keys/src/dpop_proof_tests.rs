//! What proofs are refused, and why.
