//! Password spraying and credential stuffing: who was tried, and whose password was right. See `README.md`.

use super::words;
use crate::events::kinds::{Action, ResultClass};
use crate::evidence::{Account, Campaign, Context, Detector, Evidence, Family, MAX_EVIDENCE, Side, Survey, pick_rows};
use crate::profile::episode::{Episode, Reach, reach};
use crate::profile::spray::{Key, Spray};

pub struct PasswordSpray;

const ID: &str = "password_spray";

impl Detector for PasswordSpray {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        for (i, ep) in account.episodes.iter().enumerate() {
            if ep.is_home() {
                continue;
            }
            let Some((spray, row)) = cx.profile.sprays.of(ep, &cx.v, ep.reach) else { continue };
            let llr = match ep.reach {
                Reach::Inside => (1.5 + spray.llr).min(4.0) * novelty(ep),
                Reach::PasswordKnown => (0.5 + spray.llr).min(3.5) * novelty(ep),
                Reach::Refused => continue,
            };
            let llr = words::of_the_person(ep) * llr.min(kinship(cx, account, (ep, row), spray));
            // The password was right once from there: later visits prove nothing new.
            let known = out.iter().any(|e| e.detector == ID && e.account == account.index && e.llr >= llr);
            if llr >= cx.threshold(ID, "min_score") && !known {
                out.push(evidence(cx, account, i, spray, row, llr));
            }
        }
    }

    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        // The widest view of one campaign stands for the narrower ones.
        let mut order: Vec<&Spray> = cx.profile.sprays.all.iter().collect();
        order.sort_by(|a, b| {
            b.victims.len().cmp(&a.victims.len()).then(b.failures.cmp(&a.failures)).then(a.key.cmp(&b.key))
        });
        let mut told: Vec<&Spray> = Vec::new();
        for s in order {
            if !told.iter().any(|t| is_part(s, t)) {
                out.campaigns.push(campaign(cx, s));
                told.push(s);
            }
            if told.len() >= MAX_CAMPAIGNS {
                break;
            }
        }
    }
}

/// An attacker decides how many sources there are; a reader does not want more than these.
const MAX_CAMPAIGNS: usize = 200;

/// Is this the same campaign seen through a narrower key? Same time, and mostly the same accounts.
fn is_part(s: &Spray, of: &Spray) -> bool {
    const DAY: i64 = 86_400_000_000;
    if s.first > of.last + DAY || s.last < of.first - DAY {
        return false;
    }
    let shared = s.victims.iter().filter(|a| of.victims.binary_search(a).is_ok()).count();
    shared * 2 >= s.victims.len()
}

/// A network of the person's, or one with a good name, says less; never below half.
fn novelty(ep: &Episode) -> f64 {
    let least = if ep.counts.days_network == 0 && ep.counts.peers_network == 0 { 0.75 } else { 0.5 };
    (ep.l_net / 3.0).clamp(least, 1.0) * ep.novelty_of_exit()
}

/// Most that a spray says which is known by its kind of client only: how few people look like that, and how few
/// were tried. Thousands read mail with the commonest browser through the provider that a botnet happens to be in.
fn kinship(cx: &Context<'_>, account: &Account<'_>, (ep, row): (&Episode, u32), s: &Spray) -> f64 {
    // Servers and exits are rented one by one: the next address is another customer's.
    let network = |a: u32| cx.enrich.addresses[a as usize].network;
    let ip = cx.v.ip[row as usize];
    let tries_here =
        s.addresses.iter().any(|a| a.0 == ip || !ep.class.is_rented_or_hidden() && network(a.0) == ep.network);
    let all = f64::from(ep.counts.peers.max(1)) + 2.0;
    let alike = match s.key {
        _ if tries_here => return f64::INFINITY,
        Key::Address(_) | Key::Network(_) => return f64::INFINITY,
        Key::Fingerprint(..) => ep.counts.peers_device,
        Key::Tool(..) => s.owners,
    };
    let tried = s.victims.binary_search(&account.index).is_ok();
    let aimed = if tried { (all / (s.victims.len() as f64 + 1.0)).ln().max(0.0) } else { 0.0 };
    (all / (f64::from(alike) + 1.0)).ln().max(0.0) + aimed
}

fn source(cx: &Context<'_>, s: &Spray) -> String {
    match s.key {
        Key::Address(a) => cx.events.dicts.address(a).map_or(String::new(), |ip| ip.to_string()),
        Key::Network(n) => cx.enrich.networks.get(n).to_string(),
        Key::Fingerprint(asn, _) => format!("{} addresses of AS{asn} with one kind of client", s.address_count),
        Key::Tool(..) => format!("{} addresses with one client", s.address_count),
    }
}

