//! Ordinary days of ordinary people, drawn once and for all from the names of the case.

use super::act::{Act, Event, SignIn};
use super::devices::Device;
use super::rng::Rng;
use super::tenant::{Hours, OFFICE, Person, Tenant};
use chrono::{DateTime, Datelike, TimeZone, Utc};
use std::net::{IpAddr, Ipv4Addr};

/// Ranges of French access providers, fixed (AS 3215, 12322, 15557, 5410), for homes.
const HOMES: &[[u8; 2]] = &[[86, 211], [82, 243], [93, 19], [176, 180]];
/// A French carrier (AS 51207): another address each day.
const CARRIER: [u8; 2] = [37, 171];

/// The person's own line and machines.
pub struct Place {
    pub home: IpAddr,
    pub laptop_id: String,
    pub phone_id: String,
}

pub fn place(p: &Person, day: u32) -> Place {
    let mut r = Rng::of(&["place", p.name]);
    let block = HOMES[r.below(4) as usize];
    let (c, d) = (octet(&mut r), octet(&mut r));
    let home = IpAddr::V4(Ipv4Addr::new(block[0], block[1], c, d));
    Place { home: p.home(day).unwrap_or(home), laptop_id: r.guid(), phone_id: r.guid() }
}

fn octet(r: &mut Rng) -> u8 {
    u8::try_from(r.between(2, 250)).expect("an octet")
}

pub fn carrier(p: &Person, day: u32) -> IpAddr {
    let mut r = Rng::of(&["carrier", p.name, &day.to_string()]);
    p.carrier.unwrap_or_else(|| IpAddr::V4(Ipv4Addr::new(CARRIER[0], CARRIER[1], octet(&mut r), octet(&mut r))))
}

/// All days of everybody.
pub fn background(t: &Tenant) -> Vec<Event> {
    let mut out = Vec::new();
    for (i, p) in t.people.iter().enumerate() {
        let mut r = Rng::of(&["days", p.name]);
        // Half of the people work from home some days; the others never.
        let homeworking = if r.percent(50) { 40 } else { 0 };
        for day in 1..=t.days {
            let weekend = t.date(day).weekday().number_from_monday() > 5;
            let works = match p.hours {
                Hours::Office => !weekend && r.percent(95),
                Hours::Nights => r.percent(70),
                Hours::Silent => false,
            };
            let at_home = r.percent(homeworking);
            if day < p.joins || p.away.iter().any(|(a, b)| (*a..=*b).contains(&day)) {
                continue;
            }
            let d = Day { t, p, person: i, day, at_home };
            if works {
                d.work(&mut r, &mut out);
            }
            if p.hours != Hours::Silent {
                d.phone(&mut r, &mut out);
            }
        }
    }
    out
}

struct Day<'a> {
    t: &'a Tenant,
    p: &'a Person,
    person: usize,
    day: u32,
    at_home: bool,
}

impl Day<'_> {
    fn instant(&self, minute: u32) -> Option<DateTime<Utc>> {
        let (day, minute) = (self.day + minute / 1440, minute % 1440);
        if day > self.t.days {
            return None;
        }
        let local = self.t.date(day).and_hms_opt(minute / 60, minute % 60, (minute * 7) % 60)?;
        self.t.zone.from_local_datetime(&local).earliest().map(|t| t.with_timezone(&Utc))
    }

    fn event(&self, time: DateTime<Utc>, ip: IpAddr, device: Device, id: &str, managed: bool, act: Act) -> Event {
        Event {
            time,
            person: self.person,
            ip,
            device,
            device_id: id.to_string(),
            managed,
            session: format!("{}-{}-{}", self.p.name, self.day, device.kind.name),
            act,
        }
    }

    /// Sign-ins and mail of a working day, or night, on the laptop.
    fn work(&self, r: &mut Rng, out: &mut Vec<Event>) {
        let place = place(self.p, self.day);
        let office: IpAddr = OFFICE.parse().expect("an address");
        let ip = self.p.via(self.day).unwrap_or(if self.at_home { place.home } else { office });
        let (first, last) = match self.p.hours {
            Hours::Nights => (21 * 60, 29 * 60),
            _ => (8 * 60 + 15, 17 * 60 + 45),
        };
        let device = self.p.laptop(self.day);
        let mut at = first + r.below(50);
        while at < last {
            if let Some(time) = self.instant(at) {
                let s = SignIn::ok(self.t.mfa);
                out.push(self.event(time, ip, device, &place.laptop_id, self.p.managed, Act::SignIn(s)));
                let read = time + chrono::Duration::seconds(i64::from(r.between(20, 900)));
                out.push(self.event(read, ip, device, "", false, Act::Read));
            }
            at += r.between(100, 230);
        }
    }

    /// The phone fetches mail in the morning and in the evening, at home or on the way.
    fn phone(&self, r: &mut Rng, out: &mut Vec<Event>) {
        for minute in [r.between(6 * 60 + 40, 8 * 60), r.between(18 * 60 + 30, 22 * 60)] {
            let outside = r.percent(50);
            let place = place(self.p, self.day);
            let ip = if outside { carrier(self.p, self.day) } else { place.home };
            let Some(time) = self.instant(minute) else { continue };
            let s = SignIn { interactive: r.percent(15), ..SignIn::ok(self.t.mfa) };
            out.push(self.event(time, ip, self.p.phone(self.day), &place.phone_id, false, Act::SignIn(s)));
        }
    }
}
