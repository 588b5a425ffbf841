//! `mailtrail completions` and `mailtrail man`: made from the same definitions as `--help`.

use super::{Cli, Failure, exit, print};
use crate::read::io_reason;
use clap::CommandFactory;
use std::path::Path;

pub fn completions(shell: clap_complete::Shell) -> Result<u8, Failure> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "mailtrail", &mut out);
    print(&String::from_utf8_lossy(&out))?;
    Ok(exit::DONE)
}

pub fn man(dir: &Path) -> Result<u8, Failure> {
    let fail = |p: &Path, e: &std::io::Error| Failure::fatal(format!("{}: {}", p.display(), io_reason(e)));
    std::fs::create_dir_all(dir).map_err(|e| fail(dir, &e))?;
    let mut all = Cli::command();
    all.build();
    page(&all, "mailtrail", dir).map_err(|e| fail(dir, &e))?;
    for sub in all.get_subcommands().filter(|s| s.get_name() != "help") {
        page(sub, &format!("mailtrail-{}", sub.get_name()), dir).map_err(|e| fail(dir, &e))?;
    }
    Ok(exit::DONE)
}

fn page(command: &clap::Command, name: &str, dir: &Path) -> std::io::Result<()> {
    let mut out = Vec::new();
    // No date: the same program gives the same pages.
    clap_mangen::Man::new(command.clone()).title(name).date("").render(&mut out)?;
    std::fs::write(dir.join(format!("{name}.1")), out)
}
