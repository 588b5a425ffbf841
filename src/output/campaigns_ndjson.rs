//! `campaigns.ndjson`: attacks on many accounts from one hand, one a line.

use super::Output;
use crate::pipeline::Case;
use crate::profile::clock::rfc3339;
use serde::Serialize;
use std::io::Write;

pub struct CampaignsNdjson;

#[derive(Serialize)]
struct Line<'a> {
    detector: &'a str,
    title: &'a str,
    explanation: &'a str,
    first_seen: String,
    last_seen: String,
    records: u64,
    /// Distinct addresses in all; `addresses` names those that tried most accounts.
    address_count: u64,
    addresses: Vec<Source>,
    networks: Vec<Network<'a>>,
    /// Accounts that were tried, and those whose password was right or that were reached.
    accounts_targeted: u64,
    accounts_reached: Vec<&'a str>,
    /// Natural logarithm of the likelihood ratio, two decimals.
    score: f64,
}

#[derive(Serialize)]
struct Source {
    ip: String,
    accounts: u32,
}

#[derive(Serialize)]
struct Network<'a> {
    network: &'a str,
    addresses: u64,
}

impl Output for CampaignsNdjson {
    fn file_name(&self) -> &'static str {
        "campaigns.ndjson"
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        for c in &case.assessment.campaigns {
            let name = |&a: &u32| case.events.dicts.people.get(case.events.accounts[a as usize].0);
            let line = Line {
                detector: c.detector,
                title: &c.title,
                explanation: &c.explanation,
                first_seen: rfc3339(c.first),
                last_seen: rfc3339(c.last),
                records: c.records,
                address_count: c.address_count,
                addresses: c
                    .addresses
                    .iter()
                    .filter_map(|&(code, accounts)| {
                        let ip = case.events.dicts.address(code)?.to_string();
                        Some(Source { ip, accounts })
                    })
                    .collect(),
                networks: c.networks.iter().map(|(n, k)| Network { network: n, addresses: *k }).collect(),
                accounts_targeted: c.targeted,
                accounts_reached: c.reached.iter().map(name).collect(),
                score: (c.llr * 100.0).round() / 100.0,
            };
            serde_json::to_writer(&mut *to, &line)?;
            to.write_all(b"\n")?;
        }
        Ok(())
    }
}
