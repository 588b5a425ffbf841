//! The little organisation of a case: who works there, where, with what, when.

use super::devices::Device;
use super::words::{number, range, split};
use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use std::net::IpAddr;

/// First names, in the order in which people are hired.
const NAMES: &[&str] = &[
    "alice", "bruno", "chloe", "david", "emma", "fabien", "gaelle", "hugo", "ines", "julien", "karine", "lucas",
    "marie", "nadia", "olivier", "pauline", "quentin", "romane", "simon", "tanguy", "ulysse", "valerie", "wilfried",
    "xavier", "yann", "zoe", "agathe", "benoit", "camille", "denis", "elodie", "florian", "gwen", "helene", "igor",
    "jeanne", "kevin", "louise", "malo", "noemie",
];

/// The office line, an ordinary French provider.
pub const OFFICE: &str = "90.59.104.105";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    Office,
    /// Every night but two, 21:00 to 06:00.
    Nights,
    /// No background at all.
    Silent,
}

/// A value that holds from a day on.
type Since<T> = Vec<(u32, T)>;

fn at<T: Clone>(list: &Since<T>, day: u32) -> Option<T> {
    list.iter().filter(|(from, _)| *from <= day).max_by_key(|(from, _)| *from).map(|(_, v)| v.clone())
}

#[derive(Debug)]
pub struct Person {
    pub name: &'static str,
    pub hours: Hours,
    pub laptop: Since<Device>,
    pub phone: Since<Device>,
    /// Home line, when not drawn.
    pub home: Since<IpAddr>,
    /// Everything that the laptop does leaves through this address.
    pub via: Since<IpAddr>,
    /// The phone's carrier, when not drawn.
    pub carrier: Option<IpAddr>,
    pub joins: u32,
    pub away: Vec<(u32, u32)>,
    pub managed: bool,
}

impl Person {
    fn new(name: &'static str) -> Person {
        Person {
            name,
            hours: Hours::Office,
            laptop: vec![(1, Device::named("chrome-windows"))],
            phone: vec![(1, Device::named("outlook-ios"))],
            home: Vec::new(),
            via: Vec::new(),
            carrier: None,
            joins: 1,
            away: Vec::new(),
            managed: true,
        }
    }

    pub fn laptop(&self, day: u32) -> Device {
        at(&self.laptop, day).expect("a laptop since day 1")
    }

    pub fn phone(&self, day: u32) -> Device {
        at(&self.phone, day).expect("a phone since day 1")
    }

    pub fn via(&self, day: u32) -> Option<IpAddr> {
        at(&self.via, day)
    }

    pub fn home(&self, day: u32) -> Option<IpAddr> {
        at(&self.home, day)
    }
}

#[derive(Debug)]
pub struct Tenant {
    pub people: Vec<Person>,
    pub start: NaiveDate,
    pub days: u32,
    pub zone: Tz,
    pub mfa: bool,
}

impl Tenant {
    /// Local date of a day, counted from 1.
    pub fn date(&self, day: u32) -> NaiveDate {
        self.start + Duration::days(i64::from(day) - 1)
    }

    pub fn find(&self, name: &str) -> Result<usize, String> {
        self.people
            .iter()
            .position(|p| p.name == name)
            .ok_or_else(|| format!("nobody here is called {name}; people are {} to {}", NAMES[0], self.last()))
    }

