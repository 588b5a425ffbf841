//! What one account's visits have in common, made once and not once an episode: each episode is held against all
//! others, and an account has hundreds.

use super::days::Union;
use super::episode::{Episode, Spot};
use super::{identity, population};
use crate::enrich::Country;
use crate::enrich::agent::Device;
use rustc_hash::FxHashMap;

/// What is known of each value of some kind: its days, how many, whether it is native.
pub type Values<K> = FxHashMap<K, (Union, usize, bool)>;

/// The visits of one account that teach something of the person.
pub struct Past<'e> {
    pub all: &'e [&'e Episode],
    /// When each began.
    pub starts: Vec<i64>,
    /// Days of all of them, and how many.
    pub whole: Union,
    pub total: usize,
    pub hours: population::HourTally,
    pub stays: Vec<(Country, i64)>,
    /// By code of a device id: which of `all` showed it.
    pub with_id: FxHashMap<u32, Vec<usize>>,
    pub spots: Values<Spot>,
    pub countries: Values<Country>,
    pub asns: Values<u32>,
    pub networks: Values<u32>,
    pub devices: Values<Device>,
    pub clients: Values<usize>,
}

impl<'e> Past<'e> {
    pub fn of(all: &'e [&'e Episode], main: Country) -> Past<'e> {
        let mut whole = Union::default();
        let mut with_id: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (i, x) in all.iter().enumerate() {
            whole.add(&x.days);
            x.device_ids().iter().for_each(|id| with_id.entry(*id).or_default().push(i));
        }
        Past {
            all,
            starts: all.iter().map(|x| x.start).collect(),
            total: whole.count(None),
            whole,
            hours: population::HourTally::of(all.iter().map(|x| x.hour_slots())),
            stays: identity::stays(all, main),
            with_id,
            spots: Values::default(),
            countries: Values::default(),
            asns: Values::default(),
            networks: Values::default(),
            devices: Values::default(),
            clients: Values::default(),
        }
    }
}
