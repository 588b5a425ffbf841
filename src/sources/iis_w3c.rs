//! IIS logs in W3C extended format (`u_exYYMMDD.log`) of servers with Exchange: separated by blanks,
//! blanks inside values written `+`, `-` for nothing, times UTC.
//!
//! Source: Microsoft's description of the W3C extended log file format. What counts as a sign-in is in
//! [`onprem::judge`]: a 401 without a Windows logon error is only the question for credentials.

use super::common::onprem::{self, Forms, Hours, Request};
use super::common::time;
use super::common::w3c::{Heads, Section};
use super::{Family, Feed, Line, LineSink, Source, TextContext, TextDecoder};
use crate::events::sink::Reject;
use std::borrow::Cow;

pub struct IisW3c;

/// What the web logs of Exchange can tell.
pub const FEEDS: &[Feed] = &[Feed::SignIn, Feed::SignInFailure, Feed::Device];
pub const FILLS: &[&str] = &[
    "time",
    "account",
    "operation",
    "action",
    "outcome",
    "code",
    "class",
    "client",
    "ip",
    "user_agent",
    "resource",
    "device_id",
    "detail",
    "flags",
    "record_id",
];

impl Source for IisW3c {
    fn id(&self) -> &'static str {
        "exchange-iis-w3c"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, IIS log in W3C format (OWA, ECP, EWS, ActiveSync, MAPI, Autodiscover)"
    }
    fn family(&self) -> Family {
        Family::ExchangeWeb
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }
    fn bind_text(&self, text: &str, _cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        let head: String = text.lines().take(8).take_while(|l| l.starts_with('#')).collect();
        if !(head.contains("Internet Information Services") || head.contains("cs-method") && head.contains("c-ip")) {
            return None;
        }
        let heads = Heads::read(text)?;
        let columns: Vec<Columns> = heads.sections.iter().map(Columns::new).collect();
        (!columns.is_empty()).then(|| Box::new(Decoder { heads, columns }) as Box<dyn TextDecoder>)
    }
}

/// Positions of the fields of one head.
struct Columns {
    width: usize,
    date: Option<usize>,
    time: Option<usize>,
    method: Option<usize>,
    path: Option<usize>,
    query: Option<usize>,
    port: Option<usize>,
    user: Option<usize>,
    ip: Option<usize>,
    forwarded: Option<usize>,
    agent: Option<usize>,
    status: Option<usize>,
    win32: Option<usize>,
}

impl Columns {
    fn new(s: &Section) -> Columns {
        let f = |n: &str| s.find(&[n]);
        Columns {
            width: s.fields.len(),
            date: f("date"),
            time: f("time"),
            method: f("cs-method"),
            path: f("cs-uri-stem"),
            query: f("cs-uri-query"),
            port: f("s-port"),
            user: f("cs-username"),
            ip: f("c-ip"),
            // Behind a load balancer c-ip is the balancer; administrators log the client in a field of their own.
            forwarded: s.find(&[
                "x-forwarded-for",
                "cs(x-forwarded-for)",
                "originalip",
                "x-real-ip",
                "cs(x-real-ip)",
                "client-ip",
                "cs(true-client-ip)",
            ]),
            agent: f("cs(user-agent)"),
            status: f("sc-status"),
            win32: f("sc-win32-status"),
        }
    }
}

struct Decoder {
    heads: Heads,
    /// One for each section of `heads`.
    columns: Vec<Columns>,
}

impl TextDecoder for Decoder {
    fn splittable(&self) -> bool {
        // A logon form and what became of it are several lines; without a date in the line, the day is
        // counted from the head on.
        false
    }

    fn is_structure(&self, line: &str, _offset: usize) -> bool {
        super::common::w3c::is_directive(line)
    }

    fn note(&self) -> Option<String> {
        self.columns
            .iter()
            .any(|c| c.date.is_none())
            .then(|| "lines have no date: counted on from #Date, a new day when the time jumps back".into())
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        let mut hours = Hours::default();
        let mut forms = Forms::default();
        let mut day = Day::default();
        for line in lines {
            let head = self.heads.sections.partition_point(|s| s.start <= line.offset);
            let Some((section, c)) =
                head.checked_sub(1).and_then(|i| self.heads.sections.get(i).zip(self.columns.get(i)))
            else {
                out.reject(line, Reject::new("no #Fields line before this line"));
                continue;
            };
            match split(line.text, c) {
                Err(reason) => out.reject(line, Reject::new(reason)),
                Ok(cells) => match request(&cells, c, day.of(section, &cells, c)) {
                    Err(reason) => out.reject(line, Reject::new(reason)),
                    Ok(None) => out.skip(),
                    Ok(Some(r)) => {
                        let key = (r.ip.to_string(), r.agent.to_string());
                        let at = r.time;
                        forms.take(line, key, at, onprem::judge(r, &mut hours), out);
                    }
                },
            }
        }
        forms.finish(out);
    }
}

