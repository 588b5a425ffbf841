//! `--max-memory`: how much there is, and how much of it may be taken. No result depends on it.

use crate::config::Config;
use crate::events::room::Room;
use std::path::{Path, PathBuf};

/// Room for the events of a run that writes its case to `output`.
///
/// # Errors
/// One line: which size cannot be read, or which folder is none.
pub fn room(max: Option<&str>, folder: Option<&Path>, config: &Config, output: Option<&Path>) -> Result<Room, String> {
    let (name, text) = max.map_or(("memory.max", config.text("memory.max")), |m| ("--max-memory", m));
    let most = limit(text, || free(Path::new("/"))).map_err(|e| format!("{name} {text}: {e}"))?;
    let set = Some(config.text("memory.temp_dir")).filter(|t| !t.is_empty()).map(PathBuf::from);
    let given = folder.map(Path::to_path_buf).or(set);
    if let Some(f) = given.as_ref().filter(|f| !f.is_dir()) {
        return Err(format!("--temp-dir {}: no such folder", f.display()));
    }
    // Beside the case there is a disk; the temporary folder of many systems is memory.
    let beside = || output.and_then(Path::parent).filter(|p| !p.as_os_str().is_empty()).map(Path::to_path_buf);
    let here = || if output.is_some() { PathBuf::from(".") } else { std::env::temp_dir() };
    Ok(Room::new(most, given.or_else(beside).unwrap_or_else(here)))
}

/// Bytes that may be taken; `None` for no limit. A share is one of what is free.
fn limit(text: &str, free: impl FnOnce() -> Option<u64>) -> Result<Option<u64>, String> {
    let text = text.trim();
    if matches!(text, "0" | "none") {
        return Ok(None);
    }
    if let Some(share) = text.strip_suffix('%') {
        let share: u8 = share.trim().parse().ok().filter(|s| (1..=100).contains(s)).ok_or("write 1% to 100%")?;
        return Ok(free().map(|n| n / 100 * u64::from(share)));
    }
    crate::synth::parse_size(text).map(Some).map_err(|_| "write a size such as 512M or 4G, or none".to_string())
}

/// Bytes that can be had without pushing anyone out: what the system says, and the groups that the process is in.
/// Only Linux tells in files; elsewhere there is no limit unless one is given.
fn free(root: &Path) -> Option<u64> {
    let read = |p: PathBuf| std::fs::read_to_string(p).ok();
    let system = read(root.join("proc/meminfo")).and_then(|t| field(&t, "MemAvailable:")).map(|kib| kib * 1024);
    let groups = read(root.join("proc/self/cgroup")).unwrap_or_default();
    let mut least = system?;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (mount, max, now) = match controllers {
            "" => ("sys/fs/cgroup", "memory.max", "memory.current"),
            c if c.split(',').any(|c| c == "memory") => {
                ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
            }
            _ => continue,
        };
        let mount = root.join(mount);
        // A limit of any group around it holds too. In a container the path may be one of outside.
        for group in Path::new(path.trim_start_matches('/')).ancestors() {
            let number = |file: &str| read(mount.join(group).join(file)).and_then(|t| t.trim().parse::<u64>().ok());
            let Some(max) = number(max) else { continue };
            let stat = read(mount.join(group).join("memory.stat")).unwrap_or_default();
            // Pages of files can be had back.
            let files = field(&stat, "inactive_file ").unwrap_or(0) + field(&stat, "active_file ").unwrap_or(0);
            least = least.min(max.saturating_sub(number(now).unwrap_or(0).saturating_sub(files)));
        }
    }
    Some(least)
}

/// The number behind a name at the beginning of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|l| l.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_shares_and_none() {
        let of = |t: &str| limit(t, || Some(1000));
        assert_eq!((of("0"), of("none"), of("60%")), (Ok(None), Ok(None), Ok(Some(600))));
        assert_eq!((of("512M"), of("4G")), (Ok(Some(512_000_000)), Ok(Some(4_000_000_000))));
        assert_eq!(limit("60%", || None), Ok(None));
        for wrong in ["", "0%", "101%", "much", "-1"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_tightest_of_the_groups_around_the_process_counts() {
        let dir = tempfile::tempdir().unwrap();
        let put = |file: &str, text: &str| {
            let path = dir.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        assert_eq!(free(dir.path()), None);
        put("proc/meminfo", "MemTotal: 9 kB\nMemAvailable:       8192 kB\n");
        assert_eq!(free(dir.path()), Some(8 << 20));
        put("proc/self/cgroup", "0::/outer/inner\n");
        put("sys/fs/cgroup/outer/inner/memory.max", "max\n");
        put("sys/fs/cgroup/outer/memory.max", "5000000\n");
        put("sys/fs/cgroup/outer/memory.current", "4000000\n");
        put("sys/fs/cgroup/outer/memory.stat", "anon 1\ninactive_file 1000000\nactive_file 500000\n");
        assert_eq!(free(dir.path()), Some(2_500_000));
        put("proc/self/cgroup", "4:cpu,memory:/old\n0::/\n");
        put("sys/fs/cgroup/memory/old/memory.limit_in_bytes", "3000000\n");
        put("sys/fs/cgroup/memory/old/memory.usage_in_bytes", "1000000\n");
        assert_eq!(free(dir.path()), Some(2_000_000));
    }
}
