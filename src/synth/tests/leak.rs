//! Leak audit: what may not tell attackers from others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::Shape;
use super::{Folder, lines, make, options, text, truth};

/// One number drawn from a record and its position.
type Score<'s> = &'s dyn Fn(&(usize, &Value)) -> u64;

/// Leak audit, in small: attackers must not be told from others by what should carry no meaning.
#[test]
fn hostile_records_share_operators_clients_and_hours_with_the_others() {
    let dir = Folder::new("leak");
    let mut opts = options(&dir.0, 12_000_000, 9);
    (opts.users, opts.days) = (1500, 20);
    opts.shapes = vec![Shape::EntraNdjson];
    make(&opts);
    let truth = truth(&dir.0);
    let hostile: BTreeSet<&str> = truth["attacked"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|a| a["signin_ids"].as_array().unwrap())
        .map(|v| v.as_str().unwrap())
        .collect();
    let campaign: BTreeSet<&str> = truth["campaigns"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|a| a["signin_ids"].as_array().unwrap())
        .map(|v| v.as_str().unwrap())
        .collect();
    let (mut bad, mut good) = (Vec::new(), Vec::new());
    let all = lines(&dir.0, Shape::EntraNdjson);
    for (at, r) in all.iter().enumerate() {
        let id = text(r, "id");
        if hostile.contains(id) {
            bad.push((at, r));
        } else if !campaign.contains(id) {
            good.push((at, r));
        }
    }
    assert!(bad.len() > 200);
    let words = |set: &[(usize, &Value)], name: &str| -> BTreeSet<String> {
        set.iter().map(|(_, r)| r[name].to_string()).collect()
    };
    for name in ["autonomousSystemNumber", "userAgent", "appId"] {
        // Far-away operators are rare among travellers too and may be missing in a small sample.
        let usual = words(&good, name);
        let alien = bad.iter().filter(|(_, r)| !usual.contains(&r[name].to_string())).count();
        assert!(alien * 4 <= bad.len(), "{name}: {alien} of {}", bad.len());
    }
    // Area under the curve of single features without meaning, by rank.
    let auc = |score: Score<'_>| {
        let mut ranks: Vec<(u64, bool)> = bad.iter().map(|x| (score(x), true)).collect();
        ranks.extend(good.iter().map(|x| (score(x), false)));
        ranks.sort_unstable_by_key(|r| r.0);
        let (mut sum, mut i) = (0.0, 0);
        while i < ranks.len() {
            let same = ranks[i..].iter().take_while(|r| r.0 == ranks[i].0).count();
            let middle = i as f64 + (same as f64 + 1.0) / 2.0;
            sum += middle * ranks[i..i + same].iter().filter(|r| r.1).count() as f64;
            i += same;
        }
        let n = bad.len() as f64;
        (sum - n * (n + 1.0) / 2.0) / (n * good.len() as f64)
    };
    let number = |s: &str| s.parse::<u64>().unwrap();
    let checks: [(&str, Score<'_>, f64); 4] = [
        ("second", &|x| number(text(x.1, "createdDateTime").get(17..19).unwrap()), 0.05),
        ("minute", &|x| number(text(x.1, "createdDateTime").get(14..16).unwrap()), 0.1),
        ("identifier", &|x| u64::from_str_radix(text(x.1, "id").get(..8).unwrap(), 16).unwrap(), 0.05),
        ("user id", &|x| u64::from_str_radix(text(x.1, "userId").get(..8).unwrap(), 16).unwrap(), 0.2),
    ];
    for (name, score, tolerance) in checks {
        let value = auc(score);
        assert!((value - 0.5).abs() < tolerance, "{name}: AUC {value:.3}");
    }
}
