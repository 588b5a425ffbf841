//! The bulk of the records: mailbox, document and chat activity in the audit log, token refreshes
//! in the sign-in log.

use super::behaviour::{Presence, on_phone};
use super::clients::SCRIPT;
use super::event::{Event, Mfa, Op};
use super::rng::Rng;
use super::signins::event;

/// Which log a file shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Audit log.
    Audit,
    /// Sign-in log.
    SignIns,
}

/// Share of each audit operation in a thousand, computer in use.
const DESK_MIX: &[(u64, Op)] = &[
    (290, Op::Bind),
    (80, Op::Sync),
    (50, Op::Send),
    (35, Op::Create),
    (50, Op::Update),
    (35, Op::Trash),
    (40, Op::SoftDelete),
    (12, Op::HardDelete),
    (10, Op::Move),
    (5, Op::Search),
    (220, Op::File),
    (92, Op::Teams),
    (50, Op::System),
    (26, Op::Directory),
    (2, Op::NewRule),
    (1, Op::SetRule),
    (1, Op::ClientRule),
    (1, Op::Settings),
];

const PHONE_MIX: &[(u64, Op)] = &[
    (520, Op::Bind),
    (170, Op::Sync),
    (70, Op::Send),
    (40, Op::Create),
    (60, Op::Update),
    (50, Op::Trash),
    (20, Op::SoftDelete),
    (20, Op::File),
    (50, Op::Teams),
];

const SERVICE_MIX: &[(u64, Op)] =
    &[(350, Op::Bind), (150, Op::Sync), (250, Op::Send), (50, Op::Update), (100, Op::SoftDelete), (100, Op::File)];

fn draw(rng: &mut Rng, mix: &[(u64, Op)]) -> Op {
    let total: u64 = mix.iter().map(|m| m.0).sum();
    let mut at = rng.below(total);
    for &(share, op) in mix {
        if at < share {
            return op;
        }
        at -= share;
    }
    Op::Bind
}

/// The `i`-th filler event of an account on a day. Depends on nothing but its arguments, so a
/// larger file contains the same events and more, and a day can be made in several parts.
pub fn make(family: Family, seed: u64, u: u32, n: u16, i: u64, presences: &[Presence], total: f64) -> Event {
    let mut rng = Rng::keyed(&[seed, 0xF111 + family as u64, u64::from(u) << 20 | u64::from(n), i]);
    let mut at = rng.unit() * total;
    let mut chosen = &presences[0];
    for p in presences {
        chosen = p;
        if at < p.weight {
            break;
        }
        at -= p.weight;
    }
    let t = rng.range(chosen.start, chosen.end);
    let mut e = event(chosen, u, t, rng.next(), Op::Token);
    match family {
        Family::SignIns => {
            e.app = if on_phone(chosen) { *rng.pick(&[4, 4, 4, 5, 8]) } else { *rng.pick(&[1, 2, 5, 5, 6, 6, 7, 9]) };
            let legacy = chosen.client >= SCRIPT;
            e.mfa = if legacy || rng.chance(0.1) { Mfa::None } else { Mfa::Claim };
            e.error = match rng.below(400) {
                0 => 50173,
                1 => 70043,
                2 | 3 => 700_082,
                4..7 => 50078,
                7..10 => 50058,
                _ => 0,
            };
        }
        Family::Audit => {
            let mix = if chosen.client >= SCRIPT {
                SERVICE_MIX
            } else if on_phone(chosen) {
                PHONE_MIX
            } else {
                DESK_MIX
            };
            e.op = draw(&mut rng, mix);
        }
    }
    e
}
