//! `mailtrail verify` and `sign`: what was tampered with is named, and nothing else is.

use super::labelled::truths;
use super::reading::{self, files_below};
use super::support::{json, mailtrail, root, stderr, stdout};
use mailtrail::case::Item;
use mailtrail::read::limits::Limits;
use mailtrail::read::record;
use mailtrail::verify::records::is_meant;
use minisign::KeyPair;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// A case in `c` from the exports in `in`, both in `dir`.
fn case(dir: &Path) {
    let from = root().join("testdata/cases/lagos_forwarding/exports");
    std::fs::create_dir(dir.join("in")).unwrap();
    for f in files_below(&from) {
        std::fs::copy(&f, dir.join("in").join(f.file_name().unwrap())).unwrap();
    }
    let o = mailtrail(dir, &["analyze", "in", "-o", "c", "-q", "--tenant-domain", "cabinet-voltaire.example"]);
    assert!(o.status.success(), "{}", stderr(&o));
}

/// Exit code and text.
fn verify(dir: &Path, more: &[&str]) -> (Option<i32>, String) {
    let o = mailtrail(dir, &[&["verify", "c"], more].concat());
    assert!(stderr(&o).is_empty(), "{}", stderr(&o));
    (o.status.code(), stdout(&o))
}

fn flip(path: &Path, at: usize) {
    let mut b = std::fs::read(path).unwrap();
    b[at] ^= 1;
    std::fs::write(path, b).unwrap();
}

#[test]
fn every_labelled_case_verifies_with_every_record_of_its_evidence() {
    let d = tempfile::tempdir().unwrap();
    let mut records = 0;
    for t in truths() {
        let out = d.path().join(&t.name);
        t.analyze(&out);
        let o = mailtrail(&root(), &["verify", out.to_str().unwrap(), "--json"]);
        let v: Value = serde_json::from_str(&stdout(&o)).unwrap();
        let odd: Vec<&Value> =
            v["checks"].as_array().unwrap().iter().filter(|c| c["state"] != "ok" && c["what"] != "signature").collect();
        assert!(o.status.success() && v["verified"] == true && odd.is_empty(), "{}: {odd:#?}", t.name);
        records += v["checks"].as_array().unwrap().iter().filter(|c| c["what"] == "record").count();
    }
    assert!(records > 100, "{records}");
}

#[test]
fn one_byte_of_an_input_is_noticed_and_its_records_count_no_more() {
    let d = tempfile::tempdir().unwrap();
    case(d.path());
    assert_eq!(verify(d.path(), &[]).0, Some(0));
    let name = files_below(&d.path().join("in"))[0].clone();
    let len = std::fs::metadata(&name).unwrap().len();
    flip(&name, usize::try_from(len / 2).unwrap());
    let (code, text) = verify(d.path(), &[]);
    assert_eq!(code, Some(5), "{text}");
    let line = format!("CHANGED     input   in/{}", name.file_name().unwrap().to_str().unwrap());
    assert!(text.contains(&line) && text.contains("NOT VERIFIED"), "{text}");
    // The case itself is untouched.
    assert_eq!(verify(d.path(), &["--outputs-only"]).0, Some(0));
    flip(&name, usize::try_from(len / 2).unwrap());
    assert_eq!(verify(d.path(), &[]).0, Some(0));
}

#[test]
fn one_byte_of_any_output_is_noticed() {
    let d = tempfile::tempdir().unwrap();
    case(d.path());
    let manifest = json(&d.path().join("c/manifest.json"));
    for o in manifest["outputs"].as_array().unwrap().iter().filter(|o| o["size"] != 0) {
        let name = o["file"].as_str().unwrap();
        let path = d.path().join("c").join(name);
        flip(&path, usize::try_from(o["size"].as_u64().unwrap() / 2).unwrap());
        let (code, text) = verify(d.path(), &[]);
        assert_eq!(code, Some(5), "{name}: {text}");
        assert!(text.contains(&format!("CHANGED     output  {name}: ")), "{name}: {text}");
        flip(&path, usize::try_from(o["size"].as_u64().unwrap() / 2).unwrap());
    }
    assert_eq!(verify(d.path(), &[]).0, Some(0));
}

