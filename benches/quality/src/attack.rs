//! Intruders: what they have (addresses, clients), what they do, and the truth about it.

use crate::agents;
use crate::clock::{DAY, HOUR, MIN, SEC, weekday};
use crate::maker::{Maker, Seat};
use crate::model::*;
use crate::nets::{Addr, cities};
use crate::people::computers;
use crate::rng::Rng;
use crate::scenario;

/// What an intruder works from.
#[derive(Clone, Debug)]
pub struct Hand {
    pub addrs: Vec<Addr>,
    pub family: usize,
    pub lag: i64,
    pub app: App,
}

/// Kind of network an intruder comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum From {
    ForeignHosting,
    ForeignIsp,
    HomeHosting,
    /// An ordinary household of the victim's provider and city.
    Residential,
    Vpn,
}

impl Hand {
    /// Draws an intruder's network and browser. Browsers come from the list that people use too.
    pub fn draw(m: &Maker, r: &Rng, from: From, victim: u32) -> Hand {
        let country = m.w.tenant.country;
        let foreign = |r: &Rng, list: &[&'static str]| {
            let mut c = *r.pick(list);
            while c == country {
                c = *r.pick(list);
            }
            c
        };
        let n = match from {
            From::Residential => r.int(1, 4),
            _ if r.chance(0.3) => r.int(2, 4),
            _ => 1,
        };
        let (class, c) = match from {
            From::ForeignHosting => {
                ("hosting", foreign(r, &["NL", "US", "DE", "GB", "FI", "RO", "MD", "SG", "CA", "FR"]))
            }
            From::ForeignIsp => {
                ("isp", foreign(r, &["NG", "CI", "MA", "RU", "RO", "VN", "IN", "GB", "TR", "US", "DZ"]))
            }
            From::HomeHosting => ("hosting", country),
            From::Residential => ("isp", country),
            From::Vpn => ("vpn", *r.pick(&[country, "NL", "GB", "US", "CH", "SE"])),
        };
        let city = (from == From::Residential).then(|| m.w.users[victim as usize].city);
        // intruders have IPv6 too, as people have
        let v6 = r.chance(if from == From::Residential { 0.2 } else { 0.07 });
        // a household is of any of the country's providers, as people's are
        let asns = m.nets.asns(class, c);
        let asn = |r: &Rng| if from == From::Residential { *r.pick(&asns) } else { 0 };
        let one = |r: &Rng| match m.nets.prefix(r, class, c, asn(r), v6) {
            Some((g, p)) => m.nets.host(r, g, p, r.bits() % 7, city.unwrap_or_else(|| *r.pick(&cities(c)))),
            None => m.nets.any(r, class, c, city),
        };
        let addrs = (0..n).map(|_| one(r)).collect();
        let own = m.w.users[victim as usize].devices[0].family;
        let browser = *r.pick(&[App::WebMail, App::Portal, App::WebMail]);
        let (family, app) = match r.idx(10) {
            0..=3 => (*r.pick(&[0, 0, 1]), browser),
            4 | 5 => (own, browser),
            6 => (agents::RICH, App::Outlook),
            7 => *r.pick(&[
                (7, App::OutlookMobile),
                (9, App::OutlookMobile),
                (8, App::WebMail),
                (6, App::AppleMail),
            ]),
            _ => (*r.pick(&computers()), browser),
        };
        let lag = if r.chance(0.8) { r.int(0, 3) } else { r.int(0, 8) };
        Hand { addrs, family, lag, app }
    }

    /// A seat at a moment; addresses rotate.
    pub fn seat(&self, m: &mut Maker, r: &Rng, t: i64, session: u32, by: u32) -> Seat {
        let a = *r.pick(&self.addrs);
        let (addr, agent) = (m.addr(a), m.agent(self.family, t.div_euclid(DAY), self.lag));
        Seat { addr, agent, device: 0, session, app: self.app, by }
    }
}

/// Opens a page in the book of truth; returns the mark for its events.
pub fn begin(m: &mut Maker, user: u32, scenario: &'static str, expected: Expected) -> u32 {
    m.w.truth.push(Truth {
        user,
        scenario,
        expected,
        first: i64::MAX,
        last: i64::MIN,
        addrs: Vec::new(),
        sessions: Vec::new(),
        rules: Vec::new(),
        forwards: Vec::new(),
    });
    m.w.truth.len() as u32
}

