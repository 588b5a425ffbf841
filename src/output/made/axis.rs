//! The period of the logs in steps, as the pictures of the report show it.

use super::timeline::micros;
use crate::case::CaseView;
use std::collections::BTreeMap;

/// Most steps of the time axis: a step is a day in logs of up to four months.
const STEPS: f64 = 124.0;
const DAY: f64 = 86_400e6;

/// By step: events, hostile ones among them.
pub type Days = BTreeMap<usize, (u64, u64)>;

/// The period of the logs as columns of a picture.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    pub first: i64,
    /// Microseconds of a step.
    pub step: f64,
    pub steps: usize,
}

impl Axis {
    pub fn new(first: i64, last: i64) -> Axis {
        let first = first.div_euclid(86_400_000_000) * 86_400_000_000;
        let days = ((last - first) as f64 / DAY).floor() + 1.0;
        let per = (days / STEPS).ceil().max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most STEPS")]
        let steps = (days / per).ceil().max(1.0) as usize;
        Axis { first, step: per * DAY, steps }
    }

    pub fn of_case(v: &CaseView) -> Axis {
        Axis::new(micros(v.first()), micros(v.last()))
    }

    pub fn of(&self, t: i64) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let n = ((t - self.first) as f64 / self.step).clamp(0.0, self.steps as f64 - 1.0) as usize;
        n
    }
}
