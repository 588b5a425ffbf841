//! The device code flow: a code typed in by the person signs in whoever asked for it.

use super::{ID, MINUTE, succeeded};
use crate::detectors::words;
use crate::events::kinds::{Action, flag};
use crate::evidence::{
    Account, Context, Evidence, Family, MAX_EVIDENCE, Mark, MarkKind, Place, Setting, Side, pick_rows,
};
use std::collections::BTreeSet;

/// Microsoft Authentication Broker: its tokens can be changed for those of a new device.
const BROKER: &str = "29d9ed98-a469-4536-ade2-f981bc1d605e";
/// Device Registration Service.
const REGISTRATION: &str = "01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9";

/// The first device code of an account, if it is telling.
pub fn given_away(cx: &Context<'_>, account: &Account<'_>) -> Option<Evidence> {
    let v = &cx.v;
    let flow = |r: u32| v.flags[r as usize] & flag::DEVICE_CODE != 0 && v.flags[r as usize] & flag::LINKED == 0;
    let codes: Vec<u32> = (account.from..account.to).filter(|&r| flow(r) && succeeded(cx, r)).collect();
    let (&first, &last) = (codes.first()?, codes.last()?);
    let day = |r: u32| cx.profile.clock.day(v.time[r as usize]);
    // Whoever signs in so all along, like the screen of a meeting room, is no surprise. The log may show
    // the first such day only once it is over, so what counts is how many there are.
    let days: BTreeSet<u32> = codes.iter().map(|&r| day(r)).collect();
    let active = cx.profile.active_days[account.index as usize].max(1);
    if days.len() >= 3 && days.len() as f64 >= 0.25 * f64::from(active) {
        return None;
    }
    let places: Vec<Setting> = codes.iter().take(50).map(|&r| Setting::of(v, account, r)).collect();
    let (row, setting) = codes
        .iter()
        .zip(&places)
        .max_by(|a, b| share(account, *a.1).total_cmp(&share(account, *b.1)).then(b.0.cmp(a.0)))
        .map(|(r, s)| (*r, *s))?;
    let mut terms = vec![(1.5, "first sign-in of this person with a device code".to_string())];
    let texts = &cx.events.dicts.texts;
    let is = |code: u32, id: &str| texts.get(code).eq_ignore_ascii_case(id);
    let registers = codes.iter().any(|&r| {
        let r = r as usize;
        let guise = v.guise_of(r);
        is(guise.app_id, BROKER)
            || is(guise.app, "Microsoft Authentication Broker")
            || is(v.resource[r], REGISTRATION)
            || is(v.resource[r], "Device Registration Service")
    });
    if registers {
        terms.push((1.5, "for the broker that registers devices".to_string()));
    }
    let near = |r: u32, minutes: i64| (v.time[r as usize] - v.time[row as usize]).abs() <= minutes * MINUTE;
    // Rows are in the order of time: look around the sign-in only.
    let around = |minutes: i64| {
        let at = row as i64;
        let low = (at - 500).max(i64::from(account.from));
        let high = (at + 500).min(i64::from(account.to));
        (low..high).filter_map(|r| u32::try_from(r).ok()).filter(move |&r| near(r, minutes))
    };
    if around(20).any(|r| v.code[r as usize] == 50199) {
        terms.push((0.5, "the person was asked whether to trust the application (50199)".to_string()));
    }
    if around(120).any(|r| v.action[r as usize] == Action::Device as u8) {
        terms.push((0.5, "a device was registered within two hours".to_string()));
    }
    let factor = share(account, setting);
    let sum: f64 = terms.iter().map(|t| t.0).sum();
    let mut llr = (sum * factor).min(4.0);
    if setting.is_home() {
        llr = llr.min(0.9);
    }
    let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    let place = setting.words(cx, account);
    let session = v.session[row as usize];
    let mut rows = vec![row];
    rows.extend(pick_rows(&codes, MAX_EVIDENCE - 1).into_iter().filter(|r| *r != row));
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Session,
        side: Side::SignIn,
        llr,
        group: None,
        episode: setting.episode,
        time: v.time[first as usize],
        end_time: v.time[last as usize],
        count: codes.len(),
        rows,
        title: match cx.ip(row) {
            ip if ip.is_empty() => "Signed in with a device code".to_string(),
            ip => format!("Signed in with a device code from {ip}"),
        },
        explanation: format!(
            "{}{}, × {factor:.1} ({}).",
            said.join("; "),
            if place.is_empty() { String::new() } else { format!("; {place}") },
            words::signed(llr)
        ),
        marks: if session == 0 {
            Vec::new()
        } else {
            vec![Mark { kind: MarkKind::SessionId, value: cx.events.dicts.ids.get(session).to_string() }]
        },
    })
}

/// How much of the weight the place leaves.
fn share(account: &Account<'_>, s: Setting) -> f64 {
    let new = |i: Option<u32>| {
        let ep = i.and_then(|i| account.episodes.get(i as usize));
        ep.map_or(0.0, |e| {
            // Where colleagues are, a device code is a television in the meeting room.
            let known = e.counts.peers_network >= 3 || words::own_device(e);
            if known { 0.0 } else { (e.l_net / 3.0).clamp(0.0, 1.0) }
        })
    };
    match s.place {
        Place::Home | Place::NearHome => 0.2,
        Place::Unknown => 0.6,
        Place::Hostile(_) | Place::Unclear(_) => new(s.episode).max(0.2),
        Place::NearHostile(_) => 0.8,
    }
}