/// A moment of attack on an account that exists: six in ten in the tenant's working hours, the others at
/// any time.
pub fn moment(m: &Maker, r: &Rng, u: u32) -> i64 {
    let user = &m.w.users[u as usize];
    let late = user.from - m.w.tenant.first_day;
    let (first, days) = (user.from, m.w.cell.days - late);
    let mut day = first + r.int(0, days - 1);
    if r.chance(0.6) {
        for _ in 0..7 {
            if weekday(day) < 5 {
                break;
            }
            day = first + r.int(0, days - 1);
        }
        return m.w.tenant.zone.utc(day, r.int(8 * HOUR, 19 * HOUR)).min(m.span().1 - 3 * HOUR);
    }
    m.w.tenant.zone.utc(day, r.int(0, DAY - 1)).min(m.span().1 - 3 * HOUR)
}

/// How long an intruder stays: three minutes to sixty days.
pub fn dwell(r: &Rng) -> i64 {
    (r.log_uniform(3.0, 60.0 * 1_440.0) * MIN as f64) as i64
}

/// The intruder signs in with the right password and passes the second factor if there is one.
pub fn enter(m: &mut Maker, r: &Rng, u: u32, h: &Hand, t: i64, by: u32) -> Seat {
    let session = m.new_session();
    let s = h.seat(m, r, t, session, by);
    let mfa = m.w.users[u as usize].mfa;
    if mfa && r.chance(0.5) {
        m.sign_in(t - 25 * SEC, u, s, *r.pick(&[50074, 50076]), true, Mfa::No);
    }
    m.sign_in(t, u, s, 0, true, if mfa { Mfa::Done } else { Mfa::No });
    s
}

/// Comes back now and then until `end`: token refreshes, reading, a search.
pub fn dwell_in(m: &mut Maker, r: &Rng, u: u32, h: &Hand, from: i64, end: i64, s: Seat) {
    let visits = (1.0 + ((end - from) as f64 / HOUR as f64).max(0.0).sqrt() * 0.8).min(25.0) as i64;
    for k in 0..visits {
        let t = from + 40 * SEC + if k == 0 { 0 } else { r.int(0, (end - from).max(1)) };
        let at = h.seat(m, r, t, s.session, s.by);
        if k > 0 {
            let how = if m.w.users[u as usize].mfa { Mfa::Claim } else { Mfa::No };
            m.sign_in(t, u, at, 0, r.chance(0.3), how);
        }
        m.mail(t + r.int(20, 300) * SEC, u, at, What::Read, 1 + r.poisson(6.0) as u32, None);
        if r.chance(0.2) {
            let q = *r.pick(&["virement", "facture", "RIB", "password", "contrat", "invoice"]);
            m.mail(t + 310 * SEC, u, at, What::Search, 0, Some(More::Query(q.into())));
        }
    }
}