#[test]
fn missing_and_added_files_are_named() {
    let d = tempfile::tempdir().unwrap();
    case(d.path());
    std::fs::write(d.path().join("c/note.txt"), "by somebody").unwrap();
    std::fs::create_dir(d.path().join("c/sub")).unwrap();
    std::fs::write(d.path().join("c/sub/more.txt"), "by somebody").unwrap();
    std::fs::remove_file(d.path().join("c/plan.md")).unwrap();
    let input = files_below(&d.path().join("in"))[0].clone();
    std::fs::remove_file(&input).unwrap();
    let (code, text) = verify(d.path(), &[]);
    assert_eq!(code, Some(5));
    for s in [
        "ADDED       output  note.txt: analyze did not write it",
        "ADDED       output  sub/more.txt",
        "MISSING     output  plan.md: it is not there",
        "2 more that are not of the case",
        &format!("MISSING     input   in/{}", input.file_name().unwrap().to_str().unwrap()),
        "--inputs",
    ] {
        assert!(text.contains(s), "{s}\n{text}");
    }
    let o = mailtrail(d.path(), &["verify", "nowhere"]);
    assert_eq!((o.status.code(), stderr(&o).lines().count()), (Some(1), 1));
}

#[test]
fn a_moved_case_is_verified_against_the_folder_that_is_named() {
    let d = tempfile::tempdir().unwrap();
    case(d.path());
    std::fs::rename(d.path().join("in"), d.path().join("kept")).unwrap();
    assert_eq!(verify(d.path(), &[]).0, Some(5));
    let (code, text) = verify(d.path(), &["--inputs", "kept"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("Result      verified") && !text.contains("0 of 0 records"), "{text}");
}

/// Whoever changes the findings can change the manifest's hash of them too; the records still tell.
#[test]
fn evidence_that_points_at_another_record_is_noticed_even_with_mended_hashes() {
    let d = tempfile::tempdir().unwrap();
    case(d.path());
    let findings = d.path().join("c/findings.ndjson");
    let old = std::fs::read_to_string(&findings).unwrap();
    // The first record of the first finding, said to be where a record of another stands.
    let places: Vec<Value> = old
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap()["evidence"][0].clone())
        .filter(|e| {
            e["file"] == serde_json::from_str::<Value>(old.lines().next().unwrap()).unwrap()["evidence"][0]["file"]
        })
        .collect();
    let other = places.iter().find(|e| e["offset"] != places[0]["offset"]).unwrap();
    let new =
        old.replacen(&format!("\"offset\":{}", places[0]["offset"]), &format!("\"offset\":{}", other["offset"]), 1);
    assert_ne!(old, new);
    std::fs::write(&findings, &new).unwrap();
    let hex = |t: &str| Sha256::digest(t.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let path = d.path().join("c/manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(&hex(&old)));
    std::fs::write(&path, text.replace(&hex(&old), &hex(&new))).unwrap();
    let (code, text) = verify(d.path(), &[]);
    assert_eq!(code, Some(5), "{text}");
    assert!(text.contains("CHANGED     record") && text.contains("carries another id"), "{text}");
}

#[test]
fn a_signature_vouches_for_the_manifest() {
    let d = tempfile::tempdir().unwrap();
    case(d.path());
    let keys = |name: &str, password: Option<&str>| {
        let pair = match password {
            Some(p) => KeyPair::generate_encrypted_keypair(Some(p.to_string())).unwrap(),
            None => KeyPair::generate_unencrypted_keypair().unwrap(),
        };
        let public = pair.pk.to_box().unwrap().into_string();
        std::fs::write(d.path().join(format!("{name}.pub")), &public).unwrap();
        std::fs::write(d.path().join(format!("{name}.key")), pair.sk.to_box(None).unwrap().into_string()).unwrap();
        public.lines().nth(1).unwrap().to_string()
    };
    let ours = keys("ours", None);
    keys("other", None);
    keys("locked", Some("correct horse"));
    let fails = |args: &[&str], says: &str| {
        let o = mailtrail(d.path(), args);
        assert_eq!(o.status.code(), Some(1), "{args:?}");
        assert!(stderr(&o).contains(says) && stderr(&o).lines().count() == 1, "{}", stderr(&o));
    };
    let (code, text) = verify(d.path(), &["--public-key", "ours.pub"]);
    assert_eq!(code, Some(5), "an unsigned case is not what a key was given for\n{text}");
    let o = mailtrail(d.path(), &["sign", "c", "--key", "ours.key"]);
    assert!(o.status.success(), "{}", stderr(&o));
    fails(&["sign", "c", "--key", "ours.key"], "exists");
    for key in ["ours.pub", &ours] {
        let (code, text) = verify(d.path(), &["--public-key", key]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("Signature   signed by key "), "{text}");
    }
    let (code, text) = verify(d.path(), &["--public-key", "other.pub"]);
    assert!(code == Some(5) && text.contains("NOT GOOD") && text.contains(", not by "), "{text}");
    // Without a key nothing is claimed.
    let (code, text) = verify(d.path(), &[]);
    assert!(code == Some(0) && text.contains("give --public-key"), "{text}");
    // The comment is signed as well.
    let file = d.path().join("c/manifest.json.minisig");
    let good = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, good.replace("manifest.json, ", "manifest.json, 9")).unwrap();
    assert_eq!(verify(d.path(), &["--public-key", "ours.pub"]).0, Some(5));
    std::fs::write(&file, &good).unwrap();
    let manifest = d.path().join("c/manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("cabinet-voltaire", "cabinet-rousseau")).unwrap();
    let (code, text) = verify(d.path(), &["--public-key", "ours.pub"]);
    assert!(code == Some(5) && text.contains("is not over this manifest"), "{text}");
    // Keys with a password; at the analysis too.
    fails(&["sign", "c", "--key", "locked.key", "--force"], "--password-file");
    std::fs::write(d.path().join("wrong"), "battery staple\n").unwrap();
    std::fs::write(d.path().join("right"), "correct horse\n").unwrap();
    fails(&["sign", "c", "--key", "locked.key", "--password-file", "wrong", "--force"], "password is not");
    fails(&["analyze", "in", "-o", "c2", "--sign", "nothing.key"], "nothing.key");
    assert!(!d.path().join("c2").exists());
    let args = ["analyze", "in", "-o", "c", "--force", "-q", "--sign", "locked.key", "--password-file", "right"];
    let o = mailtrail(d.path(), &args);
    assert!(o.status.success(), "{}", stderr(&o));
    assert_eq!(verify(d.path(), &["--public-key", "locked.pub"]).0, Some(0));
    fails(&["verify", "c", "--public-key", "right"], "no minisign public key");
}

/// No false alarm, whatever the format: every event of every fixture is known again in the text at its place.
#[test]
fn every_record_of_every_fixture_is_the_one_that_its_place_gives() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for below in ["testdata/formats", "testdata/fills", "testdata/cases", "testdata/containers"] {
        for path in files_below(&root().join(below)) {
            let Ok((inputs, events)) = mailtrail::pipeline::read_events(&reading::request(&path), &mut |_, _| {})
            else {
                continue;
            };
            let v = events.view();
            let mut of_part: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
            for i in 0..events.len() {
                of_part.entry(v.file[i]).or_default().push(i);
            }
            for (part, rows) in of_part {
                let name = &events.parts[part as usize].name;
                let items: Vec<Item> = rows
                    .iter()
                    .map(|&i| Item {
                        file: name.clone(),
                        record: v.record[i],
                        offset: v.offset[i],
                        record_id: events.record_id(&v, i),
                        record_hash: events.record_hash(&v, i),
                    })
                    .collect();
                let places: Vec<record::Place<'_>> = items.iter().map(|i| (i.file.as_str(), i.offset)).collect();
                let got = record::read_as(&path, &inputs[0].name, &places, &Limits::default(), |n, cutter, at| {
                    let text = cutter.whole(at)?;
                    Some(is_meant(&items[n], text).map_err(|e| format!("{e}: {:?}\n{text}", items[n])))
                });
                for (item, g) in items.iter().zip(got.unwrap()) {
                    match g {
                        Ok(Ok(())) => seen += 1,
                        Ok(Err(e)) => wrong.push(format!("{name}: {e}")),
                        Err(e) => wrong.push(format!("{name}: {e} {item:?}")),
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {seen}: {:#?}", wrong.len(), wrong.iter().take(30).collect::<Vec<_>>());
    assert!(seen > 3000, "{seen}");
}
