//! Statistics: average precision with ties, Wilson intervals, bootstrap over seeds.

use crate::rng::Rng;

/// Average precision of a ranking: (score, is positive). Equal scores count as one step, so that the
/// order of the input cannot matter; scores of `f64::NEG_INFINITY` are "not listed" and earn nothing.
pub fn average_precision(items: &mut [(f64, bool)]) -> Option<f64> {
    let positives = items.iter().filter(|x| x.1).count();
    if positives == 0 {
        return None;
    }
    items.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut seen, mut hits, mut ap, mut i) = (0usize, 0usize, 0.0, 0);
    while i < items.len() && items[i].0 > f64::NEG_INFINITY {
        let (mut j, mut here) = (i, 0);
        while j < items.len() && items[j].0 == items[i].0 {
            here += usize::from(items[j].1);
            j += 1;
        }
        seen += j - i;
        hits += here;
        ap += here as f64 / positives as f64 * hits as f64 / seen as f64;
        i = j;
    }
    Some(ap)
}

/// Share of positives found before more than `budget` negatives are listed (whole steps of equal scores).
pub fn recall_at(items: &mut [(f64, bool)], budget: f64) -> f64 {
    let positives = items.iter().filter(|x| x.1).count().max(1);
    items.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut bad, mut best, mut i) = (0usize, 0usize, 0usize, 0);
    while i < items.len() && items[i].0 > f64::NEG_INFINITY {
        let mut j = i;
        while j < items.len() && items[j].0 == items[i].0 {
            if items[j].1 {
                hits += 1
            } else {
                bad += 1
            }
            j += 1;
        }
        if bad as f64 > budget {
            break;
        }
        best = hits;
        i = j;
    }
    best as f64 / positives as f64
}

/// Wilson's interval for `k` of `n` at 95 %.
pub fn wilson(k: usize, n: usize) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (n, p, z) = (n as f64, k as f64 / n as f64, 1.959_964);
    let mid = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    ((mid - half).max(0.0), (mid + half).min(1.0))
}

/// Bootstrap of a statistic of groups (cells): the 2.5 % and 97.5 % points of `rounds` resamplings.
pub fn bootstrap(groups: usize, rounds: usize, mut stat: impl FnMut(&[usize]) -> Option<f64>) -> (f64, f64) {
    let r = Rng::new(20_261_121);
    let mut v: Vec<f64> = (0..rounds)
        .filter_map(|_| {
            let pick: Vec<usize> = (0..groups).map(|_| r.idx(groups)).collect();
            stat(&pick)
        })
        .collect();
    v.sort_by(f64::total_cmp);
    if v.is_empty() {
        return (f64::NAN, f64::NAN);
    }
    let at = |p: f64| v[((v.len() - 1) as f64 * p).round() as usize];
    (at(0.025), at(0.975))
}

/// Area under the ROC curve of one feature for two samples, ties shared.
pub fn auc(a: &[f64], b: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        a.iter().map(|x| (*x, true)).chain(b.iter().map(|x| (*x, false))).collect();
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut rank_sum, mut i) = (0.0, 0);
    while i < all.len() {
        let mut j = i;
        while j < all.len() && all[j].0 == all[i].0 {
            j += 1;
        }
        let mean = (i + j + 1) as f64 / 2.0;
        rank_sum += mean * all[i..j].iter().filter(|x| x.1).count() as f64;
        i = j;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    (rank_sum - n * (n + 1.0) / 2.0) / (n * m)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_do_not_depend_on_the_order() {
        let mut a = vec![(1.0, true), (1.0, false), (0.0, true)];
        let mut b = vec![(1.0, false), (0.0, true), (1.0, true)];
        assert_eq!(average_precision(&mut a), average_precision(&mut b));
        let mut best = vec![(3.0, true), (2.0, true), (1.0, false)];
        assert_eq!(average_precision(&mut best), Some(1.0));
        assert_eq!(average_precision(&mut [(1.0, false)]), None);
    }

    #[test]
    fn unlisted_accounts_earn_nothing() {
        let mut a = vec![(1.0, true), (f64::NEG_INFINITY, true)];
        assert_eq!(average_precision(&mut a), Some(0.5));
        assert_eq!(recall_at(&mut a, 0.0), 0.5);
    }

    #[test]
    fn wilson_of_none_is_not_zero_wide() {
        let (lo, hi) = wilson(0, 10);
        assert!(lo == 0.0 && (hi - 0.2775).abs() < 0.001);
    }

    #[test]
    fn auc_of_equal_samples_is_a_half() {
        assert_eq!(auc(&[1.0, 2.0], &[1.0, 2.0]), 0.5);
        assert_eq!(auc(&[3.0], &[1.0, 2.0]), 1.0);
    }
}
