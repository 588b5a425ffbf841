//! The terms of an episode in words, with the counts behind them.

use crate::case::folder::Episode;

/// `3 of 12 days; 1 of 11 colleagues`. What is native counts over the whole log, not only before the visit.
fn counts(e: &Episode, what: &str) -> String {
    let n = |k: &str| e.counts.get(k).copied().unwrap_or(0.0);
    let (with, all) = (n(&format!("days_{what}")), n("days"));
    let days = if with > all { format!("{with} days of the log") } else { format!("{with} of {all} days") };
    format!("{days}; {} of {} colleagues", n(&format!("colleagues_{what}")), n("colleagues"))
}

/// The terms of a visit of the person's own in one sentence.
pub fn short(e: &Episode) -> String {
    let all: Vec<String> = terms(e)
        .into_iter()
        .map(|(name, weight, _)| match name {
            "country" => format!("country {weight:+.1} ({})", counts(e, "country_and_way")),
            "provider" => format!("provider {weight:+.1} ({})", counts(e, "as")),
            "network" | "device" => format!("{name} {weight:+.1} ({})", counts(e, name)),
            _ => format!("{name} {weight:+.1}"),
        })
        .collect();
    all.join(", ")
}

/// Name of a term as a person would say it, its weight, and why. In the order in which the score is made.
pub fn terms(e: &Episode) -> Vec<(&str, f64, String)> {
    const ORDER: [&str; 11] =
        ["country", "as", "network", "device", "client", "hour", "rented", "identity", "presence", "trust", "company"];
    let known = ORDER.iter().filter_map(|k| e.terms.get_key_value(*k));
    let further = e.terms.iter().filter(|(k, _)| !ORDER.contains(&k.as_str()));
    known
        .chain(further)
        .map(|(k, &x)| {
            let up = x > 0.0;
            let (name, why) = match k.as_str() {
                "country" => {
                    let place = if e.country.is_empty() { "an unknown country" } else { &e.country };
                    ("country", format!("this kind of way in from {place}: {}", counts(e, "country_and_way")))
                }
                "as" => ("provider", format!("AS{} {}: {}", e.asn, e.as_org, counts(e, "as"))),
                "network" => ("network", format!("{}: {}", e.network, counts(e, "network"))),
                "device" => ("device", format!("{}: {}", e.device, counts(e, "device"))),
                "client" if up => ("client", "a way to reach mail that is rare for the person".to_string()),
                "client" => ("client", "the person's way to reach mail".to_string()),
                "hour" if up => ("hour", "hours at which the person and the colleagues hardly work".to_string()),
                "hour" => ("hour", "usual hours".to_string()),
                "rented" => ("rented", "a rented or hidden network that hardly anybody here uses".to_string()),
                "identity" => ("identity", "shows no device id; the person's desktop has one".to_string()),
                "presence" if up => ("presence", "the person was at a screen elsewhere meanwhile".to_string()),
                "presence" => ("presence", "nothing from the usual places meanwhile: a stay".to_string()),
                "trust" => ("trust", "managed or known device, colleagues' network, or office".to_string()),
                other => (other, String::new()),
            };
            (name, x, why)
        })
        .collect()
}

/// How far it got, in one word or two.
pub fn reach(word: &str) -> &str {
    match word {
        "password-known" => "stopped",
        w => w,
    }
}
