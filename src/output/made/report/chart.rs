//! Pictures of one account as inline SVG: visits by network, countries by day, hours of the week.

use super::Page;
use super::html::Html;
pub use crate::output::made::axis::Axis;
use crate::output::made::axis::Days;
use crate::output::made::picture::Picture;
use crate::output::made::quote::short;
use crate::output::made::timeline::micros;
use chrono::DateTime;
use std::collections::BTreeMap;

/// Width of a picture and of the names at its left.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 230.0;
/// Height of a lane.
const LANE: f64 = 22.0;
/// Lanes of a picture; the rest is one lane together.
const LANES: usize = 9;

impl Axis {
    pub fn width(&self) -> f64 {
        (WIDTH - LEFT - 10.0) / self.steps as f64
    }

    pub fn x(&self, step: usize) -> f64 {
        LEFT + self.width() * step as f64
    }

    /// Dates under the picture, and lines through it.
    pub fn dates(&self, height: f64, h: &mut Html) {
        let every = (self.steps / 7).max(1);
        for s in (0..self.steps).step_by(every) {
            #[expect(clippy::cast_possible_truncation, reason = "a time of the log")]
            let t = self.first + (self.step * s as f64) as i64;
            let date = DateTime::from_timestamp_micros(t).map(|t| t.format("%m-%d").to_string()).unwrap_or_default();
            h.raw("<line class=\"grid\" x1=\"")
                .num(self.x(s))
                .raw("\" y1=\"0\" x2=\"")
                .num(self.x(s))
                .raw("\" y2=\"")
                .num(height);
            h.raw("\"/><text x=\"")
                .num(self.x(s) + 2.0)
                .raw("\" y=\"")
                .num(height + 13.0)
                .raw("\">")
                .text(&date)
                .raw("</text>");
        }
    }
}

/// Opens a picture.
pub fn open(h: &mut Html, width: f64, height: f64, title: &str) {
    h.raw("<svg viewBox=\"0 0 ")
        .num(width)
        .raw(" ")
        .num(height)
        .raw("\" role=\"img\" aria-label=\"")
        .text(title)
        .raw("\">");
}

/// A rectangle with what it means on pointing at it.
pub fn rect(h: &mut Html, class: &'static str, at: [f64; 4], title: &str) {
    h.raw("<rect class=\"")
        .raw(class)
        .raw("\" x=\"")
        .num(at[0])
        .raw("\" y=\"")
        .num(at[1])
        .raw("\" width=\"")
        .num(at[2]);
    h.raw("\" height=\"").num(at[3]);
    if title.is_empty() {
        h.raw("\"/>");
    } else {
        h.raw("\"><title>").text(title).raw("</title></rect>");
    }
}

#[derive(Default)]
struct Lane {
    label: String,
    hostile: bool,
    records: u64,
    days: Days,
    spans: Vec<(usize, usize)>,
}

fn lanes(h: &mut Html, lanes: &[Lane], axis: &Axis, title: &str, p: &Page<'_>) {
    let height = LANE * lanes.len() as f64;
    h.raw("<div class=\"wide\"><figure>");
    open(h, WIDTH, height + 18.0, title);
    axis.dates(height, h);
    for (i, l) in lanes.iter().enumerate() {
        let y = LANE * i as f64;
        h.raw("<text class=\"")
            .raw(if l.hostile { "bad" } else { "ink" })
            .raw("\" x=\"0\" y=\"")
            .num(y + 15.0)
            .raw("\">");
        h.text(&short(&l.label, 36)).raw("<title>").text(&short(&l.label, 200)).raw("</title></text>");
        for &(a, b) in &l.spans {
            rect(h, "span", [axis.x(a), y + 6.0, axis.x(b) - axis.x(a) + axis.width(), 11.0], "");
        }
        for (&s, &(n, bad)) in &l.days {
            let word = p.l.count(n, ("event", "events"), ("événement", "événements"));
            let class = if bad > 0 { "bad" } else { "own" };
            rect(h, class, [axis.x(s) + 0.4, y + 4.0, (axis.width() - 0.8).max(1.5), 15.0], &word);
        }
    }
    h.raw("</svg></figure></div>\n");
}

