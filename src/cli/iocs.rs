//! `mailtrail iocs`.

use super::{Failure, IocsArgs, exit};
use crate::case::{CaseFolder, Table};
use crate::output::escape::terminal;
use crate::output::ioc::select::{Exclude, Selection, Wish, select};
use crate::output::ioc::{self, FORMATS, Format, List, Purpose};
use crate::read::io_reason;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;

/// Held-back indicators named on stderr; all of them stand in `iocs.csv`.
const NAMED: usize = 20;

/// The formats and what they are, for `--help`.
pub fn help() -> String {
    let mut o = String::from("Formats:\n");
    for f in FORMATS {
        let _ = writeln!(o, "  {:<22}{}", f.name(), f.about());
    }
    o.push_str(
        "\nWatching is the default: a watched address shows which other mailboxes it reaches, a blocked\n\
         one only makes the intruder change it. Blocking takes what the case proposes to block, and\n\
         what it proposes to watch with confidence 75 or more (--min-confidence N sets another bar).\n\
         Private space, the organisation's own networks and domains, providers' service addresses and\n\
         everything that the case holds shared are always left out; what was left out is counted and\n\
         listed on stderr.\n\nExamples:\n  \
         mailtrail iocs case1 --format stix -o case1.stix.json\n  \
         mailtrail iocs case1 --format nft --disposition block -o block.nft && nft -c -f block.nft\n  \
         mailtrail iocs case1 --format txt --defang\n  \
         mailtrail iocs case1 --format edl --exclude partners.txt",
    );
    o
}

pub fn run(a: &IocsArgs) -> Result<u8, Failure> {
    let names = || FORMATS.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ");
    let format = ioc::format(&a.format)
        .ok_or_else(|| Failure::usage(format!("--format {}: write one of {}", a.format, names())))?;
    let purpose = match a.disposition.as_str() {
        "watch" => Purpose::Watch,
        "block" => Purpose::Block,
        other => return Err(Failure::usage(format!("--disposition {other}: write watch or block"))),
    };
    if a.defang && !format.for_people() {
        return Err(Failure::usage(format!(
            "--defang is for people; no program can read a defanged {}",
            format.name()
        )));
    }
    if format.only_block() && purpose == Purpose::Watch {
        return Err(Failure::usage(format!("{} only blocks; add --disposition block", format.name())));
    }
    let exclude = match &a.exclude {
        None => Exclude::default(),
        Some(p) => Exclude::parse(
            &std::fs::read_to_string(p).map_err(|e| Failure::fatal(format!("{}: {}", p.display(), io_reason(&e))))?,
        ),
    };
    let case = CaseFolder::open(&a.case.dir).map_err(Failure::fatal)?;
    let indicators = case.all_indicators().map_err(Failure::fatal)?;
    let findings = case.all_findings().map_err(Failure::fatal)?;
    let selection = select(&case, indicators, &Wish { purpose, min_confidence: a.min_confidence, exclude });
    let addresses: BTreeSet<&str> =
        selection.entries.iter().filter(|e| e.ip.is_some()).map(|e| e.of.value.as_str()).collect();
    let events = Table::events_of(&a.case.dir.join("events.parquet"), &addresses).map_err(Failure::fatal)?;
    let list =
        List { case: &case, findings: &findings, purpose, selection: &selection, events: &events, defang: a.defang };
    let text = format.render(&list);
    super::give(&text, &a.to)?;
    if !a.quiet {
        say(format, &selection);
    }
    Ok(exit::DONE)
}

/// What was written and what was held back, on stderr.
fn say(format: &dyn Format, s: &Selection) {
    let written = s.entries.iter().filter(|e| format.takes(e)).count();
    let other = s.entries.len() - written;
    let mut o = format!("{}: {written} written", format.name());
    if other > 0 {
        let _ = write!(o, ", {other} of kinds that it has no word for");
    }
    let _ = writeln!(o, ", {} held back", s.excluded.len());
    for x in s.excluded.iter().take(NAMED) {
        let value: String = terminal(&x.value).chars().take(60).collect();
        let _ = writeln!(o, "  {} {value}: {}", x.kind, terminal(&x.why));
    }
    if s.excluded.len() > NAMED {
        let _ = writeln!(o, "  … and {} more, in iocs.csv", s.excluded.len() - NAMED);
    }
    let _ = std::io::stderr().write_all(o.as_bytes());
}
