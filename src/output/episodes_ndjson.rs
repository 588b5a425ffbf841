//! `episodes.ndjson`: for each account of `suspects.csv`, where it was used from and what each visit
//! weighed, term by term. One episode a line, in the order of the suspects, then of time.

use super::Output;
use crate::enrich::country_str;
use crate::pipeline::Case;
use crate::profile::clock::rfc3339;
use crate::profile::episode::{Counts, Episode, Reach, Terms};
use serde::Serialize;
use std::io::Write;

pub struct EpisodesNdjson;

#[derive(Serialize)]
struct Line<'a> {
    account: &'a str,
    /// Number within the account, from 0.
    episode: usize,
    start: String,
    end: String,
    network: &'a str,
    asn: u32,
    as_org: &'a str,
    network_class: &'a str,
    country: &'a str,
    device: String,
    /// `inside`, or `password-known` where a second factor or a policy stopped it.
    reach: &'a str,
    /// Counted as the intruder's.
    hostile: bool,
    /// Seen from the beginning and all along.
    native: bool,
    /// Managed, compliant or joined device.
    managed: bool,
    /// Began before the log could have shown a first time.
    unknown_start: bool,
    records: usize,
    active_days: usize,
    /// Sum of the terms: natural logarithm of the likelihood ratio, two decimals.
    score: f64,
    terms: Map<'a>,
    counts: Map<'a>,
}

type Map<'a> = std::collections::BTreeMap<&'a str, f64>;

fn round(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

fn terms(t: &Terms) -> Map<'static> {
    [
        ("country", t.country),
        ("as", t.asn),
        ("network", t.network),
        ("device", t.device),
        ("client", t.app),
        ("hour", t.hour),
        ("rented", t.hosting),
        ("identity", t.identity),
        ("presence", t.presence),
        ("trust", t.trust),
    ]
    .into_iter()
    .map(|(k, x)| (k, round(x)))
    .filter(|(_, x)| *x != 0.0)
    .collect()
}

fn counts(c: &Counts) -> Map<'static> {
    [
        ("days", c.days),
        ("days_country", c.days_country),
        ("days_country_and_way", c.days_spot),
        ("days_as", c.days_asn),
        ("days_network", c.days_network),
        ("days_device", c.days_device),
        ("colleagues", c.peers),
        ("colleagues_country", c.peers_country),
        ("colleagues_country_and_way", c.peers_spot),
        ("colleagues_as", c.peers_asn),
        ("colleagues_network", c.peers_network),
        ("colleagues_device", c.peers_device),
    ]
    .into_iter()
    .map(|(k, n)| (k, f64::from(n)))
    .collect()
}

fn line<'a>(case: &'a Case, account: &'a str, episode: usize, ep: &'a Episode, hostile: bool) -> Line<'a> {
    let a = &case.enrichment.addresses[case.events.view().ip[ep.rows()[0] as usize] as usize];
    Line {
        account,
        episode,
        start: rfc3339(ep.start),
        end: rfc3339(ep.end),
        network: case.enrichment.networks.get(ep.network),
        asn: a.asn,
        as_org: a.as_org(),
        network_class: ep.class.as_str(),
        country: country_str(&ep.country),
        device: ep.device.describe(),
        reach: if ep.reach == Reach::Inside { "inside" } else { "password-known" },
        hostile,
        native: ep.native,
        managed: ep.trusted_device,
        unknown_start: ep.unknown_start,
        records: ep.all_rows().len(),
        active_days: ep.days.len(),
        score: round(ep.score),
        terms: terms(&ep.terms),
        counts: counts(&ep.counts),
    }
}

impl Output for EpisodesNdjson {
    fn file_name(&self) -> &'static str {
        "episodes.ndjson"
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        for s in &case.assessment.suspects {
            for (i, ep) in case.profile.of_account(s.index as usize).iter().enumerate() {
                let hostile = u32::try_from(i).is_ok_and(|n| s.episodes.contains(&n));
                serde_json::to_writer(&mut *to, &line(case, &s.account, i, ep, hostile))?;
                to.write_all(b"\n")?;
            }
        }
        Ok(())
    }
}
