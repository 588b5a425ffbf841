//! The answers of a demanding tenant, one entry for every account.

use std::fmt::Write as _;

use super::attacks::Attacks;
use super::census::Census;
use super::event::Event;
use super::population::Population;
use super::siege::{SCENARIOS, knows, reaches};
use super::text::{Ip, Stamp};
use super::truth::{list, text};
use super::{Shape, SynthOptions};

fn addresses(events: &[&Event], keep: impl Fn(u128) -> bool) -> Vec<String> {
    let mut all: Vec<u128> = events.iter().map(|e| e.spot.addr).filter(|&a| keep(a)).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|a| text(&Ip(a))).collect()
}

fn moment(out: &mut String, name: &str, event: Option<&&Event>) {
    match event {
        Some(e) => {
            let _ = write!(out, ",\"{name}\":\"{}Z\"", text(&Stamp(e.t)));
        }
        None => {
            let _ = write!(out, ",\"{name}\":null");
        }
    }
}

/// One account: who it is, what was done to it, what it has that looks like it.
fn account(out: &mut String, events: &[&Event], opts: &SynthOptions, census: &Census) {
    let shown = |e: &&&Event| opts.shapes.iter().any(|s: &Shape| s.shows(e));
    // Only what can be seen in the files written is asked of an engine.
    let visible: Vec<&Event> = events.iter().filter(shown).copied().collect();
    let _ = write!(
        out,
        ",\"compromised\":{},\"password_known\":{},\"visible_records\":{},\"visible_access\":{}",
        events.iter().any(|e| reaches(e)),
        events.iter().any(|e| knows(e)),
        visible.len(),
        visible.iter().any(|e| reaches(e)),
    );
    moment(out, "first_hostile", visible.first());
    moment(out, "first_access", visible.iter().find(|e| reaches(e)));
    moment(out, "last_hostile", visible.last());
    let native = |a: u128| census.native.binary_search(&a).is_ok();
    list(out, "addresses", &addresses(&visible, |a| !native(a)));
    list(out, "addresses_also_native", &addresses(&visible, native));
}

/// The member `accounts` and what holds for the tenant, to be put into the answer file.
pub fn render(opts: &SynthOptions, pop: &Population, attacks: &Attacks, census: &Census) -> String {
    let mut out = String::new();
    if let Some(hard) = &pop.hard {
        let _ = write!(
            out,
            ",\n\"tenant\":{{\"device_ids\":{},\"places\":{},\"egress_change_day\":{},\"merger_day\":{},\"conference_day\":{},\"mfa_campaign_day\":{},\"duplicate_one_in\":{}}}",
            hard.devices,
            hard.places,
            if u32::from(pop.egress_change) < opts.days { pop.egress_change.to_string() } else { "null".into() },
            hard.merger.map_or("null".into(), |m| m.0.to_string()),
            hard.conference.map_or("null".into(), |c| c.first.to_string()),
            hard.campaign.map_or("null".into(), |c| c.to_string()),
            hard.duplicate_one_in,
        );
    }
    out.push_str(",\n\"accounts\":[");
    for (u, user) in pop.users.iter().enumerate() {
        let person = &census.people[u];
        let victim = attacks.victims.iter().find(|v| v.user as usize == u);
        let insider = attacks.insiders.iter().find(|v| v.user as usize == u);
        let _ = write!(
            out,
            "{}\n{{\"user\":\"{}\",\"population\":\"{}\",\"active_days\":{}",
            if u == 0 { "" } else { "," },
            user.upn,
            user.habit.name(),
            person.days
        );
        let confounders: Vec<String> = person.confounders.iter().map(|c| (*c).to_owned()).collect();
        list(&mut out, "confounders", &confounders);
        if let Some(v) = victim {
            let reference = SCENARIOS.iter().find(|s| s.name == v.scenario).map_or("", |s| s.reference);
            let _ = write!(
                out,
                ",\"scenario\":\"{}\",\"reference\":\"{reference}\",\"infrastructure\":\"{}\"",
                v.scenario, v.infra
            );
            let events: Vec<&Event> = v.events.iter().collect();
            account(&mut out, &events, opts, census);
        } else if let Some(v) = insider {
            let _ = write!(out, ",\"insider\":\"{}\",\"compromised\":false,\"password_known\":false", v.scenario);
        } else {
            out.push_str(",\"compromised\":false,\"password_known\":false");
        }
        out.push('}');
    }
    out.push(']');
    out
}
