//! Builds a tenant: the common ground of its people, their life and the intruders.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::agents;
use crate::clock::{self, DAY};
use crate::model::*;
use crate::nets::{Addr, Nets};
use crate::rng::Rng;

/// A tenant in the making.
pub struct Maker<'a> {
    pub nets: &'a Nets,
    pub w: World,
    pub plans: Vec<crate::people::Plan>,
    /// Office addresses: the present ones and, from a day on, their successors.
    pub office: Vec<Addr>,
    pub moved_office: Option<(i64, Vec<Addr>)>,
    pub swg: Vec<Addr>,
    pub merged_office: Addr,
    addr_ix: HashMap<IpAddr, u32>,
    agent_ix: HashMap<String, u32>,
    sessions: u32,
    devices: u32,
}

/// Where, with what: the network side of an event.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    pub addr: u32,
    pub agent: u32,
    pub device: u32,
    pub session: u32,
    pub app: App,
    pub by: u32,
}

impl<'a> Maker<'a> {
    /// An empty tenant.
    pub fn new(nets: &'a Nets, cell: Cell, tenant: Tenant) -> Self {
        let spare = Addr { ip: IpAddr::from([192, 0, 2, 1]), range: 0, city: 0 };
        Maker {
            nets,
            w: World {
                cell,
                tenant,
                users: Vec::new(),
                addrs: Vec::new(),
                agents: Vec::new(),
                events: Vec::new(),
                more: Vec::new(),
                truth: Vec::new(),
                hard: Vec::new(),
            },
            plans: Vec::new(),
            office: Vec::new(),
            moved_office: None,
            swg: Vec::new(),
            merged_office: spare,
            addr_ix: HashMap::new(),
            agent_ix: HashMap::new(),
            sessions: 0,
            devices: 100,
        }
    }

    pub fn rng(&self, label: &str, n: u64) -> Rng {
        Rng::part(self.w.cell.seed, label, n)
    }

    pub fn addr(&mut self, a: Addr) -> u32 {
        *self.addr_ix.entry(a.ip).or_insert_with(|| {
            self.w.addrs.push(a);
            self.w.addrs.len() as u32 - 1
        })
    }

    pub fn agent(&mut self, family: usize, day: i64, lag: i64) -> u32 {
        let s = agents::text(family, day, lag);
        if let Some(&i) = self.agent_ix.get(&s) {
            return i;
        }
        let i = self.w.agents.len() as u32;
        self.w.agents.push(s.clone());
        self.agent_ix.insert(s, i);
        i
    }

    pub fn new_session(&mut self) -> u32 {
        self.sessions += 1;
        self.sessions
    }

    pub fn new_device(&mut self) -> u32 {
        self.devices += 1;
        self.devices
    }

    pub fn more(&mut self, m: More) -> u32 {
        self.w.more.push(m);
        self.w.more.len() as u32 - 1
    }

    /// First moment and end of the logs.
    pub fn span(&self) -> (i64, i64) {
        let t = &self.w.tenant;
        let a = t.zone.utc(t.first_day, 0);
        (a, a + self.w.cell.days * DAY)
    }

    /// Adds an event unless it lies outside the logs.
    pub fn push(&mut self, e: Ev) {
        let (a, b) = self.span();
        if e.t >= a && e.t < b {
            self.w.events.push(e);
        }
    }

    /// A sign-in.
    pub fn sign_in(&mut self, t: i64, user: u32, s: Seat, code: u32, interactive: bool, mfa: Mfa) {
        let e = Ev { code, interactive, mfa, ..self.base(t, user, s, What::SignIn) };
        self.push(e);
    }

    /// An event in the mailbox: `n` items or recipients.
    pub fn mail(&mut self, t: i64, user: u32, s: Seat, what: What, n: u32, more: Option<More>) {
        let more = more.map_or(NONE, |m| self.more(m));
        let e = Ev { code: n, more, ..self.base(t, user, s, what) };
        self.push(e);
    }

    /// A configuration action.
    pub fn act(&mut self, t: i64, user: u32, s: Seat, m: More) {
        self.mail(t, user, s, What::Action, 0, Some(m));
    }

    fn base(&self, t: i64, user: u32, s: Seat, what: What) -> Ev {
        Ev {
            t,
            user,
            what,
            addr: s.addr,
            agent: s.agent,
            app: s.app,
            device: s.device,
            session: s.session,
            code: 0,
            interactive: false,
            mfa: Mfa::No,
            more: NONE,
            by: s.by,
        }
    }

    /// Office address of a user on a day.
    pub fn office_of(&mut self, user: u32, day: i64) -> u32 {
        let merged = self.w.users[user as usize].kind == Kind::Merged;
        let a = match &self.moved_office {
            _ if merged => self.merged_office,
            Some((from, new)) if day >= *from => new[user as usize % new.len()],
            _ => self.office[user as usize % self.office.len()],
        };
        self.addr(a)
    }

    /// Puts the events in order of time and gives the tenant away.
    pub fn finish(mut self) -> World {
        self.w.events.sort_by_key(|e| (e.t, e.user, e.what));
        self.w
    }
}

/// Makes the tenant of a cell, with its intruders.
pub fn build(nets: &Nets, cell: &Cell) -> World {
    let mut m = begin(nets, cell, None);
    crate::attack::strike(&mut m);
    m.finish()
}

/// Makes the tenant of a cell without its intruders.
pub fn begin<'a>(nets: &'a Nets, cell: &Cell, export: Option<Export>) -> Maker<'a> {
    let r = Rng::part(cell.seed, "tenant", 0);
    let drawn = match r.weighted(&[0.70, 0.15, 0.15]) {
        1 if cell.users <= 3_000 => Export::Google,
        2 if cell.users <= 3_000 => Export::Zimbra,
        _ => Export::Entra,
    };
    let (country, zone, zone_name) = *r.pick(&[
        ("FR", clock::Zone::CentralEurope, "Europe/Paris"),
        ("FR", clock::Zone::CentralEurope, "Europe/Paris"),
        ("FR", clock::Zone::CentralEurope, "Europe/Paris"),
        ("BE", clock::Zone::CentralEurope, "Europe/Brussels"),
        ("DE", clock::Zone::CentralEurope, "Europe/Berlin"),
        ("ES", clock::Zone::CentralEurope, "Europe/Madrid"),
        ("CA", clock::Zone::Eastern, "America/Toronto"),
    ]);
    // a third of the tenants live through a change of the clock
    let first_day = match r.idx(3) {
        0 => clock::days(2026, 3, 29) - r.int(2, cell.days - 2),
        _ => clock::days(2025, 9, 1) + r.int(0, 360),
    };
    let stem = *r.pick(&[
        "valdor",
        "northgate",
        "meridian",
        "stelvio",
        "kerguelen",
        "lumiere",
        "harbour",
        "oakfield",
    ]);
    let tenant = Tenant {
        domain: format!("{stem}{}.example", cell.seed % 97),
        merged: format!("{stem}-sud{}.example", cell.seed % 97),
        country,
        zone,
        zone_name,
        first_day,
        export: export.unwrap_or(drawn),
        duplicates: *r.pick(&[0.0, 0.05, 0.44]),
        lean: if cell.users > 10_000 {
            0.17
        } else if cell.users > 1_000 {
            0.6
        } else {
            1.0
        },
    };
    let mut m = Maker::new(nets, cell.clone(), tenant);
    crate::people::settle(&mut m);
    crate::life::live(&mut m);
    crate::upheaval::happen(&mut m);
    m
}
