//! `report.html`: one page that needs nothing else. First a page for the person who decides, then each account's
//! evidence, then the tenant and what the logs cannot show.

mod account;
mod chart;
mod front;
mod graph;
mod html;
mod tenant;

use super::assessment::{self, Proposal};
use super::lang::Lang;
use super::picture::Picture;
use super::{Made, Material};
use crate::case::CaseView;
use chrono::{DateTime, Utc};
use html::{Html, base64};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

pub struct Report;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// Accounts that are shown with their evidence; the others stand in the tables.
const SHOWN: usize = 40;

/// All that the parts of the page share.
struct Page<'v> {
    v: &'v CaseView,
    l: Lang,
    all: &'v [Picture<'v>],
    proposal: Proposal,
    /// Titles of detectors in French; the findings' own sentences are English.
    titles: BTreeMap<String, String>,
}

impl Page<'_> {
    /// `2026-03-01 03:10` in the tenant's time zone.
    fn local(&self, utc: &str) -> String {
        utc.parse::<DateTime<Utc>>()
            .map(|t| t.with_timezone(&self.v.folder.zone).format("%Y-%m-%d %H:%M").to_string())
            .unwrap_or_default()
    }

    /// A moment as an element, in local time with UTC on hovering.
    fn time(&self, h: &mut Html, utc: &str) {
        h.raw("<time datetime=\"")
            .text(utc)
            .raw("\" title=\"")
            .text(utc)
            .raw("\">")
            .text(&self.local(utc))
            .raw("</time>");
    }

    fn verdict(&self, h: &mut Html, word: &str) {
        // The class is one of our own words, never the file's.
        let class = match word {
            "compromised" => "compromised",
            "suspected" => "suspected",
            "exposed" => "exposed",
            _ => "watch",
        };
        h.raw("<span class=\"chip ").text(class).raw("\">").text(self.l.verdict(word)).raw("</span>");
    }

    fn severity(&self, h: &mut Html, word: &str) {
        let class = if word == "critical" || word == "high" { word } else { "low" };
        h.raw("<span class=\"chip ").text(class).raw("\">").text(self.l.severity(word)).raw("</span>");
    }
}

impl Made for Report {
    fn file_name(&self) -> &'static str {
        "report.html"
    }

    fn write(&self, of: &Material<'_>, to: &mut dyn std::io::Write) -> std::io::Result<()> {
        to.write_all(render(of).as_bytes())
    }
}

fn render(of: &Material<'_>) -> String {
    let Material { v, l, all } = of;
    let (v, l) = (*v, *l);
    let proposal = assessment::propose(all, l);
    let titles = match l {
        Lang::En => BTreeMap::new(),
        Lang::Fr => crate::detectors::manifests().unwrap_or_default().into_iter().map(|m| (m.id, m.title.fr)).collect(),
    };
    let p = Page { v, l, all, proposal, titles };
    let mut h = Html::default();
    head(&p, &mut h);
    h.raw("<main>\n");
    front::render(&p, &mut h);
    for (n, a) in p.all.iter().take(SHOWN).enumerate() {
        account::render(&p, a, n, &mut h);
    }
    if p.all.len() > SHOWN {
        h.raw("<p class=\"note\">").int((p.all.len() - SHOWN) as u64).raw(" ");
        h.text(l.of(
            "further accounts are not shown here one by one: mailtrail explain DIR ACCOUNT.",
            "autres comptes ne sont pas détaillés ici : mailtrail explain DIR COMPTE.",
        ));
        h.raw("</p>\n");
    }
    tenant::render(&p, &mut h);
    h.raw("<footer><p>mailtrail ")
        .text(env!("CARGO_PKG_VERSION"))
        .raw(" · ")
        .text(l.of("case", "dossier"))
        .raw(" <code>");
    h.text(&v.folder.key()).raw("</code> · ").text(v.folder.manifest["geography"]["notice"].as_str().unwrap_or(""));
    h.raw("</p></footer>\n</main>\n<script>").raw(SCRIPT).raw("</script>\n</body>\n</html>\n");
    h.done()
}

fn head(p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    h.raw("<!DOCTYPE html>\n<html lang=\"").text(l.code());
    for (k, en, fr) in
        [("filter", "Filter the rows", "Filtrer les lignes"), ("copy", "copy", "copier"), ("copied", "copied", "copié")]
    {
        let name = match k {
            "filter" => "\" data-word-filter=\"",
            "copy" => "\" data-word-copy=\"",
            _ => "\" data-word-copied=\"",
        };
        h.raw(name).text(l.of(en, fr));
    }
    h.raw("\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
    h.text(&base64(&Sha256::digest(STYLE.as_bytes())));
    h.raw("'; script-src 'sha256-").text(&base64(&Sha256::digest(SCRIPT.as_bytes())));
    h.raw("'; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    h.text(l.of("Mailbox compromise report", "Rapport de compromission de messagerie"))
        .raw(" — ")
        .text(&p.v.folder.key());
    h.raw("</title>\n<style>").raw(STYLE).raw("</style>\n</head>\n<body>\n<nav class=\"bar\" aria-label=\"");
    h.text(l.of("Parts of the report", "Parties du rapport")).raw("\"><div><b>mailtrail</b>");
    h.tag("<a href=\"#summary\">", l.of("Summary", "Synthèse"), "</a>");
    if !p.all.is_empty() {
        h.tag("<a href=\"#a0\">", l.of("Accounts", "Comptes"), "</a>");
    }
    h.tag("<a href=\"#tenant\">", l.of("Organisation", "Organisation"), "</a>");
    h.tag("<a href=\"#indicators\">", l.of("Indicators", "Indicateurs"), "</a>");
    h.tag("<a href=\"#limits\">", l.of("Limits", "Limites"), "</a>");
    h.raw("</div></nav>\n");
}
