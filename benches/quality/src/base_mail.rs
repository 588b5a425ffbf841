//! D8 to D12, D15, D16: inbox rules, forwarding, delegation, consent, persistence, mass mail.

use std::collections::{HashMap, HashSet};

use crate::baseline::{Baseline, View};
use crate::clock::{DAY, MIN};
use crate::model::*;

pub const LIST: &[Baseline] = &[
    ("AS Malicious_Inbox_Rule", "D8", |v| {
        rule(v, |r| {
            r.hides_away()
                && r.words(&[
                    "helpdesk",
                    "alert",
                    "suspicious",
                    "fake",
                    "malicious",
                    "phishing",
                    "spam",
                    "do not click",
                    "hijacked",
                    "fatal",
                ])
        })
    }),
    ("AS BEC_MailboxRule", "D8", |v| {
        rule(v, |r| {
            r.hides_away()
                && r.words(&[
                    "invoice", "payment", "payroll", "wire", "iban", "ach", "virement", "paiement",
                    "rechnung", "zahlung", "hacked", "phishing",
                ])
        })
    }),
    ("EL rule delete or move", "D8", |v| {
        rule(v, |r| {
            (r.delete || ["deleted", "junk", "rss", "calendar"].iter().any(|k| r.folder.contains(k)))
                && r.words(&["invoice", "payment", "phish", "hack", "spam", "virus", "password", "bank"])
        })
    }),
    ("EL rule, name of signs only", "D8", |v| {
        rule(v, |r| !r.name.is_empty() && !r.name.chars().any(char::is_alphanumeric))
    }),
    ("SP hiding rule score > 2", "D8", |v| {
        rule(v, |r| {
            let entropy = entropy(&r.name) <= 2.0;
            let place = ["rss", "conversation history", "archive"].iter().any(|k| r.folder.starts_with(k));
            u8::from(entropy) + u8::from(r.name.chars().count() <= 3) + u8::from(r.read) + u8::from(place) > 2
        })
    }),
    ("MAS any rule, odd name or folder", "D8", |v| {
        rule(v, |r| {
            r.name.chars().count() <= 5
                || r.name.chars().next().is_some_and(|c| !c.is_ascii_alphanumeric())
                || ["rss", "archive", "conversation", "notes", "flux"].iter().any(|k| r.folder.contains(k))
        })
    }),
    ("HK forward, redirect, delete", "D8", |v| rule(v, |r| r.forward.is_some() || r.delete)),
    ("SI DeleteMessage or MarkAsRead", "D8", |v| rule(v, |r| r.delete || r.read)),
    ("EL forward outside", "D9", |v| outside(v, |_| true)),
    ("PA external forward, no copy kept", "D9", |v| {
        outside(v, |m| !matches!(m, More::Forward { keep: true, .. }))
    }),
    ("AS same destination, several users", "D9", same_destination),
    ("SP forwarding enabled", "D9", |v| {
        v.count(|_, m| matches!(m, More::Forward { .. } | More::Transport { .. }))
    }),
    ("EL full access granted", "D10", |v| v.count(|_, m| matches!(m, More::Delegate { .. }))),
    ("AS rare consent", "D11", rare_consent),
    ("HK mail scopes", "D11", |v| {
        v.count(|_, m| matches!(m, More::Consent { scopes, .. } if ["Mail.ReadWrite", "Mail.Send", "MailboxSettings", "EWS"].iter().any(|k| scopes.contains(k))))
    }),
    ("RUT any consent", "D11", |v| v.count(|_, m| matches!(m, More::Consent { .. }))),
    ("SP new MFA method", "D12", |v| v.count(|_, m| matches!(m, More::SecurityInfo { .. }))),
    ("R9 MFA change from a new address", "D12", |v| {
        let known =
            |u: usize, t: i64, a: u32| v.by_user[u].iter().any(|i| i.ok() && i.addr == a && i.t < t - DAY);
        (0..v.acts.len())
            .map(|u| {
                let hit = |e: &&&Ev| {
                    matches!(v.w.more.get(e.more as usize), Some(More::SecurityInfo { .. }))
                        && !known(u, e.t, e.addr)
                };
                v.acts[u].iter().filter(hit).count() as f32
            })
            .collect()
    }),
    ("EL device registered", "D12", |v| v.count(|_, m| matches!(m, More::NewDevice { .. }))),
    ("R9 500 recipients, one subject, 10 min", "D15", |v| mass(v, 500, 10 * MIN, true)),
    ("MAS 50 mails, one subject, a day", "D15", |v| mass(v, 50, DAY, false)),
    ("EL 100 items read at once", "D16", |v| {
        v.acts
            .iter()
            .map(|a| a.iter().filter(|e| e.what == What::Read && e.code >= 100).count() as f32)
            .collect()
    }),
    ("first Sync of a folder by a program", "D16", |v| {
        v.acts.iter().map(|a| f32::from(u8::from(a.iter().any(|e| e.what == What::Sync)))).collect()
    }),
];