    fn last(&self) -> &'static str {
        self.people.last().map_or("", |p| p.name)
    }

    /// `alice`, `alice,bruno`, `people 5-16`; gives the people and the number of words it took.
    pub fn who(&self, words: &[String]) -> Result<(Vec<usize>, usize), String> {
        match words {
            [w, r, ..] if w == "people" => {
                let (a, b) = range(r)?;
                if b as usize > self.people.len() {
                    return Err(format!("there are only {} people", self.people.len()));
                }
                Ok(((a as usize - 1..b as usize).collect(), 2))
            }
            [w, ..] if w == "everybody" => Ok(((0..self.people.len()).collect(), 1)),
            [w, ..] => Ok((w.split(',').map(|n| self.find(n)).collect::<Result<_, _>>()?, 1)),
            [] => Err("who is missing".to_string()),
        }
    }

    /// Reads the lines of a `tenant` block; the error comes with the number of its line.
    pub fn parse(lines: &[(usize, String)]) -> Result<Tenant, (usize, String)> {
        let mut t = Tenant {
            people: Vec::new(),
            start: NaiveDate::from_ymd_opt(2026, 2, 2).expect("a date"),
            days: 30,
            zone: chrono_tz::Europe::Paris,
            mfa: true,
        };
        for (line, text) in lines {
            for statement in text.split(", ") {
                let words = split(statement).map_err(|e| (*line, e))?;
                t.statement(&words).map_err(|e| (*line, e))?;
            }
        }
        if t.people.is_empty() {
            return Err((lines.first().map_or(0, |l| l.0), "the tenant has no people".to_string()));
        }
        Ok(t)
    }

    fn statement(&mut self, words: &[String]) -> Result<(), String> {
        let w: Vec<&str> = words.iter().map(String::as_str).collect();
        match w[..] {
            [] => {}
            ["people", n] => {
                let n = number(n)? as usize;
                let names = NAMES.get(..n).ok_or_else(|| format!("at most {} people", NAMES.len()))?;
                self.people = names.iter().map(|n| Person::new(n)).collect();
            }
            ["days", n] => self.days = number(n)?,
            ["from", date] => {
                self.start = date.parse().map_err(|_| format!("{date} is no date; write 2026-02-02"))?;
            }
            ["tz", zone] => self.zone = zone.parse().map_err(|_| format!("{zone} is no time zone"))?,
            ["no-mfa"] => self.mfa = false,
            _ => {
                let (who, n) = self.who(words)?;
                for i in who {
                    habit(&mut self.people[i], &w[n..])?;
                }
            }
        }
        Ok(())
    }
}

/// What is said of one person.
fn habit(p: &mut Person, w: &[&str]) -> Result<(), String> {
    // `… from day 15` at the end.
    let (w, day) = match w {
        [rest @ .., "from", "day", n] => (rest, number(n)?),
        _ => (w, 1),
    };
    match *w {
        ["nights"] => p.hours = Hours::Nights,
        ["silent"] => p.hours = Hours::Silent,
        ["unmanaged"] => p.managed = false,
        ["joins"] => p.joins = day,
        ["away", days] => p.away.push(range(days)?),
        ["laptop", d] => p.laptop.push((day, Device::parse(d)?)),
        ["phone", d] => p.phone.push((day, Device::parse(d)?)),
        ["home", ip] => p.home.push((day, address(ip)?)),
        ["via", ip] => p.via.push((day, address(ip)?)),
        ["carrier", ip] => p.carrier = Some(address(ip)?),
        _ => {
            return Err(format!(
                "\"{}\" is not known; a person can: nights, silent, unmanaged, joins from day N, away A-B, \
                 laptop DEVICE, phone DEVICE, home ADDRESS, via ADDRESS, carrier ADDRESS",
                w.join(" ")
            ));
        }
    }
    Ok(())
}

/// A real address: the ranges for documentation are in no address table, so they would be tested as
/// "unknown", which is what an intruder never is.
pub fn address(word: &str) -> Result<IpAddr, String> {
    let ip: IpAddr = word.parse().map_err(|_| format!("{word} is no address"))?;
    let documentation = match ip {
        IpAddr::V4(v4) => v4.is_documentation(),
        IpAddr::V6(v6) => v6.segments()[0] == 0x2001 && v6.segments()[1] == 0xdb8,
    };
    if documentation { Err(format!("{word} is for documentation; use a real public address")) } else { Ok(ip) }
}
