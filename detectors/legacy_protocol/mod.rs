//! Old protocols that carry a bare password, used for the first time from a strange place. See `README.md`.

use super::words;
use crate::enrich::agent::Program;
use crate::events::kinds::{Action, Client, Mfa, flag};
use crate::evidence::{Account, Context, Detector, Evidence, Family, Side};
use crate::profile::days::{DaySet, count_union};
use crate::profile::episode::{Episode, Reach, reach};

pub struct LegacyProtocol;

const ID: &str = "legacy_protocol";

impl Detector for LegacyProtocol {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        for (i, ep) in words::suspicious(account, 0.0) {
            let used = legacy_of(ep);
            if used.is_empty() || ep.is_home() || words::own_device(ep) || ep.l_net <= 0.0 {
                continue;
            }
            // What the person, or everybody, uses weighs nothing: the profile has compared both.
            let llr = ep.terms.app;
            if llr < cx.threshold(ID, "min_weight") {
                continue;
            }
            let names: Vec<&str> = used.iter().map(|c| name(*c)).collect();
            let names = names.join(", ");
            let before = earlier_days(account, ep, &used);
            out.push(words::access(
                cx,
                account,
                ID,
                i,
                llr,
                format!("{names} from {}", cx.ip(ep.first_inside(&cx.v))),
                format!(
                    "{names} on {}, none of them a protocol with a second factor; {} with it; few of the colleagues \
                     use it ({}, part of that sign-in's {}).",
                    words::network(cx, ep),
                    words::days(u32::try_from(before).unwrap_or(0), ep.counts.days),
                    words::signed(llr),
                    words::signed(ep.score)
                ),
            ));
            out.extend(
                around_the_factor(cx, account, i, ep, &names).filter(|e| e.llr >= cx.threshold(ID, "min_weight")),
            );
        }
    }
}

/// Protocols without a second factor that an episode used. ActiveSync is every telephone's.
fn legacy_of(ep: &Episode) -> Vec<Client> {
    [Client::Imap, Client::Pop, Client::Smtp, Client::Ews, Client::Legacy]
        .into_iter()
        .filter(|c| ep.clients >> (*c as u16) & 1 == 1)
        .collect()
}

fn name(c: Client) -> &'static str {
    match c {
        Client::Imap => "IMAP",
        Client::Pop => "POP",
        Client::Smtp => "SMTP AUTH",
        Client::Ews => "Exchange Web Services",
        _ => "a sign-in with a bare password",
    }
}

fn earlier_days(account: &Account<'_>, ep: &Episode, used: &[Client]) -> usize {
    let has = |e: &&Episode| used.iter().any(|c| e.clients >> (*c as u16) & 1 == 1);
    let sets = account.episodes.iter().filter(|e| e.reach == Reach::Inside && e.start < ep.start).filter(has);
    count_union(sets.map(|e| &e.days as &DaySet), Some(ep.first_day))
}

/// The person is asked for a second factor elsewhere, and here was not.
fn around_the_factor(cx: &Context<'_>, account: &Account<'_>, i: usize, ep: &Episode, names: &str) -> Option<Evidence> {
    let v = &cx.v;
    let bare = ep.rows().iter().copied().find(|&r| {
        let row = r as usize;
        Client::from_u8(v.client[row]).is_legacy()
            && reach(v, row) == Some(Reach::Inside)
            && (Mfa::from_u8(v.mfa[row]) == Mfa::NotRequired || ep.device.program == Program::LegacyBridge)
    })?;
    let (mut asked, mut all) = (0u32, 0u32);
    for e in account.episodes.iter().filter(|e| e.start != ep.start && e.reach == Reach::Inside) {
        for &r in e.rows() {
            let row = r as usize;
            let person = v.action[row] == Action::SignIn as u8 && v.flags[row] & flag::INTERACTIVE != 0;
            if person && reach(v, row) == Some(Reach::Inside) {
                all += 1;
                asked += u32::from(matches!(Mfa::from_u8(v.mfa[row]), Mfa::Done | Mfa::ByToken));
            }
        }
    }
    if all < 3 || f64::from(asked) < 0.6 * f64::from(all) {
        return None;
    }
    let bridge = ep.device.program == Program::LegacyBridge || ep.clients >> (Client::Legacy as u16) & 1 == 1;
    let new = (ep.score / 3.0).clamp(0.0, 1.0);
    let llr = (if bridge { 1.5 } else { 1.0 }) * new;
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Mfa,
        side: Side::SignIn,
        llr,
        group: None,
        episode: u32::try_from(i).ok(),
        time: v.time[bare as usize],
        end_time: ep.end,
        rows: vec![bare],
        count: 1,
        title: format!("{names} went around the second factor"),
        explanation: format!(
            "{asked} of the person's other {all} sign-ins had a second factor; {names} from {} had none, × {new:.1} for \
             how strange that sign-in is ({}).",
            cx.ip(bare),
            words::signed(llr)
        ),
        marks: Vec::new(),
    })
}