fn kind(s: &Spray) -> &'static str {
    if s.is_stuffing() { "credential stuffing" } else { "password spray" }
}

fn evidence(cx: &Context<'_>, account: &Account<'_>, i: usize, s: &Spray, row: u32, llr: f64) -> Evidence {
    let ep = &account.episodes[i];
    let inside = ep.reach == Reach::Inside;
    let others = s.victims.len() - usize::from(s.victims.binary_search(&account.index).is_ok());
    let mut rows = vec![row];
    let tried: Vec<u32> = (account.from..account.to)
        .filter(|&r| {
            let x = r as usize;
            cx.v.action[x] == Action::SignIn as u8
                && reach(&cx.v, x) == Some(Reach::Refused)
                && s.covers(cx.v.time[x])
                && same_source(cx, s, x)
        })
        .collect();
    rows.extend(pick_rows(&tried, MAX_EVIDENCE - 1));
    let class = ResultClass::from_u8(cx.v.class[row as usize]);
    Evidence {
        detector: ID,
        account: account.index,
        family: Family::Credential,
        side: if inside { Side::SignIn } else { Side::Exposure },
        llr,
        group: None,
        episode: u32::try_from(i).ok(),
        time: cx.v.time[row as usize].min(tried.first().map_or(i64::MAX, |&r| cx.v.time[r as usize])),
        end_time: cx.v.time[row as usize],
        count: tried.len() + 1,
        rows,
        title: if inside {
            format!("A {} from {} got in", kind(s), cx.ip(row))
        } else {
            format!("A {} from {} found the right password ({})", kind(s), cx.ip(row), class.as_str())
        },
        explanation: format!(
            "{} failed on {others} other accounts in {}, {} accounts use it as their own; {}{}; {}, {} ({}).",
            source(cx, s),
            span(s.last - s.first),
            s.owners,
            match cx.attempts(&tried) {
                0 => "this account's password was right at the first try".to_string(),
                n => format!("this account was tried {n} times and then the password was right"),
            },
            if inside { "" } else { " but the sign-in was stopped" },
            words::network(cx, ep),
            words::place(cx, ep),
            words::signed(llr)
        ),
        marks: Vec::new(),
    }
}

fn same_source(cx: &Context<'_>, s: &Spray, row: usize) -> bool {
    let a = &cx.enrich.addresses[cx.v.ip[row] as usize];
    match s.key {
        Key::Address(x) => cx.v.ip[row] == x,
        Key::Network(n) => a.network == n,
        Key::Fingerprint(asn, d) => a.asn == asn && cx.enrich.device(&cx.v, row) == d,
        Key::Tool(agent, app) => {
            let guise = cx.v.guise_of(row);
            (guise.user_agent, guise.app_id) == (agent, app)
        }
    }
}

/// `40 minutes`, `5 days`.
fn span(micros: i64) -> String {
    let minutes = (micros as f64 / 60e6).round().max(1.0);
    if minutes >= 2.0 * 1440.0 {
        format!("{:.0} days", minutes / 1440.0)
    } else if minutes >= 120.0 {
        format!("{:.0} hours", minutes / 60.0)
    } else {
        format!("{minutes:.0} minutes")
    }
}

fn campaign(cx: &Context<'_>, s: &Spray) -> Campaign {
    let mut reached: Vec<u32> = Vec::new();
    for a in &s.victims {
        let account = cx.account(*a as usize);
        let hit = account.episodes.iter().any(|ep| {
            !ep.is_home()
                && ep.rows().iter().any(|&r| {
                    reach(&cx.v, r as usize) >= Some(Reach::PasswordKnown)
                        && s.covers(cx.v.time[r as usize])
                        && same_source(cx, s, r as usize)
                })
        });
        if hit {
            reached.push(*a);
        }
    }
    Campaign {
        detector: ID,
        title: format!("A {} from {} on {} accounts", kind(s), source(cx, s), s.victims.len()),
        explanation: format!(
            "{} failures on {} accounts in {}; {} accounts use the source as their own; {} of the attempts were on accounts \
             that do not exist; the password was right on {}.",
            s.failures,
            s.victims.len(),
            span(s.last - s.first),
            s.owners,
            s.unknown,
            reached.len()
        ),
        first: s.first,
        last: s.last,
        records: s.failures,
        address_count: s.address_count,
        // Of thousands that tried one account each none will come again.
        addresses: s.addresses.iter().copied().filter(|a| a.1 >= 2 || s.address_count <= 20).collect(),
        networks: words::networks_of(cx, s.addresses.iter().map(|a| a.0)),
        targeted: s.victims.len() as u64,
        reached,
        llr: s.llr,
    }
}
