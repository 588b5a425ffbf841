//! How much more than on the person's other days: robust, on a logarithmic scale.

use crate::evidence::{Account, Context};
use std::collections::BTreeMap;

/// An account's other days, counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Usual {
    /// Median of ln(1 + count) over the days.
    middle: f64,
    /// Spread on that scale, never below [`FLOOR`].
    spread: f64,
    /// Median count.
    pub median: u64,
    /// Days that count.
    pub days: usize,
}

/// A spread below this would call a slightly busy day unheard of.
const FLOOR: f64 = 0.35;
/// Below this many days the account has no usual; an ordinary mailbox is assumed.
const ENOUGH: usize = 5;
const ASSUMED: f64 = 60.0;

impl Usual {
    /// From the counts of the days on which the account did anything of the kind.
    pub fn of(days: impl Iterator<Item = u64>) -> Usual {
        let mut counts: Vec<u64> = days.collect();
        counts.sort_unstable();
        if counts.len() < ENOUGH {
            return Usual { middle: ASSUMED.ln_1p(), spread: 0.7, median: 60, days: counts.len() };
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of messages")]
        let logs: Vec<f64> = counts.iter().map(|c| (*c as f64).ln_1p()).collect();
        let middle = logs[logs.len() / 2];
        let mut off: Vec<f64> = logs.iter().map(|l| (l - middle).abs()).collect();
        off.sort_by(f64::total_cmp);
        let spread = (1.4826 * off[off.len() / 2]).max(FLOOR);
        Usual { middle, spread, median: counts[counts.len() / 2], days: counts.len() }
    }

    /// Robust deviations above the usual; negative below it.
    pub fn z(&self, count: u64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of messages")]
        let x = (count as f64).ln_1p();
        (x - self.middle) / self.spread
    }

    /// Weight of so many: half of what lies beyond four deviations, at most 2.
    pub fn weight(&self, count: u64) -> f64 {
        (0.5 * (self.z(count) - 4.0)).clamp(0.0, 2.0)
    }

    /// `median 21 on 18 other days`.
    pub fn words(&self) -> String {
        if self.days < ENOUGH {
            return "too few other days to know the usual".to_string();
        }
        format!("median {} on {} other days", self.median, self.days)
    }
}

/// Sums by local day of what `count` gives for each row before `end` that is wanted.
pub fn per_day(
    cx: &Context<'_>,
    account: &Account<'_>,
    end: i64,
    count: impl Fn(usize) -> Option<u32>,
) -> BTreeMap<u32, u64> {
    let mut out: BTreeMap<u32, u64> = BTreeMap::new();
    for r in account.from as usize..account.to as usize {
        if cx.v.time[r] >= end {
            break;
        }
        if let Some(n) = count(r) {
            *out.entry(cx.profile.clock.day(cx.v.time[r])).or_insert(0) += u64::from(n);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_day_is_nothing_and_a_looted_mailbox_is() {
        let usual = Usual::of([18, 22, 25, 19, 30, 21, 40, 17].into_iter());
        assert!(usual.weight(90) < 0.3, "{usual:?}");
        assert!(usual.weight(1400) > 1.9, "{usual:?}");
    }

    #[test]
    fn without_history_only_very_much_is_much() {
        let usual = Usual::of([3, 4].into_iter());
        assert!(usual.weight(200) < f64::EPSILON);
        assert!(usual.weight(5000) > 0.5);
    }
}