/// Cells of a row. A user name may hold blanks (and a broken client's query too): the row then has more
/// cells than fields.
fn split<'t>(text: &'t str, c: &Columns) -> Result<Vec<&'t str>, String> {
    let t = text.trim_end();
    let mut ends: Vec<(usize, usize)> = Vec::with_capacity(c.width);
    let mut from = 0;
    for at in memchr::memchr_iter(b' ', t.as_bytes()) {
        ends.push((from, at));
        from = at + 1;
        if ends.len() > 4 * super::common::w3c::MAX_FIELDS {
            return Err("a row with thousands of cells".to_string());
        }
    }
    ends.push((from, t.len()));
    let get = |(a, b): (usize, usize)| t.get(a..b).unwrap_or("").trim();
    if ends.len() == c.width {
        return Ok(ends.into_iter().map(get).collect());
    }
    if ends.len() < c.width {
        return Err(format!("{} cells where #Fields names {}", ends.len(), c.width));
    }
    let extra = ends.len() - c.width;
    let wide = |at: usize| -> Vec<&'t str> {
        (0..c.width)
            .map(|i| match i {
                i if i < at => ends[i],
                i if i == at => (ends[i].0, ends[i + extra].1),
                i => ends[i + extra],
            })
            .map(get)
            .collect()
    };
    for at in [c.user, c.query, c.agent].into_iter().flatten() {
        let cells = wide(at);
        if fits(&cells, c) {
            return Ok(cells);
        }
    }
    Err(format!("{} cells where #Fields names {}", ends.len(), c.width))
}

/// Do address, port and status stand where the head says?
fn fits(cells: &[&str], c: &Columns) -> bool {
    let is = |i: Option<usize>, f: &dyn Fn(&str) -> bool| i.and_then(|i| cells.get(i)).is_none_or(|t| f(t));
    is(c.ip, &|t| super::common::addr::parse(t).is_some())
        && is(c.port, &|t| t.parse::<u16>().is_ok())
        && is(c.status, &|t| t.parse::<u16>().is_ok())
}

/// The day of lines that have only a time.
#[derive(Default)]
struct Day {
    section: usize,
    days: i64,
    last: i64,
}

impl Day {
    const MICROS: i64 = 86_400_000_000;

    fn of(&mut self, s: &Section, cells: &[&str], c: &Columns) -> Option<i64> {
        let clock = *cells.get(c.time?)?;
        if let Some(date) = c.date {
            let d = *cells.get(date)?;
            return time::parse_iso(&format!("{d}T{clock}"));
        }
        let start = s.date?;
        let of_day = time::parse_iso(&format!("1970-01-01T{clock}"))?;
        if self.section != s.start + 1 {
            *self = Day { section: s.start + 1, days: start.div_euclid(Self::MICROS), last: 0 };
        }
        // An hour of slack: lines are written when the request ends, not quite in order.
        if of_day + 3_600_000_000 < self.last {
            self.days += 1;
        }
        self.last = of_day;
        Some(self.days * Self::MICROS + of_day)
    }
}

fn request<'t>(cells: &[&'t str], c: &Columns, at: Option<i64>) -> Result<Option<Request<'t>>, String> {
    let get =
        |i: Option<usize>| -> &'t str { i.and_then(|i| cells.get(i).copied()).filter(|t| *t != "-").unwrap_or("") };
    if at.is_none() {
        return Err(if c.time.is_none() || (c.date.is_none() && c.time.is_some() && get(c.time).is_empty()) {
            "the #Fields line names no time".to_string()
        } else {
            "no time that can be read (date and time, or time and #Date)".to_string()
        });
    }
    let path = get(c.path);
    // The back end's site: the front end's request stands in the log too, with the client's address.
    let back_end = matches!(get(c.port), "444" | "81" | "446");
    if back_end || onprem::protocol(path).is_none() {
        return Ok(None);
    }
    let query = get(c.query);
    let user = get(c.user);
    let status: u16 = get(c.status).parse().unwrap_or(0);
    let ip = match onprem::forwarded(get(c.forwarded)) {
        Some(ip) => Cow::Owned(ip.to_string()),
        None => Cow::Borrowed(get(c.ip)),
    };
    let agent = get(c.agent);
    Ok(Some(Request {
        time: at,
        user: Cow::Borrowed(user),
        ip,
        agent: if agent.contains('+') { Cow::Owned(agent.replace('+', " ")) } else { Cow::Borrowed(agent) },
        method: get(c.method),
        path,
        query,
        status,
        win32: get(c.win32).parse().unwrap_or(0),
        authenticated: !user.is_empty() && status != 401,
        // The same request in the HttpProxy log has this id.
        record_id: Cow::Borrowed(onprem::query_value(query, "cafeReqId").unwrap_or("")),
    }))
}

#[cfg(test)]
#[path = "iis_w3c_tests.rs"]
mod tests;
