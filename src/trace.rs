//! Time and memory of the process. Where the time goes: with `MAILTRAIL_TRACE=1` in the environment, one line a phase on stderr. Nothing of it
//! reaches a result.

use std::io::Write;
use std::sync::{Mutex, OnceLock};
use std::time::Instant;

struct State {
    start: Instant,
    last: Instant,
    cpu: f64,
}

fn state() -> Option<&'static Mutex<State>> {
    static STATE: OnceLock<Option<Mutex<State>>> = OnceLock::new();
    STATE
        .get_or_init(|| {
            let now = Instant::now();
            std::env::var_os("MAILTRAIL_TRACE").map(|_| Mutex::new(State { start: now, last: now, cpu: 0.0 }))
        })
        .as_ref()
}

/// Processor seconds of the whole process so far, where the system tells (Linux, in steps of 10 ms).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Ends the phase `name`: its wall and processor time, and the memory now in use.
pub fn phase(name: &str) {
    let Some(Ok(mut s)) = state().map(Mutex::lock) else { return };
    let (now, cpu) = (Instant::now(), cpu_seconds());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kb = |field: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(field)).unwrap_or("");
        line.split_whitespace().next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
    };
    let (wall, used) = (now.duration_since(s.last).as_secs_f64(), cpu - s.cpu);
    let at = now.duration_since(s.start).as_secs_f64();
    let line = format!(
        "trace {name:<18} {wall:6.3} s wall {used:6.2} s cpu, at {at:6.3} s, {} MiB now, {} without files, {} at most\n",
        kb("VmRSS:"),
        kb("RssAnon:"),
        kb("VmHWM:")
    );
    let _ = std::io::stderr().write_all(line.as_bytes());
    (s.last, s.cpu) = (now, cpu);
}

/// A heap a core, where they are few: glibc makes up to eight, and what is freed in one is of no use to another.
/// One heap for all takes as little memory, but its lock costs a sixth of the time on two cores. And columns of a
/// mebibyte and more are given back as soon as they are freed: glibc raises that bound to 32 MiB by and by, and keeps them.
pub fn few_heaps() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if let Some(n) = std::thread::available_parallelism().ok().map(std::num::NonZero::get).filter(|n| *n <= FEW) {
        #[expect(unsafe_code, reason = "one call of the C library that sets a number")]
        unsafe {
            libc::mallopt(libc::M_ARENA_MAX, libc::c_int::try_from(n).unwrap_or(1));
            libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 20);
        }
    }
}

/// From here on the memory matters less than the time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const FEW: usize = 4;

/// Gives freed memory back to the system, where the allocator keeps it: thousands of short columns were just
/// freed, and what comes next asks for long ones.
pub fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "one call of the C library that takes and touches no memory of ours")]
        unsafe {
            libc::malloc_trim(0);
        }
    }
}
