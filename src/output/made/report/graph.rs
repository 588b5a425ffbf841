//! Pictures of the tenant: sign-ins a day with failures, addresses and the accounts that they reached.

use super::Page;
use super::chart::{Axis, open, rect};
use super::html::Html;
use crate::output::made::quote::short;
use std::collections::BTreeMap;

const WIDTH: f64 = 960.0;

/// Sign-ins a day; failures on top.
pub fn days(p: &Page<'_>, h: &mut Html) {
    const HEIGHT: f64 = 130.0;
    const DAY: i64 = 86_400_000_000;
    let l = p.l;
    let axis = Axis::of_case(p.v);
    let mut by: BTreeMap<usize, (u64, u64)> = BTreeMap::new();
    for (day, n) in &p.v.days {
        let d = by.entry(axis.of(day * DAY + DAY / 2)).or_default();
        d.0 += n.success;
        d.1 += n.failure;
    }
    let most = by.values().map(|d| d.0 + d.1).max().unwrap_or(0);
    if most == 0 {
        return;
    }
    let (ok, bad) = by.values().fold((0, 0), |s, d| (s.0 + d.0, s.1 + d.1));
    h.tag("<h3>", l.of("Sign-ins a day", "Connexions par jour"), "</h3>\n<div class=\"wide\"><figure>");
    open(h, WIDTH, HEIGHT + 18.0, l.of("Sign-ins a day with failures", "Connexions par jour, avec les échecs"));
    axis.dates(HEIGHT, h);
    h.raw("<text class=\"ink\" x=\"0\" y=\"12\">")
        .text(&format!("{} {}", l.of("most in a day:", "maximum par jour :"), l.thousands(most)))
        .raw("</text>");
    rect(h, "ok", [0.0, 26.0, 10.0, 10.0], "");
    h.raw("<text x=\"16\" y=\"35\">")
        .text(&format!("{} {}", l.thousands(ok), l.of("succeeded", "réussies")))
        .raw("</text>");
    rect(h, "fail", [0.0, 44.0, 10.0, 10.0], "");
    h.raw("<text x=\"16\" y=\"53\">")
        .text(&format!("{} {}", l.thousands(bad), l.of("failed", "échouées")))
        .raw("</text>");
    for (s, (ok, bad)) in by {
        let high = |n: u64| (HEIGHT - 4.0) * n as f64 / most as f64;
        let (x, w) = (axis.x(s) + 0.4, (axis.width() - 0.8).max(1.0));
        let title = format!("{ok} + {bad}");
        rect(h, "ok", [x, HEIGHT - high(ok), w, high(ok)], &title);
        rect(h, "fail", [x, HEIGHT - high(ok) - high(bad), w, high(bad)], &title);
    }
    h.raw("</svg></figure></div>\n");
}

/// Addresses that reached accounts, and which.
pub fn campaign(p: &Page<'_>, h: &mut Html) {
    const MOST: usize = 28;
    const ROW: f64 = 24.0;
    let l = p.l;
    let addresses: Vec<_> = p
        .v
        .indicators
        .iter()
        .filter(|i| matches!(i.kind.as_str(), "ipv4" | "ipv6") && i.disposition != "context" && !i.accounts.is_empty())
        .collect();
    if addresses.is_empty() {
        return;
    }
    // Those that reached most accounts first; names decide between equals.
    let mut shown = addresses.clone();
    shown.sort_by(|a, b| b.accounts.len().cmp(&a.accounts.len()).then_with(|| a.value.cmp(&b.value)));
    shown.truncate(MOST);
    // Each account beside the middle of its addresses: fewer lines cross.
    let mut placed: Vec<(usize, &str)> = Vec::new();
    for a in p.all.iter().map(super::Picture::account) {
        let of: Vec<usize> = (0..shown.len()).filter(|&n| shown[n].accounts.iter().any(|x| x == a)).collect();
        if !of.is_empty() && placed.len() < MOST {
            placed.push((1_000 * of.iter().sum::<usize>() / of.len(), a));
        }
    }
    placed.sort_unstable();
    let accounts: Vec<&str> = placed.into_iter().map(|(_, a)| a).collect();
    let height = ROW * shown.len().max(accounts.len()) as f64;
    h.tag(
        "<h3>",
        l.of("Addresses and the accounts that they reached", "Adresses et comptes atteints"),
        "</h3>\n<div class=\"wide\"><figure>",
    );
    open(h, WIDTH, height + 4.0, l.of("Addresses and the accounts that they reached", "Adresses et comptes atteints"));
    let middle = |n: usize, of: usize| height / of as f64 * (n as f64 + 0.5);
    for (n, i) in shown.iter().enumerate() {
        let y = middle(n, shown.len());
        for (m, a) in accounts.iter().enumerate() {
            if i.accounts.iter().any(|x| x == a) {
                let z = middle(m, accounts.len());
                h.raw("<path class=\"edge\" d=\"M380 ")
                    .num(y)
                    .raw("C490 ")
                    .num(y)
                    .raw(" 470 ")
                    .num(z)
                    .raw(" 580 ")
                    .num(z)
                    .raw("\"/>");
            }
        }
        h.raw("<circle class=\"bad\" cx=\"380\" cy=\"")
            .num(y)
            .raw("\" r=\"4\"/><text class=\"ink\" x=\"370\" text-anchor=\"end\" y=\"")
            .num(y + 4.0)
            .raw("\">");
        h.text(&short(&format!("{} {} {}", i.value, i.country, i.as_org), 52)).raw("</text>");
    }
    for (m, a) in accounts.iter().enumerate() {
        let z = middle(m, accounts.len());
        h.raw("<circle class=\"dot\" cx=\"580\" cy=\"")
            .num(z)
            .raw("\" r=\"4\"/><text class=\"ink\" x=\"590\" y=\"")
            .num(z + 4.0)
            .raw("\">");
        h.text(&short(a, 52)).raw("</text>");
    }
    h.raw("</svg></figure></div>\n");
    if addresses.len() > MOST {
        h.raw("<p class=\"cap\">+").int((addresses.len() - MOST) as u64).raw(" (iocs.csv)</p>\n");
    }
}