/// A rule that hides answers. Returns nothing; the truth keeps its name.
pub fn hide(m: &mut Maker, r: &Rng, u: u32, t: i64, s: Seat, forward: bool) {
    let name = match r.idx(6) {
        0 => ".".to_string(),
        1 => "..".into(),
        2 => ",".into(),
        3 => "a".into(),
        4 => "Traitement factures".into(),
        _ => "Archive auto".into(),
    };
    let mut p: Vec<(&'static str, String)> = Vec::new();
    if r.chance(0.8) {
        let words = [
            "virement;facture;RIB",
            "invoice;payment",
            "phishing;hack;spam;virus",
            "mot de passe;sécurité",
            "banque;iban",
        ];
        p.push(("SubjectOrBodyContainsWords", (*r.pick(&words)).into()));
    }
    if r.chance(0.35) {
        p.push(("DeleteMessage", "True".into()));
    } else {
        p.push((
            "MoveToFolder",
            (*r.pick(&["RSS Feeds", "Flux RSS", "Archive", "Conversation History", "Notes"])).into(),
        ));
    }
    if r.chance(0.7) {
        p.push(("MarkAsRead", "True".into()));
    }
    p.push(("StopProcessingRules", "True".into()));
    if forward {
        let to = outside(m, r, u);
        p.push(("ForwardTo", to.clone()));
        note(m, s.by, |x| x.forwards.push(to));
    }
    let rule = name.clone();
    note(m, s.by, |x| x.rules.push(rule));
    m.act(t, u, s, More::Rule { name, params: p, set: r.chance(0.1) });
}

/// Forwarding of the whole mailbox.
pub fn divert(m: &mut Maker, r: &Rng, u: u32, t: i64, s: Seat) {
    let to = outside(m, r, u);
    note(m, s.by, |x| x.forwards.push(to.clone()));
    m.act(t, u, s, More::Forward { to, keep: r.chance(0.6) });
}

/// An address of the intruder's; some imitate the victim's name.
pub fn outside(m: &Maker, r: &Rng, u: u32) -> String {
    match r.idx(3) {
        0 => format!("{}.{}@mailbox.example", m.w.users[u as usize].name, r.int(10, 99)),
        1 => format!("acc{}@postfach.example", r.int(100, 9_999)),
        _ => format!("j.{}@proto-mail.example", r.int(100, 9_999)),
    }
}

/// Many mails of one subject.
pub fn burst(m: &mut Maker, r: &Rng, u: u32, t: i64, s: Seat, n: i64, inside: bool) {
    let subject = crate::life::subject(r);
    for k in 0..n {
        let recipients: Vec<String> = if inside {
            vec![m.w.upn(r.idx(m.w.users.len()) as u32)]
        } else {
            (0..r.int(1, 20))
                .map(|_| format!("client{}@firm{}.example", r.int(1, 9_999), r.int(1, 400)))
                .collect()
        };
        let count = recipients.len() as u32;
        let more = More::Mail { subject: subject.clone(), recipients };
        m.mail(t + k * r.int(1, 8) * SEC, u, s, What::Send, count, Some(more));
    }
}

/// Adds to the truth of a mark.
pub fn note(m: &mut Maker, by: u32, f: impl FnOnce(&mut Truth)) {
    if by != NOISE
        && by > 0
        && let Some(t) = m.w.truth.get_mut(by as usize - 1)
    {
        f(t);
    }
}

/// Lets the intruders in: as many victims as the prevalence asks, scenario after scenario.
pub fn strike(m: &mut Maker) {
    let r = m.rng("strike", 0);
    let want = m.w.cell.prevalence * m.w.cell.users as f64;
    let mut left = want.floor() as i64 + i64::from(r.chance(want.fract()));
    if want > 0.0 {
        left = left.max(1);
    }
    let mut list: Vec<scenario::Scenario> =
        scenario::ALL.iter().copied().filter(|s| s.exports.contains(&m.w.tenant.export)).collect();
    r.shuffle(&mut list);
    let mut victims: Vec<u32> = (0..m.w.users.len() as u32)
        .filter(|u| m.w.users[*u as usize].kind != Kind::Service || r.chance(0.3))
        .collect();
    r.shuffle(&mut victims);
    let mut k = 0;
    while left > 0 && !victims.is_empty() {
        let s = list[k % list.len()];
        k += 1;
        let most =
            if s.most > 5 { (left / 2).max(2).min(left) } else { left }.min(victims.len() as i64) as usize;
        if s.least > most && k < 3 * list.len() {
            continue;
        }
        let n = match s.most {
            1 => 1,
            x => (r.log_uniform(s.least.max(1) as f64, x as f64 + 0.99) as usize).clamp(1, most),
        };
        let chosen: Vec<u32> = victims.split_off(victims.len() - n);
        let part = Rng::part(m.w.cell.seed, s.name, k as u64);
        (s.run)(m, &part, s.name, &chosen, &mut victims);
        left -= n as i64;
    }
    settle_truth(m);
}

/// Fills addresses, sessions and times from the events that were really written, and forgets attacks
/// that left nothing within the logs.
fn settle_truth(m: &mut Maker) {
    for e in &m.w.events {
        if e.by == 0 || e.by == NOISE {
            continue;
        }
        let Some(t) = m.w.truth.get_mut(e.by as usize - 1) else { continue };
        t.first = t.first.min(e.t);
        t.last = t.last.max(e.t);
        if e.addr != NONE && !t.addrs.contains(&e.addr) {
            t.addrs.push(e.addr);
        }
        if e.session != 0 && !t.sessions.contains(&e.session) {
            t.sessions.push(e.session);
        }
    }
    // a victim whose intruder was stopped before the mailbox inside the logs keeps its page
    let mut map = vec![0u32; m.w.truth.len() + 1];
    let mut kept = Vec::new();
    for (i, t) in m.w.truth.drain(..).enumerate() {
        if t.last >= t.first {
            kept.push(t);
            map[i + 1] = kept.len() as u32;
        }
    }
    m.w.truth = kept;
    for e in &mut m.w.events {
        if e.by != 0 && e.by != NOISE {
            e.by = map[e.by as usize];
        }
    }
}

/// Families of clients that only programs have.
pub const SCRIPTS: &[usize] = &[agents::PYTHON, agents::AXIOS, agents::SILENT];
