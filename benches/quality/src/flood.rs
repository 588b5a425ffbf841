//! A flood: a million failures from a million addresses on ten accounts. A case of its own because of its size.

use std::path::Path;

use crate::attack::{From, Hand};
use crate::clock::DAY;
use crate::maker::{self, Seat};
use crate::model::*;
use crate::nets::Nets;
use crate::rng::Rng;

const FAILURES: usize = 1_000_000;

/// Writes a tenant of 300 accounts with the flood into `dir/exports`. Returns the number of records.
pub fn write(nets: &Nets, dir: &Path, seed: u64) -> Result<u64, String> {
    let cell = Cell { seed, users: 300, days: 7, prevalence: 0.0 };
    let mut m = maker::begin(nets, &cell, Some(Export::Entra));
    let r = Rng::part(seed, "flood", 0);
    let (start, end) = m.span();
    for k in 0..FAILURES {
        let from = [From::ForeignIsp, From::ForeignHosting, From::Vpn, From::Residential][r.idx(4)];
        let hand = Hand::draw(&m, &r, from, 0);
        let (addr, agent) = (m.addr(hand.addrs[0]), m.agent(hand.family, start.div_euclid(DAY), hand.lag));
        let s = Seat { addr, agent, device: 0, session: 0, app: App::Portal, by: NOISE };
        let t = start + (end - start) / FAILURES as i64 * k as i64;
        m.sign_in(t, (r.idx(10) * 7) as u32, s, 50126, true, Mfa::No);
    }
    let w = m.finish();
    let (_, n) = crate::emit::write(&w, nets, &dir.join("exports"))?;
    crate::emit::truth(&w, &dir.join("truth.json"))?;
    Ok(n)
}
