//! Which place a network address belongs to, as far as the operator had it looked up.

use std::net::IpAddr;

use crate::location::Location;

pub trait Geography: Send + Sync {
    /// `None` when it is not known, as always for an address that is not public.
    fn locate(&self, address: IpAddr) -> Option<Location>;
}
