//! From the threads' columns to one table, and the two questions: how often each account was seen from each address,
//! and how often the address changed from one record of an account to the next.

use crate::dict::Dict;
use crate::scan::{NEVER, Part};
use crate::shape::{ACCOUNT, ADDRESS, COLUMNS};
use std::sync::Mutex;

/// Figures that any program gets from the same file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    pub records: u64,
    /// Records with a time, the first and the last of them.
    pub timed: u64,
    pub first: i64,
    pub last: i64,
    /// For each column the records with a value, and the bytes of these values.
    pub columns: [(u64, u64); COLUMNS.len()],
    /// Records with time, account and address.
    pub placed: u64,
    /// Pairs of account and address among them, the largest number of records of a pair, and the sum of squares.
    pub pairs: u64,
    pub largest: u64,
    pub squares: u64,
    /// Records whose address is not that of the record before of the same account, by time, then by address.
    pub changes: u64,
}

/// The whole table.
pub struct Table {
    parts: Vec<Part>,
    addresses: Dict,
    accounts: usize,
    threads: usize,
}

/// Brings all parts to the same codes.
pub fn merge(mut parts: Vec<Part>, threads: usize) -> (Table, Answer) {
    let mut answer = Answer { first: i64::MAX, last: i64::MIN, ..Answer::default() };
    for part in &parts {
        answer.records += part.times.len() as u64;
        for &t in part.times.iter().filter(|&&t| t != NEVER) {
            answer.timed += 1;
            answer.first = answer.first.min(t);
            answer.last = answer.last.max(t);
        }
    }
    // A job is one column of all parts.
    let mut jobs: Vec<(usize, Vec<Dict>, Vec<Vec<u32>>)> = (0..COLUMNS.len())
        .map(|c| {
            let dicts = parts.iter_mut().map(|p| std::mem::take(&mut p.dicts[c])).collect();
            (c, dicts, parts.iter_mut().map(|p| std::mem::take(&mut p.codes[c])).collect())
        })
        .collect();
    // The largest come last and are taken first.
    jobs.sort_by_key(|(_, dicts, _)| dicts.iter().map(Dict::len).sum::<usize>());
    let jobs = Mutex::new(jobs);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let job = jobs.lock().unwrap_or_else(|e| e.into_inner()).pop();
                    let Some((c, dicts, codes)) = job else { return };
                    let made = unite(dicts, codes);
                    done.lock().unwrap_or_else(|e| e.into_inner()).push((c, made));
                }
            });
        }
    });
    let (mut addresses, mut accounts) = (Dict::default(), 0);
    for (c, (dict, codes, sums)) in done.into_inner().unwrap_or_else(|e| e.into_inner()) {
        answer.columns[c] = sums;
        for (part, codes) in parts.iter_mut().zip(codes) {
            part.codes[c] = codes;
        }
        match c {
            ACCOUNT => accounts = dict.len() + 1,
            ADDRESS => addresses = dict,
            // The texts of the other columns are only needed for what is no part of this work.
            _ => std::mem::forget(dict),
        }
    }
    (Table { parts, addresses, accounts, threads }, answer)
}

type United = (Dict, Vec<Vec<u32>>, (u64, u64));

fn unite(dicts: Vec<Dict>, mut codes: Vec<Vec<u32>>) -> United {
    let mut all = dicts.into_iter();
    let mut dict = all.next().unwrap_or_default();
    for (other, list) in all.zip(codes.iter_mut().skip(1)) {
        let map = dict.merge(&other);
        for code in list.iter_mut() {
            *code = map[*code as usize];
        }
    }
    let mut sums = (0, 0);
    for &code in codes.iter().flatten() {
        sums.0 += u64::from(code != 0);
        sums.1 += dict.get(code).len() as u64;
    }
    (dict, codes, sums)
}