/// Visits by network.
pub fn networks(p: &Page<'_>, a: &Picture<'_>, h: &mut Html) {
    let axis = Axis::of_case(p.v);
    let mut by: BTreeMap<&str, Lane> = BTreeMap::new();
    for e in &a.episodes {
        let lane = by.entry(&e.network).or_default();
        if lane.label.is_empty() {
            lane.label = format!("{} {} {}", e.country, e.network, e.as_org);
        }
        lane.hostile |= e.hostile;
        lane.records += e.records;
        lane.spans.push((axis.of(micros(&e.start)), axis.of(micros(&e.end))));
    }
    for (network, lane) in &mut by {
        lane.days = a.networks.get(network).cloned().unwrap_or_default();
    }
    let mut all: Vec<Lane> = by.into_values().collect();
    all.sort_by(|a, b| (b.hostile, b.records, &a.label).cmp(&(a.hostile, a.records, &b.label)));
    if all.len() > LANES + 1 {
        let rest = all.split_off(LANES);
        let n = rest.len() as u64;
        let mut other = Lane {
            label: p.l.count(n, ("further network", "further networks"), ("autre réseau", "autres réseaux")),
            ..Lane::default()
        };
        for l in rest {
            other.hostile |= l.hostile;
            for (s, (n, bad)) in l.days {
                let d = other.days.entry(s).or_default();
                d.0 += n;
                d.1 += bad;
            }
        }
        all.push(other);
    }
    if all.is_empty() {
        return;
    }
    h.tag("<h3>", p.l.of("Visits by network", "Visites par réseau"), "</h3>\n");
    lanes(
        h,
        &all,
        &axis,
        p.l.of("Visits by network over the period of the logs", "Visites par réseau sur la période des journaux"),
        p,
    );
    h.tag(
        "<p class=\"cap\">",
        p.l.of(
            "Each mark is a day with events; red are the visits counted as the intruder's.",
            "Chaque marque est un jour avec événements ; en rouge, les visites attribuées à l'intrus.",
        ),
        "</p>\n",
    );
}

/// From which country, day by day.
pub fn countries(p: &Page<'_>, a: &Picture<'_>, h: &mut Html) {
    let axis = Axis::of_case(p.v);
    let lane = |(country, days): (&String, &Days)| Lane {
        label: country.clone(),
        hostile: days.values().any(|(_, bad)| *bad > 0),
        records: days.values().map(|(n, _)| n).sum(),
        days: days.clone(),
        spans: Vec::new(),
    };
    let mut all: Vec<Lane> = a.countries.iter().map(lane).collect();
    all.sort_by(|a, b| (b.hostile, b.records, &a.label).cmp(&(a.hostile, a.records, &b.label)));
    all.truncate(LANES + 1);
    if all.is_empty() {
        return;
    }
    h.tag("<h3>", p.l.of("Sign-ins by country", "Connexions par pays"), "</h3>\n");
    lanes(h, &all, &axis, p.l.of("Sign-ins by country, day by day", "Connexions par pays, jour par jour"), p);
}

/// When in the week, in local time; suspicious sign-ins are circled.
pub fn week(p: &Page<'_>, a: &Picture<'_>, h: &mut Html) {
    const CELL: f64 = 24.0;
    const NAMES: f64 = 44.0;
    let l = p.l;
    let [own, bad] = &a.week;
    let most = own.iter().flatten().copied().max().unwrap_or(0).max(1);
    let days = match l {
        super::Lang::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        super::Lang::Fr => ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
    };
    h.tag(
        "<h3>",
        l.of("Hours of the week", "Heures de la semaine"),
        "</h3>\n<div class=\"wide\"><figure class=\"week\">",
    );
    open(
        h,
        NAMES + 24.0 * CELL + 4.0,
        7.0 * CELL + 20.0,
        l.of("Sign-ins by hour of the week", "Connexions par heure de la semaine"),
    );
    for (d, name) in days.iter().enumerate() {
        let y = CELL * d as f64;
        h.raw("<text class=\"ink\" x=\"0\" y=\"").num(y + 16.0).raw("\">").text(name).raw("</text>");
        for hour in 0..24 {
            let (n, b) = (own[d][hour], bad[d][hour]);
            let x = NAMES + CELL * hour as f64;
            let class = match (n, (n * 5).div_ceil(most)) {
                (0, _) => "c0",
                (_, 0 | 1) => "c1",
                (_, 2) => "c2",
                (_, 3) => "c3",
                (_, 4) => "c4",
                _ => "c5",
            };
            let mut title = format!("{name} {hour:02} h: {n}");
            if b > 0 {
                title.push_str(&format!(" + {b} {}", l.of("of the intruder", "de l'intrus")));
            }
            rect(h, class, [x + 1.0, y + 1.0, CELL - 2.0, CELL - 2.0], &title);
            if b > 0 {
                h.raw("<circle class=\"mark\" cx=\"")
                    .num(x + CELL / 2.0)
                    .raw("\" cy=\"")
                    .num(y + CELL / 2.0)
                    .raw("\" r=\"7\"><title>");
                h.text(&title).raw("</title></circle>");
            }
        }
    }
    for hour in (0..24).step_by(3) {
        h.raw("<text x=\"").num(NAMES + CELL * f64::from(hour) + 3.0).raw("\" y=\"").num(7.0 * CELL + 14.0).raw("\">");
        h.int(hour as u64).raw("</text>");
    }
    h.raw("</svg></figure></div>\n<p class=\"cap\">").text(l.of(
        "Local time. The darker, the more sign-ins of the person; red circles are the suspicious ones.",
        "Heure locale. Plus c'est foncé, plus la personne s'y connecte ; les cercles rouges sont les connexions suspectes.",
    ));
    h.raw("</p>\n");
}
