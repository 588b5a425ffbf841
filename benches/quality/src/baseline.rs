//! Baselines on the generator's own events: the published rules that detection engineers use, and the
//! usual statistical detectors. Each gives every account a number; more is more suspicious, 0 is silent.
//!
//! Rules are re-implemented from their published thresholds, without vendor-side suppressions; they read
//! what mailtrail reads (the log's own location, which is wrong at the measured rates).

use crate::agents::FAMILIES;
use crate::model::*;
use crate::nets::{City, Nets, prefix_key};
use crate::{base_access, base_mail, base_model, base_travel};

/// One sign-in as a rule sees it.
#[derive(Clone, Copy)]
pub struct In {
    pub t: i64,
    pub user: u32,
    pub code: u32,
    pub addr: u32,
    pub place: City,
    pub asn: u32,
    pub prefix: u64,
    pub agent: u32,
    pub app: App,
    pub session: u32,
    pub device: u32,
    pub interactive: bool,
    pub mfa: Mfa,
    pub device_code: bool,
}

impl In {
    pub fn ok(&self) -> bool {
        self.code == 0
    }

    /// The caller had the password.
    pub fn password_right(&self) -> bool {
        matches!(self.code, 0 | 50055 | 50072 | 50074 | 50076 | 50079 | 50140 | 500_121 | 53000 | 53003)
    }

    /// A wrong password or a lock.
    pub fn wrong_password(&self) -> bool {
        matches!(self.code, 50126 | 50053)
    }
}

/// What all baselines look at.
pub struct View<'a> {
    pub w: &'a World,
    /// Sign-ins of each account in order of time.
    pub by_user: Vec<Vec<In>>,
    /// All sign-ins in order of time.
    pub all: Vec<In>,
    /// Other events of each account in order of time.
    pub acts: Vec<Vec<&'a Ev>>,
}

impl<'a> View<'a> {
    fn new(w: &'a World, nets: &Nets) -> View<'a> {
        let places: Vec<City> = w.addrs.iter().map(|a| nets.claimed(w.cell.seed, a)).collect();
        let mut v = View {
            w,
            by_user: vec![Vec::new(); w.users.len()],
            all: Vec::new(),
            acts: vec![Vec::new(); w.users.len()],
        };
        for e in &w.events {
            let device_code = matches!(w.more.get(e.more as usize), Some(More::DeviceCode));
            if e.what != What::SignIn && !device_code {
                v.acts[e.user as usize].push(e);
                continue;
            }
            let a = &w.addrs[e.addr as usize];
            let x = In {
                t: e.t,
                user: e.user,
                code: if device_code { 0 } else { e.code },
                addr: e.addr,
                place: places[e.addr as usize],
                asn: nets.ranges[a.range as usize].asn,
                prefix: prefix_key(&a.ip),
                agent: e.agent,
                app: e.app,
                session: e.session,
                device: e.device,
                interactive: e.interactive,
                mfa: e.mfa,
                device_code,
            };
            v.by_user[e.user as usize].push(x);
            v.all.push(x);
        }
        v
    }

    /// One number for each account from its own sign-ins.
    pub fn each(&self, f: impl Fn(&[In]) -> f32) -> Vec<f32> {
        self.by_user.iter().map(|x| f(x)).collect()
    }

    /// Counts for each account the actions for which `f` holds.
    pub fn count(&self, f: impl Fn(&Ev, &More) -> bool) -> Vec<f32> {
        let one = |e: &&&Ev| self.w.more.get(e.more as usize).is_some_and(|m| f(e, m));
        self.acts.iter().map(|v| v.iter().filter(one).count() as f32).collect()
    }
}

/// A baseline: name, family, function.
pub type Baseline = (&'static str, &'static str, fn(&View) -> Vec<f32>);

/// All of them, in a fixed order.
pub fn all() -> Vec<Baseline> {
    let mut v = base_travel::LIST.to_vec();
    v.extend_from_slice(base_access::LIST);
    v.extend_from_slice(base_mail::LIST);
    v.extend_from_slice(base_model::LIST);
    v
}

/// Scores of all baselines: one row for each, one number for each account.
pub fn scores(w: &World, nets: &Nets) -> Vec<Vec<f32>> {
    use rayon::prelude::*;
    let v = View::new(w, nets);
    all().par_iter().map(|b| (b.2)(&v)).collect()
}

/// Is this user agent a telephone's?
pub fn is_phone(agent: &str) -> bool {
    FAMILIES.iter().any(|f| {
        f.phone && !f.os.is_empty() && agent.contains(if f.os == "Ios" { "iPhone" } else { "Android" })
    }) || agent.starts_with("Outlook-")
}
