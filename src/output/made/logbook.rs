//! `logbook.csv`: the *main courante*. What the logs tell of the intrusion, in the order of time, with empty columns
//! at the right for the people who go on with it by hand.

use super::lang::Lang;
use super::picture::Picture;
use super::{Made, Material};
use crate::output::escape::printed_cell as cell;
use crate::output::made::sentences::say;

pub struct Logbook;

/// Lines of one account's own story; what is more is counted in a line.
const MOST: usize = super::gather::TOLD;

/// One line, before it is sorted.
struct Line {
    time: String,
    who: String,
    what: String,
    accounts: String,
    machines: String,
    source: String,
}

fn of(p: &Picture<'_>, l: Lang, out: &mut Vec<Line>) {
    for e in p.told.iter().take(MOST) {
        let times = if e.events > 1 {
            format!(" ({} × {} {})", l.thousands(e.events), l.of("to", "jusqu'à"), e.end_time)
        } else {
            String::new()
        };
        let network = e
            .episode
            .and_then(|n| p.episodes.iter().find(|x| x.episode == n))
            .map_or_else(String::new, |x| format!("{} {} {}", x.network, x.as_org, x.device));
        out.push(Line {
            time: e.time.clone(),
            who: if e.hostile { l.of("intruder", "intrus").into() } else { l.of("not certain", "à confirmer").into() },
            what: format!("{}{times}", e.text),
            accounts: p.account().to_string(),
            machines: network.trim().to_string(),
            source: e
                .findings
                .iter()
                .filter_map(|n| p.findings.get(n - 1))
                .map(|f| f.id.as_str())
                .collect::<Vec<_>>()
                .join(";"),
        });
    }
    if let Some(last) = p.told.get(MOST - 1).filter(|_| p.lines > MOST) {
        out.push(Line {
            time: last.end_time.clone(),
            who: "mailtrail".into(),
            what: format!(
                "{} {}",
                p.lines - MOST,
                l.of(
                    "further lines of this account: see timeline.jsonl",
                    "autres lignes pour ce compte : voir timeline.jsonl"
                )
            ),
            accounts: p.account().to_string(),
            machines: String::new(),
            source: String::new(),
        });
    }
    for f in &p.findings {
        out.push(Line {
            time: f.time.clone(),
            who: "mailtrail".into(),
            what: format!("{} ({}): {}", l.of("finding", "constat"), l.severity(&f.severity), say(&f.title, l)),
            accounts: p.account().to_string(),
            machines: f.source_ips.join(";"),
            source: f.id.clone(),
        });
    }
}

impl Made for Logbook {
    fn file_name(&self) -> &'static str {
        "logbook.csv"
    }

    fn write(&self, of: &Material<'_>, to: &mut dyn std::io::Write) -> std::io::Result<()> {
        to.write_all(render(of).as_bytes())
    }
}

fn render(m: &Material<'_>) -> String {
    let (v, l) = (m.v, m.l);
    let mut lines = Vec::new();
    for p in &m.all {
        of(p, l, &mut lines);
    }
    for c in &v.campaigns {
        let title = format!("{}: {}", l.of("campaign", "campagne"), say(&c.title, l));
        let addresses: Vec<&str> = c.addresses.iter().take(20).map(|a| a.ip.as_str()).collect();
        for (time, word) in [(&c.first_seen, l.of("begins", "début")), (&c.last_seen, l.of("ends", "fin"))] {
            lines.push(Line {
                time: time.clone(),
                who: "mailtrail".into(),
                what: format!("{title}, {word}"),
                accounts: c.accounts_reached.join(";"),
                machines: addresses.join(";"),
                source: String::new(),
            });
        }
    }
    // Times of whole seconds have no fraction: compared as times, not as text.
    let at = |t: &str| t.parse::<chrono::DateTime<chrono::Utc>>().map_or(0, |t| t.timestamp_micros());
    lines.sort_by_cached_key(|x| (at(&x.time), x.accounts.clone(), x.who.clone(), x.what.clone()));
    let mut w = csv::Writer::from_writer(Vec::new());
    let heads = match l {
        Lang::En => ["time_utc", "who", "action_or_event", "accounts", "machines", "finding", "entered_by", "remarks"],
        Lang::Fr => {
            ["heure_utc", "qui", "action_ou_evenement", "comptes", "machines", "constat", "saisi_par", "remarques"]
        }
    };
    let _ = w.write_record(heads);
    for x in &lines {
        let _ = w.write_record([
            &*x.time,
            &cell(&x.who),
            &cell(&x.what),
            &cell(&x.accounts),
            &cell(&x.machines),
            &x.source,
            "mailtrail",
            "",
        ]);
    }
    String::from_utf8(w.into_inner().unwrap_or_default()).unwrap_or_default()
}