impl Table {
    /// Counts and compares, accounts shared out over the threads.
    pub fn count(&self, answer: &mut Answer) {
        // Pieces in the order of the file: logs are nearly in order of time, which makes sorting cheap.
        let mut pieces = Vec::new();
        for (n, part) in self.parts.iter().enumerate() {
            for (i, &(piece, start)) in part.pieces.iter().enumerate() {
                let end = part.pieces.get(i + 1).map_or(part.times.len(), |next| next.1);
                pieces.push((piece, n, start, end));
            }
        }
        pieces.sort_unstable();
        let mut sizes = vec![0u32; self.accounts];
        for code in self.parts.iter().flat_map(|p| &p.codes[ACCOUNT]) {
            sizes[*code as usize] += 1;
        }
        let shares = shares(&sizes, self.threads);
        let results: Vec<Answer> = std::thread::scope(|scope| {
            let (pieces, sizes) = (&pieces, &sizes);
            let running: Vec<_> =
                shares.into_iter().map(|s| scope.spawn(move || self.share(s, pieces, sizes))).collect();
            running.into_iter().map(|r| r.join().expect("a thread that counts failed")).collect()
        });
        for r in results {
            answer.placed += r.placed;
            answer.pairs += r.pairs;
            answer.largest = answer.largest.max(r.largest);
            answer.squares += r.squares;
            answer.changes += r.changes;
        }
    }

    /// The accounts of one thread.
    fn share(
        &self,
        accounts: std::ops::Range<usize>,
        pieces: &[(usize, usize, usize, usize)],
        sizes: &[u32],
    ) -> Answer {
        let mut answer = Answer::default();
        let mut next = Vec::with_capacity(accounts.len());
        let mut total = 0;
        for &n in &sizes[accounts.clone()] {
            next.push(total);
            total += n as usize;
        }
        let starts = next.clone();
        let mut rows = vec![(NEVER, 0u32); total];
        for &(_, n, start, end) in pieces {
            let part = &self.parts[n];
            let columns = part.codes[ACCOUNT][start..end].iter().zip(&part.codes[ADDRESS][start..end]);
            for ((&account, &address), &time) in columns.zip(&part.times[start..end]) {
                let mine = (account as usize).wrapping_sub(accounts.start);
                if account != 0 && mine < next.len() && address != 0 && time != NEVER {
                    rows[next[mine]] = (time, address);
                    next[mine] += 1;
                }
            }
        }
        let mut seen = vec![0u64; self.addresses.len() + 1];
        for (&start, &end) in starts.iter().zip(&next) {
            let own = &mut rows[start..end];
            own.sort_by(|a, b| {
                a.0.cmp(&b.0).then_with(|| {
                    if a.1 == b.1 {
                        std::cmp::Ordering::Equal
                    } else {
                        self.addresses.get(a.1).cmp(self.addresses.get(b.1))
                    }
                })
            });
            answer.placed += own.len() as u64;
            let mut before = 0;
            for &(_, address) in own.iter() {
                answer.changes += u64::from(before != 0 && before != address);
                before = address;
                let count = &mut seen[address as usize];
                answer.pairs += u64::from(*count == 0);
                // The square grows from n² to (n + 1)².
                answer.squares += 2 * *count + 1;
                *count += 1;
                answer.largest = answer.largest.max(*count);
            }
            for &(_, address) in own.iter() {
                seen[address as usize] = 0;
            }
        }
        answer
    }
}

/// Cuts the accounts into runs with about equal numbers of records.
fn shares(sizes: &[u32], threads: usize) -> Vec<std::ops::Range<usize>> {
    let total: u64 = sizes.iter().map(|&n| u64::from(n)).sum();
    let (mut cuts, mut sum, mut from) = (Vec::new(), 0, 0);
    for (i, &n) in sizes.iter().enumerate() {
        sum += u64::from(n);
        if sum * threads as u64 >= total * (cuts.len() as u64 + 1) && cuts.len() + 1 < threads {
            cuts.push(from..i + 1);
            from = i + 1;
        }
    }
    cuts.push(from..sizes.len());
    cuts
}
