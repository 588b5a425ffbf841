//! `mailtrail detectors`.

use super::{DetectorsCommand, Failure, exit, print};
use crate::detectors::{DETECTORS, manifests};
use std::fmt::Write;

pub fn run(what: Option<&DetectorsCommand>) -> Result<u8, Failure> {
    match what {
        None | Some(DetectorsCommand::List) => print(&list()?)?,
        Some(DetectorsCommand::Explain { id }) => print(&explain(id)?)?,
    }
    Ok(exit::DONE)
}

fn list() -> Result<String, Failure> {
    let mut o = String::new();
    for m in manifests().map_err(Failure::fatal)? {
        let _ = writeln!(o, "{:<22} {:<5} {:<20} {}", m.id, m.measures.join(","), m.techniques.join(","), m.summary);
    }
    o.push_str("\nmailtrail detectors explain ID says how one decides, its thresholds and its false alarms.\n");
    Ok(o)
}

fn explain(id: &str) -> Result<String, Failure> {
    let Some(i) = DETECTORS.iter().position(|d| d.id() == id) else {
        let near =
            DETECTORS.iter().map(|d| (strsim::damerau_levenshtein(id, d.id()), d.id())).min().map_or("", |x| x.1);
        return Err(Failure::usage(format!(
            "no detector is called {id}; did you mean {near}? See: mailtrail detectors list"
        )));
    };
    let d = DETECTORS[i];
    let m = &manifests().map_err(Failure::fatal)?[i];
    let mut o = String::new();
    let _ = writeln!(o, "{}\n", d.readme().trim_end());
    let _ = writeln!(o, "## Settings (detectors.{id} in mailtrail.toml)\n");
    for (k, v) in &m.thresholds {
        let _ = writeln!(o, "- {k} = {v}");
    }
    let _ = writeln!(
        o,
        "\nFrench title: {}. Measure {}. ATT&CK {}. Needs: {}.",
        m.title.fr,
        m.measures.join(", "),
        m.techniques.join(", "),
        m.needs.join(", ")
    );
    Ok(o)
}
