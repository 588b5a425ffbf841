//! What innocent people do to their mailboxes in a demanding tenant, and the failed sign-ins that
//! have nothing to do with passwords.

use super::behaviour::{Presence, exit_server, on_phone};
use super::clients::SCRIPT;
use super::event::{DEVICE_CODE, Event, Mfa, Op};
use super::life::{Act, Life};
use super::population::{Habit, Population};
use super::rng::{Rng, mix};
use super::shapes::grants::{COMMON, SERVED};
use super::signins::event;

/// Codes of failures that say nothing about the password, a third of all in a measured tenant.
const NOISE: &[u32] = &[65001, 65001, 50058, 50058, 50072, 50011, 50089, 50132, 50133, 900_941, 1_000_000];

/// Days an act may wait for the person to be at a computer.
const PATIENCE: u16 = 4;

/// The acts a person does on a day: those due, and those that waited because there was no
/// computer at hand. `worked` tells of each of the days before whether there was one.
fn due(life: &Life, n: u16, worked: impl Fn(u16) -> bool) -> Vec<Act> {
    life.acts
        .iter()
        .filter(|&&(day, _)| day <= n && n - day <= PATIENCE && !(day..n).any(&worked))
        .map(|&(_, act)| act)
        .collect()
}

/// The presence at a computer in which acts of a day are done.
pub fn desk(presences: &[Presence]) -> Option<&Presence> {
    presences.iter().find(|p| !on_phone(p) && p.client < SCRIPT && p.end - p.start > 600_000)
}

/// Appends the acts of one account on one day. `worked` as for the days before.
pub fn day(
    pop: &Population,
    seed: u64,
    u: u32,
    n: u16,
    presences: &[Presence],
    worked: impl Fn(u16) -> bool,
    out: &mut Vec<Event>,
) -> Vec<Act> {
    let user = &pop.users[u as usize];
    if user.habit == Habit::Service {
        return Vec::new();
    }
    let mut rng = Rng::keyed(&[seed, 0xAC75, u64::from(u), u64::from(n)]);
    if rng.chance(0.05)
        && let Some(p) = presences.first()
    {
        let mut e = event(p, u, rng.range(p.start, p.end), rng.next(), Op::SignIn);
        e.error = *rng.pick(NOISE);
        out.push(e);
    }
    consented(user.id, &user.life, u, n, &mut rng, out, presences);
    if user.life.acts.is_empty() {
        return Vec::new();
    }
    let Some(p) = desk(presences) else { return Vec::new() };
    let acts = due(&user.life, n, worked);
    for &act in &acts {
        perform(act, p, (u, user.id), &mut rng, out);
    }
    acts
}

/// The mail application that reads somebody's mailbox on a day, when there is one.
pub fn reader(id: u64, life: &Life, n: u16) -> Option<u8> {
    let &(day, _) = life.acts.iter().find(|a| a.1 == Act::Consent)?;
    // Calendars and signatures do not read mail.
    Some(favourite(id)).filter(|&app| app >= 4 && n > day)
}

/// An application somebody consented to reads on: on the person's own machines, or from the
/// servers of its maker.
fn consented(id: u64, life: &Life, u: u32, n: u16, rng: &mut Rng, out: &mut Vec<Event>, presences: &[Presence]) {
    let (Some(app), Some(p)) = (reader(id, life, n), presences.first()) else { return };
    for _ in 0..1 + rng.below(4) {
        let mut e = event(p, u, rng.range(p.start, p.end), rng.next(), Op::AppRead);
        (e.aux, e.session) = (app, mix(id, 0xA99));
        if app >= SERVED {
            let mut home = Rng::keyed(&[u64::from(app), 0x5E2E, rng.below(3)]);
            (e.spot, e.device) = (exit_server(&mut home, "US"), 0);
        }
        out.push(e);
    }
}

/// The application a person consents to.
fn favourite(id: u64) -> u8 {
    (mix(id, 0xC045) % COMMON) as u8
}

fn perform(act: Act, p: &Presence, (u, id): (u32, u64), rng: &mut Rng, out: &mut Vec<Event>) {
    let from = p.start + rng.range(120_000, (p.end - p.start) / 2);
    let one = |out: &mut Vec<Event>, rng: &mut Rng, op: Op, aux: u8| {
        let mut e = event(p, u, from, rng.next(), op);
        e.aux = aux;
        out.push(e);
    };
    let many = |out: &mut Vec<Event>, rng: &mut Rng, op: Op, count: i64, gap: i64| {
        let mut t = from;
        for _ in 0..count {
            t += rng.range(gap / 4, gap * 2);
            if t < p.end {
                out.push(event(p, u, t, rng.next(), op));
            }
        }
    };
    match act {
        Act::Rule => one(out, rng, Op::NewRule, 0),
        // What deletes advertisements looks like what hides answers; the content tells.
        Act::RuleDelete => one(out, rng, Op::NewRule, 3),
        Act::ForwardInside => one(out, rng, Op::Forward, 0),
        Act::ForwardOutside => one(out, rng, Op::Forward, 1),
        Act::Delegate => one(out, rng, Op::Delegate, 0),
        Act::Consent => {
            let app = favourite(id);
            one(out, rng, Op::Consent, app);
        }
        Act::MassDelete => {
            let count = rng.range(40, 160);
            many(out, rng, Op::Trash, count / 2, 6000);
            many(out, rng, Op::HardDelete, count / 2, 6000);
        }
        Act::MassSend => {
            let count = rng.range(30, 120);
            many(out, rng, Op::Send, count, 15_000);
        }
        Act::MassSync => {
            let count = rng.range(20, 80);
            many(out, rng, Op::Sync, count, 20_000);
        }
        Act::MfaMethod => {
            let mut e = event(p, u, from - 20_000, rng.next(), Op::SignIn);
            (e.error, e.mfa) = (*rng.pick(&[50072, 50079, 50076]), Mfa::Asked);
            out.push(e);
            one(out, rng, Op::MfaMethod, 0);
        }
        Act::Password => {
            one(out, rng, Op::Password, 0);
            // Other machines still know the old one.
            for _ in 0..rng.below(12) {
                let mut e = event(p, u, from + rng.range(60_000, 3_600_000), rng.next(), Op::SignIn);
                e.error = 50126;
                if e.t < p.end {
                    out.push(e);
                }
            }
        }
        Act::DeviceCode => {
            let mut e = event(p, u, from, rng.next(), Op::SignIn);
            (e.aux, e.mfa, e.app, e.device) = (DEVICE_CODE, Mfa::Claim, 8, 0);
            out.push(e);
        }
        Act::LatePrompts => {
            let mut t = from;
            for _ in 0..rng.range(1, 5) {
                let mut e = event(p, u, t, rng.next(), Op::SignIn);
                (e.error, e.mfa) = (500_121, Mfa::Denied);
                out.push(e);
                t += rng.range(40_000, 180_000);
            }
            let mut e = event(p, u, t, rng.next(), Op::SignIn);
            e.mfa = Mfa::Done;
            out.push(e);
        }
        Act::DeviceReg => one(out, rng, Op::DeviceReg, 0),
        Act::Transport => one(out, rng, Op::Transport, 0),
    }
}
