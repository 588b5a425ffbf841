//! The file shapes: each renders the same events in the way one product exports them.

pub mod admin;
pub mod collab;
pub mod entra;
pub mod google;
pub mod grants;
pub mod purview;
pub mod ual;
pub mod zimbra;

use super::population::Population;
use super::rng::mix;
use super::text::{Guid, Put};

/// What a renderer needs besides the event.
pub struct Context<'p> {
    /// The organisation.
    pub pop: &'p Population,
}

impl Context<'_> {
    /// The tenant's identifier.
    pub fn tenant(&self) -> Guid {
        Guid(self.pop.tenant)
    }
}

/// A security identifier.
#[derive(Debug, Clone, Copy)]
pub struct Sid {
    /// Seed of the domain part.
    pub tenant: u64,
    /// Seed of the account part.
    pub user: u64,
}

impl Put for Sid {
    fn put(&self, out: &mut Vec<u8>) {
        let d = mix(self.tenant, 0x51D);
        "S-1-5-21-".put(out);
        (d >> 33).put(out);
        "-".put(out);
        (d & 0x7FFF_FFFF).put(out);
        "-".put(out);
        (mix(d, 1) >> 33).put(out);
        "-".put(out);
        (10_000 + (mix(self.user, 0x51D) >> 38)).put(out);
    }
}
