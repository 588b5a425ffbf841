//! The organisation as a whole, the indicators, and what the logs cannot show.

use super::html::Html;
use super::{Page, graph};
use crate::output::made::quote::short;
use crate::output::made::sentences::say;
use serde_json::Value;

/// Rows of a table.
const ROWS: usize = 500;

pub fn render(p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    h.tag("<h2 id=\"tenant\">", l.of("The organisation", "L'organisation"), "</h2>\n");
    graph::days(p, h);
    graph::campaign(p, h);
    campaigns(p, h);
    indicators(p, h);
    limits(p, h);
    inputs(p, h);
}

fn campaigns(p: &Page<'_>, h: &mut Html) {
    if p.v.campaigns.is_empty() {
        return;
    }
    h.tag("<h3>", p.l.of("Campaigns", "Campagnes"), "</h3>\n<ul>");
    for c in p.v.campaigns.iter().take(ROWS) {
        h.raw("<li><b>").name(&say(&c.title, p.l)).raw("</b>, ");
        p.time(h, &c.first_seen);
        h.raw(" – ");
        p.time(h, &c.last_seen);
        h.raw(". ").text(&short(&say(&c.explanation, p.l), 600)).raw("</li>");
    }
    h.raw("</ul>\n");
}

fn indicators(p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    h.tag("<h2 id=\"indicators\">", l.of("Indicators", "Indicateurs"), "</h2>\n<p>");
    h.text(l.of(
        "Watch what is to be watched: it shows which other accounts the intruder reaches. For tools: mailtrail iocs DIR --format ….",
        "Surveiller ce qui est à surveiller : cela montre quels autres comptes l'intrus atteint. Pour les outils : mailtrail iocs DIR --format ….",
    ));
    h.raw("</p>\n");
    if p.v.indicators.is_empty() {
        h.tag("<p class=\"soft\">", l.of("None.", "Aucun."), "</p>\n");
        return;
    }
    h.raw("<div class=\"wide\"><table class=\"stack\" id=\"iocs\" data-filter data-sort>\n<thead><tr>");
    for t in [
        l.of("type", "type"),
        l.of("value", "valeur"),
        l.of("what for", "usage"),
        l.of("confidence", "confiance"),
        l.of("accounts", "comptes"),
        l.of("note", "note"),
    ] {
        h.tag("<th scope=\"col\">", t, "</th>");
    }
    h.raw("</tr></thead>\n<tbody>\n");
    for i in p.v.indicators.iter().take(ROWS) {
        let word = match i.disposition.as_str() {
            "block" => l.of("block", "bloquer"),
            "watch" => l.of("watch", "surveiller"),
            _ => l.of("context only", "contexte seulement"),
        };
        h.raw("<tr><td class=\"k\">")
            .text(&i.kind)
            .raw("</td><td><code data-copy>")
            .text(&short(&i.value, 300))
            .raw("</code></td><td class=\"k\">")
            .text(word);
        h.raw("</td><td class=\"n\" data-h=\"")
            .text(l.of("confidence", "confiance"))
            .raw("\" data-v=\"")
            .int(u64::from(i.confidence))
            .raw("\">")
            .int(u64::from(i.confidence));
        h.raw("</td><td class=\"n\" data-h=\"")
            .text(l.of("accounts", "comptes"))
            .raw("\" data-v=\"")
            .int(i.accounts.len() as u64)
            .raw("\">")
            .int(i.accounts.len() as u64);
        h.raw("</td><td class=\"soft\">").name(&i.note);
        if i.asn > 0 {
            h.raw(" AS").int(u64::from(i.asn)).raw(" ").name(&i.as_org).raw(" ").text(&i.country);
        }
        h.raw("</td></tr>\n");
    }
    h.raw("</tbody></table></div>\n");
    if p.v.indicators.len() > ROWS {
        h.raw("<p class=\"cap\">+").int((p.v.indicators.len() - ROWS) as u64).raw(" (iocs.csv)</p>\n");
    }
}

