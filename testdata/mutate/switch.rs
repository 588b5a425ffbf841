//! `src/mutants.rs` of the copy: which mutant is on. `MUTANT` in the environment says it, or whoever calls `set`.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};

const ROOM: usize = 16384;
const UNASKED: u32 = u32::MAX;
static NOW: AtomicU32 = AtomicU32::new(UNASKED);
static STEPS: AtomicU64 = AtomicU64::new(0);
static MOST: AtomicU64 = AtomicU64::new(u64::MAX);
static SEEN: [AtomicBool; ROOM] = [const { AtomicBool::new(false) }; ROOM];

/// Is this mutant on? Asked wherever one could be.
pub fn on(n: u32) -> bool {
    SEEN[n as usize].store(true, Relaxed);
    // A loop that a mutant made endless asks again and again: it ends here, after steps and not after seconds.
    if STEPS.fetch_add(1, Relaxed) > MOST.load(Relaxed) {
        panic!("endless");
    }
    let mut now = NOW.load(Relaxed);
    if now == UNASKED {
        now = std::env::var("MUTANT").ok().and_then(|m| m.parse().ok()).unwrap_or(0);
        NOW.store(now, Relaxed);
    }
    now == n
}

/// Switches one on, 0 none, and gives it so many steps.
pub fn set(n: u32, most: u64) {
    NOW.store(n, Relaxed);
    MOST.store(most, Relaxed);
    STEPS.store(0, Relaxed);
    SEEN.iter().for_each(|s| s.store(false, Relaxed));
}

pub fn steps() -> u64 {
    STEPS.load(Relaxed)
}

/// Those that were asked for since `set`.
pub fn seen() -> Vec<bool> {
    SEEN.iter().map(|s| s.load(Relaxed)).collect()
}
