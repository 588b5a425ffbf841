//! Writing exports: compressed files, JSON text, identifiers, and the choice of the vendor's shapes.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::model::{Export, World};
use crate::nets::Nets;

/// A zstd-compressed text file.
pub struct Out {
    z: zstd::stream::write::AutoFinishEncoder<'static, File>,
    /// Uncompressed bytes written so far.
    pub bytes: u64,
    pub lines: u64,
}

impl Out {
    pub fn create(path: &Path) -> Result<Out, String> {
        let f = File::create(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let z = zstd::stream::write::Encoder::new(f, 1).map_err(|e| e.to_string())?.auto_finish();
        Ok(Out { z, bytes: 0, lines: 0 })
    }

    pub fn line(&mut self, s: &str) -> Result<(), String> {
        self.bytes += s.len() as u64 + 1;
        self.lines += 1;
        self.z.write_all(s.as_bytes()).and_then(|()| self.z.write_all(b"\n")).map_err(|e| e.to_string())
    }
}

/// A JSON string with its quotes.
pub fn q(s: &str) -> String {
    let mut o = String::with_capacity(s.len() + 2);
    o.push('"');
    for c in s.chars() {
        match c {
            '"' => o.push_str("\\\""),
            '\\' => o.push_str("\\\\"),
            '\n' => o.push_str("\\n"),
            '\r' => o.push_str("\\r"),
            c if (c as u32) < 32 => o.push(' '),
            c => o.push(c),
        }
    }
    o.push('"');
    o
}

/// An identifier in GUID form that depends on the seed, a letter and a number only.
pub fn guid(seed: u64, letter: u8, n: u64) -> String {
    let r = crate::rng::Rng::new(seed ^ (u64::from(letter) << 56) ^ n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let (a, b) = (r.bits(), r.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 48 & 0xfff,
        b & 0xffff_ffff_ffff
    )
}

/// Writes a tenant's exports into a new folder. Returns uncompressed bytes and records.
pub fn write(w: &World, nets: &Nets, dir: &Path) -> Result<(u64, u64), String> {
    fs::create_dir_all(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    match w.tenant.export {
        Export::Entra => {
            let (a, b) = rayon::join(
                || crate::emit_entra::sign_ins(w, nets, dir),
                || crate::emit_ual::audit(w, nets, dir),
            );
            let (a, b) = (a?, b?);
            Ok((a.0 + b.0, a.1 + b.1))
        }
        Export::Google => crate::emit_google::reports(w, dir),
        Export::Zimbra => crate::emit_zimbra::logs(w, dir),
    }
}

/// Writes the truth as JSON, for a person who wants to look.
pub fn truth(w: &World, path: &Path) -> Result<(), String> {
    let mut s = String::from("[\n");
    for (i, t) in w.truth.iter().enumerate() {
        let ips: Vec<String> = t.addrs.iter().map(|&a| q(&w.addrs[a as usize].ip.to_string())).collect();
        let list = |v: &[String]| v.iter().map(|x| q(x)).collect::<Vec<_>>().join(",");
        let sessions: Vec<String> =
            t.sessions.iter().map(|&x| q(&guid(w.cell.seed, b's', u64::from(x)))).collect();
        s += &format!(
            "{}{{\"account\":{},\"scenario\":{},\"expected\":{},\"population\":{},\"first\":{},\"last\":{},\"addresses\":[{}],\"sessions\":[{}],\"rules\":[{}],\"forwards\":[{}]}}",
            if i > 0 { ",\n" } else { "" },
            q(&w.upn(t.user)),
            q(t.scenario),
            q(t.expected.name()),
            q(w.users[t.user as usize].kind.name()),
            q(&crate::clock::iso(t.first, false)),
            q(&crate::clock::iso(t.last, false)),
            ips.join(","),
            sessions.join(","),
            list(&t.rules),
            list(&t.forwards)
        );
    }
    s += "\n]\n";
    fs::write(path, s).map_err(|e| format!("{}: {e}", path.display()))
}