fn words(v: &Value) -> Vec<&str> {
    v.as_array().map(|a| a.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

fn limits(p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    h.tag(
        "<h2 id=\"limits\">",
        l.of("What these logs cannot show", "Ce que ces journaux ne montrent pas"),
        "</h2>\n<ul>\n",
    );
    let mut any = false;
    for n in p.v.folder.manifest["detectors_not_evaluated"].as_array().into_iter().flatten() {
        any = true;
        h.raw("<li>")
            .text(l.of("Not evaluated: ", "Non évalué : "))
            .raw("<b>")
            .text(n["detector"].as_str().unwrap_or(""))
            .raw("</b> — ");
        h.text(n["why"].as_str().unwrap_or("")).raw("</li>\n");
    }
    for a in words(&p.v.coverage["absent"]) {
        any = true;
        h.raw("<li>").text(l.of("No log tells of: ", "Aucun journal ne parle de : ")).text(a).raw("</li>\n");
    }
    for b in p.v.coverage["blind"].as_array().into_iter().flatten() {
        any = true;
        h.raw("<li><b>")
            .text(b["detector"].as_str().unwrap_or(""))
            .raw("</b> ")
            .text(l.of("was blind: ", "était aveugle : "));
        h.text(b["why"].as_str().unwrap_or(""))
            .raw(" (")
            .text(&short(&words(&b["when"]).join(", "), 300))
            .raw(")</li>\n");
    }
    for s in p.v.coverage["sources"].as_array().into_iter().flatten() {
        let id = s["source"].as_str().unwrap_or("");
        if let Some(edge) = s["retention_edge"].as_str() {
            any = true;
            h.raw("<li><b>").text(id).raw("</b> ").text(l.of("spans ", "couvre ")).text(edge);
            h.text(l.of(
                ", a usual retention: what came before is not known.",
                ", une durée de conservation usuelle : ce qui précède n'est pas connu.",
            ))
            .raw("</li>\n");
        }
        let quiet = words(&s["quiet"]);
        if !quiet.is_empty() {
            any = true;
            h.raw("<li><b>")
                .text(id)
                .raw("</b> ")
                .text(l.of("is silent on ", "est muet : "))
                .text(&short(&quiet.join(", "), 300))
                .raw("</li>\n");
        }
    }
    for c in words(&p.v.coverage["round_caps"]) {
        any = true;
        h.raw("<li>")
            .text(l.of("May be cut by an export limit: ", "Peut-être tronqué par une limite d'export : "))
            .text(c)
            .raw("</li>\n");
    }
    if !p.v.left_out.is_empty() {
        let n = p.v.left_out.len() as u64;
        h.raw("<li>").text(&l.count(n, ("account", "accounts"), ("compte", "comptes"))).raw(": ");
        h.text(l.of(
            "too many events to show here and in timeline.jsonl; mailtrail explain has each.",
            "trop d'événements pour ce rapport et timeline.jsonl ; mailtrail explain les montre un à un.",
        ));
        h.raw("</li>\n");
    }
    if !any {
        h.tag(
            "<li>",
            l.of("All detectors ran over the whole period.", "Tous les détecteurs ont tourné sur toute la période."),
            "</li>\n",
        );
    }
    h.tag("<li>", l.of(
        "An intruder in the victim's own town, on the same kind of device, who touches no rule, is not seen in such logs.",
        "Un intrus dans la ville de la victime, avec le même type d'appareil, qui ne touche à aucune règle, n'est pas visible dans de tels journaux.",
    ), "</li>\n</ul>\n");
}

fn inputs(p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    h.tag("<h3>", l.of("Inputs", "Fichiers lus"), "</h3>\n<div class=\"wide\"><table class=\"stack\">\n<thead><tr>");
    for t in [l.of("file", "fichier"), l.of("records", "enregistrements"), l.of("rejected", "rejetés"), "SHA-256"] {
        h.tag("<th scope=\"col\">", t, "</th>");
    }
    h.raw("</tr></thead>\n<tbody>\n");
    let all = p.v.folder.manifest["inputs"].as_array().map(Vec::as_slice).unwrap_or_default();
    for i in all.iter().take(ROWS) {
        let sum = |k: &str| i["parts"].as_array().into_iter().flatten().filter_map(|x| x[k].as_u64()).sum::<u64>();
        h.raw("<tr><td>").name(i["file"].as_str().unwrap_or(""));
        if let Some(problem) = i["problem"].as_str() {
            h.raw(" <b>").name(problem).raw("</b>");
        }
        h.raw("</td><td class=\"n\" data-h=\"")
            .text(l.of("records", "enregistrements"))
            .raw("\">")
            .text(&l.thousands(sum("read")));
        h.raw("</td><td class=\"n\" data-h=\"")
            .text(l.of("rejected", "rejetés"))
            .raw("\">")
            .text(&l.thousands(sum("rejected")));
        h.raw("</td><td><code>").text(i["sha256"].as_str().unwrap_or("")).raw("</code></td></tr>\n");
    }
    h.raw("</tbody></table></div>\n");
    if all.len() > ROWS {
        h.raw("<p class=\"cap\">+").int((all.len() - ROWS) as u64).raw(" (manifest.json)</p>\n");
    }
}