/// One rule in the form that rules about rules want.
struct Shape {
    name: String,
    folder: String,
    text: String,
    delete: bool,
    read: bool,
    forward: Option<String>,
}

impl Shape {
    fn of(name: &str, params: &[(&'static str, String)]) -> Shape {
        let mut s = Shape {
            name: name.into(),
            folder: String::new(),
            text: String::new(),
            delete: false,
            read: false,
            forward: None,
        };
        for (k, v) in params {
            match *k {
                "DeleteMessage" => s.delete = true,
                "MarkAsRead" => s.read = true,
                "MoveToFolder" => s.folder = v.to_lowercase(),
                "ForwardTo" => s.forward = Some(v.clone()),
                k if k.contains("Words") => s.text += &v.to_lowercase(),
                _ => {}
            }
        }
        s
    }

    /// Deleted Items, Junk or deletion.
    fn hides_away(&self) -> bool {
        self.delete || self.folder.contains("deleted") || self.folder.contains("junk")
    }

    fn words(&self, list: &[&str]) -> bool {
        list.iter().any(|k| self.text.contains(k))
    }
}

fn rule(v: &View, f: impl Fn(&Shape) -> bool) -> Vec<f32> {
    v.count(|_, m| matches!(m, More::Rule { name, params, .. } if f(&Shape::of(name, params))))
}

fn entropy(s: &str) -> f64 {
    let n = s.chars().count().max(1) as f64;
    let mut m: HashMap<char, f64> = HashMap::new();
    s.chars().for_each(|c| *m.entry(c).or_default() += 1.0);
    let mut c: Vec<f64> = m.into_values().collect();
    c.sort_by(f64::total_cmp);
    -c.iter().map(|k| k / n * (k / n).log2()).sum::<f64>()
}

fn destination(m: &More) -> Option<String> {
    match m {
        More::Forward { to, .. } | More::Transport { bcc: to, .. } => Some(to.clone()),
        More::Rule { name, params, .. } => Shape::of(name, params).forward,
        _ => None,
    }
}

fn outside(v: &View, f: impl Fn(&More) -> bool) -> Vec<f32> {
    let inside = [v.w.tenant.domain.clone(), v.w.tenant.merged.clone()];
    v.count(|_, m| f(m) && destination(m).is_some_and(|d| !inside.iter().any(|x| d.ends_with(x.as_str()))))
}

fn same_destination(v: &View) -> Vec<f32> {
    let mut users: HashMap<String, HashSet<u32>> = HashMap::new();
    for e in v.acts.iter().flatten() {
        if let Some(d) = v.w.more.get(e.more as usize).and_then(destination) {
            users.entry(d).or_default().insert(e.user);
        }
    }
    v.count(|_, m| destination(m).is_some_and(|d| users.get(&d).is_some_and(|s| s.len() > 1)))
}

fn rare_consent(v: &View) -> Vec<f32> {
    let mut n: HashMap<&str, usize> = HashMap::new();
    for e in v.acts.iter().flatten() {
        if let Some(More::Consent { app_id, .. }) = v.w.more.get(e.more as usize) {
            *n.entry(app_id).or_default() += 1;
        }
    }
    v.count(|_, m| matches!(m, More::Consent { app_id, .. } if n.get(app_id).is_some_and(|k| *k <= 3)))
}

/// Mails (or recipients) of one subject in a window.
fn mass(v: &View, least: usize, window: i64, recipients: bool) -> Vec<f32> {
    v.acts
        .iter()
        .map(|a| {
            let mut by: HashMap<&str, Vec<(i64, usize)>> = HashMap::new();
            for e in a.iter().filter(|e| e.what == What::Send) {
                if let Some(More::Mail { subject, recipients: r }) = v.w.more.get(e.more as usize) {
                    by.entry(subject).or_default().push((e.t, if recipients { r.len() } else { 1 }));
                }
            }
            let hit = |l: &Vec<(i64, usize)>| {
                let (mut s, mut i) = (0, 0);
                l.iter().any(|(t, n)| {
                    s += n;
                    while *t - l[i].0 > window {
                        s -= l[i].1;
                        i += 1;
                    }
                    s >= least
                })
            };
            by.values().filter(|l| hit(l)).count() as f32
        })
        .collect()
}
