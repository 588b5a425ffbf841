//! `mailtrail demo`: the built-in labelled case, analysed like any other.

use super::{DemoArgs, Failure, analyze, exit, print};
use crate::config::Config;
use crate::output::folder;
use crate::output::made::lang::Lang;
use crate::pipeline::{self, Request};
use std::path::PathBuf;
use std::sync::Arc;

const NAME: &str = "clinique-saintbriac.zip";
const EXPORTS: &[u8] = include_bytes!("../../testdata/demo/exports/clinique-saintbriac.zip");
const TRUTH: &str = include_str!("../../testdata/demo/truth.toml");

pub fn run(d: &DemoArgs) -> Result<u8, Failure> {
    let lang = super::lang(&d.lang)?;
    if let Some(dir) = &d.output {
        folder::check(dir, d.force).map_err(Failure::fatal)?;
    }
    let work = std::env::temp_dir().join(format!("mailtrail-demo-{}", std::process::id()));
    std::fs::create_dir_all(&work)
        .map_err(|e| Failure::fatal(format!("{}: {}", work.display(), crate::read::io_reason(&e))))?;
    let done = inside(d, &work, lang);
    let _ = std::fs::remove_dir_all(&work);
    done
}

fn inside(d: &DemoArgs, work: &std::path::Path, lang: Lang) -> Result<u8, Failure> {
    let exports = work.join(NAME);
    std::fs::write(&exports, EXPORTS)
        .map_err(|e| Failure::fatal(format!("{}: {}", exports.display(), crate::read::io_reason(&e))))?;
    let truth: toml::Table = TRUTH.parse().map_err(|e| Failure::fatal(format!("built-in case: {e}")))?;
    let text = |k: &str| truth.get(k).and_then(toml::Value::as_str).unwrap_or("").to_string();
    let story = text("summary");
    let story = story.strip_prefix("Demonstration: ").unwrap_or(&story);
    print(&format!(
        "{}\n\n",
        crate::output::summary::wrap(&format!("A built-in case: {story}"), 0, super::paint().width)
    ))?;
    let manifests = crate::detectors::manifests().map_err(Failure::fatal)?;
    let mut config = Config::load(None, &[], &pipeline::detector_defaults(&manifests)).map_err(Failure::fatal)?;
    config.add_domains(&["clinique-saintbriac.example".to_string()]);
    let request = Request {
        paths: vec![exports],
        base: Some(work.to_path_buf()),
        geoip: Vec::new(),
        config,
        sources: Arc::default(),
        period: (None, None),
        rescore: None,
        room: Arc::default(),
    };
    let mut case = analyze::with_progress(request, true).map_err(Failure::fatal)?;
    let dir: PathBuf = d.output.clone().unwrap_or_else(|| work.join("case"));
    let say = if d.output.is_some() { analyze::Say::Summary } else { analyze::Say::SummaryOnly };
    analyze::finish(&mut case, &dir, d.force, lang, say)?;
    if d.output.is_some() {
        // The evidence names records of the exports: leave them beside the case's files.
        let kept = dir.join(NAME);
        std::fs::write(&kept, EXPORTS)
            .map_err(|e| Failure::fatal(format!("{}: {}", kept.display(), crate::read::io_reason(&e))))?;
        print(&format!("\nThe exports it was made from: {}\n", kept.display()))?;
    } else {
        print("\nNothing was kept; for the files of the case: mailtrail demo -o demo-case\n")?;
    }
    Ok(exit::DONE)
}
