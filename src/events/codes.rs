//! One set of dictionaries for all workers, sorted, so that the codes do not depend on who met a value first.

use super::Dicts;
use super::columns::Rows;
use super::guise::{Guise, Guises};
use super::intern::{Dict, Interner};
use super::sink::Dictionaries;
use rayon::prelude::*;
use std::net::{IpAddr, Ipv4Addr};

/// The codes of each worker in common ones.
pub(super) struct Maps {
    people: Vec<Vec<u32>>,
    ids: Vec<Vec<u32>>,
    texts: Vec<Vec<u32>>,
    addresses: Vec<Vec<u32>>,
    geos: Vec<Vec<u32>>,
    guises: Vec<Vec<u32>>,
}

/// What the workers met, as one; `parse` reads an address.
pub(super) fn dictionaries(
    workers: &[Dictionaries],
    parse: &(dyn Fn(&str) -> Option<IpAddr> + Sync),
) -> (Dicts, Vec<Guise>, Maps) {
    fn merge(w: &[Dictionaries], f: impl Fn(&Dictionaries) -> &Interner + Clone) -> (Dict, Vec<Vec<u32>>) {
        Dict::merge(w.iter().map(f))
    }
    // Ids are most of them; all the others together fill the other core meanwhile.
    let addresses = || {
        let (raw, maps) = merge(workers, |d| &d.addresses);
        // Several spellings are one address.
        let parsed: Vec<Option<IpAddr>> =
            (0..raw.len()).into_par_iter().map(|c| parse(raw.get(u32::try_from(c).unwrap_or(0)))).collect();
        let mut addresses: Vec<IpAddr> = parsed.iter().flatten().copied().collect();
        addresses.par_sort_unstable();
        addresses.dedup();
        (parsed, addresses, maps)
    };
    let names = || {
        rayon::join(
            || rayon::join(|| merge(workers, |d| &d.people), || merge(workers, |d| &d.texts)),
            || rayon::join(|| merge(workers, |d| &d.agents), || merge(workers, |d| &d.geos)),
        )
    };
    let ((ids, im), ((parsed, mut addresses, rm), (((people, pm), (texts, tm)), ((agents, am), (geos, gm))))) =
        rayon::join(|| merge(workers, |d| &d.ids), || rayon::join(addresses, names));
    let code: Vec<u32> = parsed
        .iter()
        .map(|p| p.and_then(|ip| addresses.binary_search(&ip).ok()).map_or(0, |i| u32::try_from(i + 1).unwrap_or(0)))
        .collect();
    addresses.insert(0, IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let addresses_map = rm.into_iter().map(|m| m.into_iter().map(|c| code[c as usize]).collect()).collect();
    let (guises, own) = Guises::merge(workers.iter().map(|w| &w.guises), |w, g| {
        let text = |c: u32| tm[w][c as usize];
        Guise {
            user_agent: am[w][g.user_agent as usize],
            app: text(g.app),
            app_id: text(g.app_id),
            os: text(g.os),
            browser: text(g.browser),
        }
    });
    (
        Dicts { people, ids, texts, agents, geos, addresses },
        guises,
        Maps { people: pm, ids: im, texts: tm, addresses: addresses_map, geos: gm, guises: own },
    )
}

pub(super) fn recode(column: &mut [u32], map: &[u32]) {
    for c in column {
        *c = map.get(*c as usize).copied().unwrap_or(0);
    }
}

impl Maps {
    /// Gives rows of worker `w` the common codes.
    pub(super) fn recode(&self, c: &mut Rows<'_>, w: usize) {
        recode(c.account, &self.people[w]);
        recode(c.target, &self.people[w]);
        for col in [&mut *c.user_id, c.session, c.device_id] {
            recode(col, &self.ids[w]);
        }
        for col in [&mut *c.operation, c.resource] {
            recode(col, &self.texts[w]);
        }
        recode(c.guise, &self.guises[w]);
        recode(c.ip, &self.addresses[w]);
        recode(c.geo, &self.geos[w]);
    }
}
