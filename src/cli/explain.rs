//! `mailtrail explain`.

use super::{ExplainArgs, Failure, exit, paint, print_from};
use crate::explain;
use crate::output::summary::Paint;
use std::io::IsTerminal;

pub fn run(a: &ExplainArgs) -> Result<u8, Failure> {
    for p in &a.exports {
        std::fs::metadata(p)
            .map_err(|e| Failure::fatal(format!("--exports {}: {}", p.display(), crate::read::io_reason(&e))))?;
    }
    let e = explain::explain(&a.case.dir, &a.account, &a.exports, a.records).map_err(Failure::fatal)?;
    if a.json {
        print_from(&|to| {
            serde_json::to_writer_pretty(&mut *to, &e)?;
            to.write_all(b"\n")
        })?;
    } else {
        let paint = Paint { width: width(), ..paint() };
        print_from(&|to| explain::text::write(&e, paint, to))?;
    }
    Ok(exit::DONE)
}

/// Tables want more room than sentences: 80 to 200 columns.
fn width() -> usize {
    let wide = terminal_size::terminal_size().map(|(w, _)| usize::from(w.0));
    wide.filter(|_| std::io::stdout().is_terminal()).unwrap_or(100).clamp(80, 200)
}
