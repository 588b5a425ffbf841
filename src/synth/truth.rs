//! The answer file: who was attacked, since when, from where, with which records.

use std::fmt::Write as _;

use super::attacks::Attacks;
use super::census::Census;
use super::event::{Event, Op};
use super::networks::NETS;
use super::population::{Habit, Population};
use super::text::{Guid, Ip, Put, Stamp};
use super::{Shape, SynthOptions};

/// The text of a value.
pub fn text(value: &impl Put) -> String {
    let mut raw = Vec::new();
    value.put(&mut raw);
    String::from_utf8_lossy(&raw).into_owned()
}

/// Appends a list of strings.
pub fn list(out: &mut String, name: &str, items: &[String]) {
    let _ = write!(out, ",\"{name}\":[");
    for (i, item) in items.iter().enumerate() {
        let _ = write!(out, "{}\"{item}\"", if i == 0 { "" } else { "," });
    }
    out.push(']');
}

fn sources(events: &[Event]) -> (Vec<String>, Vec<String>) {
    let mut spots: Vec<_> = events.iter().map(|e| (e.spot.addr, e.spot.net)).collect();
    spots.sort_unstable();
    spots.dedup();
    let mut addresses: Vec<_> = spots.iter().map(|s| text(&Ip(s.0))).collect();
    addresses.dedup();
    let mut asns: Vec<_> = spots.iter().map(|s| NETS[usize::from(s.1)].asn).collect();
    asns.sort_unstable();
    asns.dedup();
    (addresses, asns.iter().map(u32::to_string).collect())
}

fn ids(out: &mut String, events: &[Event], opts: &SynthOptions) {
    let audit = opts.shapes.iter().any(|s| matches!(s, Shape::UalNdjson | Shape::PurviewCsv));
    if audit {
        let ual: Vec<_> = events.iter().filter(|e| e.op != Op::Token).map(|e| text(&Guid(e.ual_id()))).collect();
        list(out, "audit_record_ids", &ual);
    }
    if opts.shapes.contains(&Shape::EntraNdjson) {
        let entra: Vec<_> = events
            .iter()
            .filter(|e| matches!(e.op, Op::Token | Op::SignIn))
            .map(|e| text(&Guid(e.entra_id())))
            .collect();
        list(out, "signin_ids", &entra);
    }
}

/// The whole file.
pub fn render(opts: &SynthOptions, pop: &Population, attacks: &Attacks, census: Option<&Census>) -> String {
    let mut out = String::new();
    let shapes: Vec<&str> = opts.shapes.iter().map(|s| s.name()).collect();
    let _ = write!(
        out,
        "{{\"seed\":{},\"parameters\":{{\"users\":{},\"days\":{},\"size\":{},\"start\":\"{}\",\"time_zone\":\"Europe/Paris\",\"attack_rate\":{},\"shapes\":[\"{}\"]}},\n\"attacked\":[",
        opts.seed,
        opts.users,
        opts.days,
        opts.size.map_or("null".to_owned(), |s| s.to_string()),
        opts.start,
        opts.attack_rate,
        shapes.join("\",\"")
    );
    for (i, v) in attacks.victims.iter().enumerate() {
        let user = &pop.users[v.user as usize];
        let (first, last) = (v.events[0].t, v.events[v.events.len() - 1].t);
        let _ = write!(
            out,
            "{}\n{{\"user\":\"{}\",\"user_id\":\"{}\",\"population\":\"{}\",\"scenario\":\"{}\",\"expected_verdict\":\"{}\",\"accessed\":{},\"first_hostile\":\"{}Z\",\"last_hostile\":\"{}Z\"",
            if i == 0 { "" } else { "," },
            user.upn,
            text(&Guid(user.id)),
            user.habit.name(),
            v.scenario,
            v.verdict,
            v.verdict != "exposed",
            text(&Stamp(first)),
            text(&Stamp(last)),
        );
        let (addresses, asns) = sources(&v.events);
        list(&mut out, "addresses", &addresses);
        let _ = write!(out, ",\"asns\":[{}]", asns.join(","));
        let mut sessions: Vec<_> = v.events.iter().map(|e| e.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        let sessions: Vec<_> = sessions.iter().map(|&s| text(&Guid(s))).collect();
        list(&mut out, "sessions", &sessions);
        ids(&mut out, &v.events, opts);
        out.push('}');
    }
    out.push_str("],\n\"campaigns\":[");
    for (i, c) in attacks.campaigns.iter().enumerate() {
        let _ = write!(out, "{}\n{{\"scenario\":\"{}\"", if i == 0 { "" } else { "," }, c.scenario);
        let mut addresses: Vec<_> = c.spots.iter().map(|s| text(&Ip(s.addr))).collect();
        addresses.sort();
        addresses.dedup();
        list(&mut out, "addresses", &addresses);
        let targets: Vec<_> = c.targets.iter().map(|&u| pop.users[u as usize].upn.clone()).collect();
        list(&mut out, "targets", &targets);
        ids(&mut out, &c.events, opts);
        out.push('}');
    }
    out.push_str("],\n\"benign_lookalikes\":[");
    let mut first = true;
    for user in &pop.users {
        let why = match user.habit {
            Habit::Traveller | Habit::Vpn | Habit::Border => user.habit.name(),
            _ if user.holiday.is_some() => "holiday_abroad",
            _ if user.new_isp.is_some() => "new_isp",
            _ if user.new_phone.is_some() => "new_phone",
            _ => continue,
        };
        let _ = write!(out, "{}\n{{\"user\":\"{}\",\"kind\":\"{why}\"}}", if first { "" } else { "," }, user.upn);
        first = false;
    }
    out.push(']');
    if let Some(census) = census {
        out.push_str(&super::truth_accounts::render(opts, pop, attacks, census));
    }
    out.push_str("}\n");
    out
}
