//! `mailtrail report`, `plan` and `timeline`: files of a case made again from its folder.

use super::{Failure, PlanArgs, ReportArgs, TimelineArgs, exit, give_from, lang};
use crate::case::CaseView;
use crate::output::made::{Made, Material, assessment, logbook, plan, report, timeline};
use std::fmt::Write as _;
use std::io::Write as _;

/// What `plan` makes, by the word of `--part`.
const PARTS: [(&str, &dyn Made); 3] =
    [("plan", &plan::Plan), ("assessment", &assessment::AssessmentJson), ("logbook", &logbook::Logbook)];

pub fn report(a: &ReportArgs) -> Result<u8, Failure> {
    let lang = lang(&a.lang)?;
    let view = CaseView::open(&a.case.dir).map_err(Failure::fatal)?;
    let of = Material::of(&view, lang).map_err(Failure::fatal)?;
    give_from(&|to| report::Report.write(&of, to), &a.to)?;
    Ok(exit::DONE)
}

pub fn plan(a: &PlanArgs) -> Result<u8, Failure> {
    let part = PARTS
        .iter()
        .find(|(w, _)| *w == a.part)
        .ok_or_else(|| Failure::usage(format!("--part {}: write plan, assessment or logbook", a.part)))?;
    let lang = lang(&a.lang)?;
    let view = CaseView::open(&a.case.dir).map_err(Failure::fatal)?;
    let of = Material::of(&view, lang).map_err(Failure::fatal)?;
    give_from(&|to| part.1.write(&of, to), &a.to)?;
    Ok(exit::DONE)
}

/// The formats and what they are, for `--help`.
pub fn timeline_help() -> String {
    let mut o = String::from("Formats:\n");
    for f in timeline::FORMATS {
        let _ = writeln!(o, "  {:<8}{}", f.name, f.about);
    }
    o.push_str(
        "\nAccounts that are compromised, suspected or exposed, with all their events and findings.\n\nExamples:\n  \
         mailtrail timeline case1 --format csv -o timeline.csv\n  \
         mailtrail timeline case1 --format ecs > case1.ecs.jsonl",
    );
    o
}

pub fn timeline(a: &TimelineArgs) -> Result<u8, Failure> {
    let format = timeline::FORMATS.iter().find(|f| f.name.eq_ignore_ascii_case(&a.format)).ok_or_else(|| {
        let names: Vec<&str> = timeline::FORMATS.iter().map(|f| f.name).collect();
        Failure::usage(format!("--format {}: write one of {}", a.format, names.join(", ")))
    })?;
    let view = CaseView::open(&a.case.dir).map_err(Failure::fatal)?;
    if !view.left_out.is_empty() {
        let n = view.left_out.len();
        let _ = writeln!(std::io::stderr(), "left out: {n} accounts with too many events; mailtrail explain has each");
    }
    give_from(&|to| timeline::write(&view, format, to), &a.to)?;
    Ok(exit::DONE)
}
