//! Rows whose key occurs more than once: nearly always few or none, so that only these need to be looked at
//! for duplicates.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Rows that one worker sorts into parts at a time.
const CHUNK: usize = 64 * 1024;
/// Parts of the keys, each small enough for a table in the cache.
const PARTS: usize = 64;

/// The rows whose key another row has too, in order.
pub fn repeated(hi: &[u64], lo: &[u64]) -> Vec<u32> {
    let n = hi.len();
    let part = |i: usize| {
        let h = (hi[i] ^ lo[i].rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        usize::try_from(h >> 58).unwrap_or(0) % PARTS
    };
    let lists: Vec<Vec<Vec<u32>>> = (0..n.div_ceil(CHUNK))
        .into_par_iter()
        .map(|c| {
            // Keys are spread evenly: a little more than the mean is enough for nearly all.
            let mut out: Vec<Vec<u32>> = (0..PARTS).map(|_| Vec::with_capacity(CHUNK / PARTS * 9 / 8)).collect();
            for i in c * CHUNK..((c + 1) * CHUNK).min(n) {
                out[part(i)].push(u32::try_from(i).unwrap_or(u32::MAX));
            }
            out
        })
        .collect();
    let mut all: Vec<u32> = (0..PARTS)
        .into_par_iter()
        .flat_map_iter(|p| {
            let mut first: FxHashMap<(u64, u64), (u32, bool)> = FxHashMap::default();
            first.reserve(lists.iter().map(|l| l[p].len()).sum());
            let mut again = Vec::new();
            for &i in lists.iter().flat_map(|l| &l[p]) {
                let key = (hi[i as usize], lo[i as usize]);
                let met = first.entry(key).or_insert((i, false));
                if met.0 == i {
                    continue;
                }
                if !met.1 {
                    met.1 = true;
                    again.push(met.0);
                }
                again.push(i);
            }
            again
        })
        .collect();
    all.par_sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_a_repeated_key_and_no_other() {
        let n = 3 * CHUNK + 5;
        let (mut hi, mut lo): (Vec<u64>, Vec<u64>) = (vec![7; n], (0..n as u64).collect());
        assert!(repeated(&hi, &lo).is_empty());
        for i in [9, CHUNK + 1, n - 1] {
            lo[i] = 3;
        }
        (hi[50], lo[50]) = (hi[40], lo[40]);
        let at = |i: usize| u32::try_from(i).unwrap();
        assert_eq!(repeated(&hi, &lo), [3, 9, 40, 50, at(CHUNK + 1), at(n - 1)]);
        assert!(repeated(&[], &[]).is_empty());
    }
}
