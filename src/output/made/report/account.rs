//! One account: pictures, reasons, the intruder's acts, what was exposed, what to do, where the records are.

use super::html::Html;
use super::{Page, chart};
use crate::case::Finding;
use crate::output::made::commands;
use crate::output::made::picture::Picture;
use crate::output::made::plan::{self, Priority};
use crate::output::made::quote::{shell, short};
use crate::output::made::sentences::say;
use crate::profile::clock::rfc3339;

/// Lines of the story of one account, and findings, and names of exposed things.
const ACTS: usize = 250;
const FINDINGS: usize = 60;
const NAMES: usize = 40;
const _: () = assert!(ACTS <= super::super::gather::TOLD && NAMES <= super::super::names::SHOWN);

pub fn render(p: &Page<'_>, a: &Picture<'_>, n: usize, h: &mut Html) {
    let l = p.l;
    h.raw("<section class=\"account\" id=\"a").int(n as u64).raw("\">\n<h2>").name(a.account()).raw(" ");
    p.verdict(h, a.verdict.as_str());
    h.raw("</h2>\n<p>");
    let (first, last) = a.span();
    h.text(l.of("From ", "Du ")).raw("<b>");
    p.time(h, first);
    h.raw("</b> ").text(l.of("to", "au")).raw(" <b>");
    p.time(h, last);
    h.raw("</b>");
    let countries = a.suspect.list("countries");
    if !countries.is_empty() {
        h.text(l.of(", from ", ", depuis ")).text(&countries.join(", "));
    }
    h.text(", score ").text(a.suspect.get("score")).raw(".");
    if a.admin_acts > 0 {
        h.raw(" <b>").text(l.of("The account administers.", "Le compte administre.")).raw("</b>");
    }
    h.raw("</p>\n");
    reasons(p, a, n, h);
    chart::networks(p, a, h);
    chart::countries(p, a, h);
    chart::week(p, a, h);
    acts(p, a, h);
    exposed(p, a, h);
    todo(p, a, h);
    h.tag("<h3>", l.of("Raw records", "Enregistrements bruts"), "</h3>\n<p>");
    h.text(l.of(
        "Each reason names file, record and offset; this prints the records from the exports:",
        "Chaque motif nomme fichier, enregistrement et position ; ceci affiche les enregistrements des exports :",
    ));
    h.raw(" <code data-copy>mailtrail explain DIR ")
        .text(&shell(a.account()))
        .raw(" --exports EXPORTS</code></p>\n</section>\n");
}

fn reasons(p: &Page<'_>, a: &Picture<'_>, n: usize, h: &mut Html) {
    let l = p.l;
    h.tag(
        "<h3>",
        l.of("Reasons", "Motifs"),
        "</h3>\n<div class=\"wide\"><table class=\"stack\" data-filter data-sort>\n<thead><tr>",
    );
    for t in [l.of("severity", "gravité"), l.of("weight", "poids"), l.of("when", "quand"), l.of("what", "quoi")] {
        h.tag("<th scope=\"col\">", t, "</th>");
    }
    h.raw("</tr></thead>\n<tbody>\n");
    for (i, f) in a.findings.iter().take(FINDINGS).enumerate() {
        let rank = match f.severity.as_str() {
            "critical" => 3,
            "high" => 2,
            "medium" => 1,
            _ => 0,
        };
        h.raw("<tr id=\"a").int(n as u64).raw("f").int(i as u64 + 1).raw("\"><td data-v=\"").int(rank).raw("\">");
        p.severity(h, &f.severity);
        h.raw("</td><td class=\"n\" data-v=\"")
            .num(f.score)
            .raw("\" data-h=\"")
            .text(l.of("weight", "poids"))
            .raw("\">");
        h.text(&format!("{:+.1}", f.score))
            .raw("</td><td class=\"t\" data-v=\"")
            .num(super::super::timeline::micros(&f.time) as f64 / 6e7)
            .raw("\">");
        p.time(h, &f.time);
        h.raw("</td><td>");
        finding(p, f, i + 1, h);
        h.raw("</td></tr>\n");
    }
    h.raw("</tbody></table></div>\n<p class=\"cap\">").text(l.of(
        "Weights are natural logarithms of how much likelier the evidence is with an intruder than without.",
        "Les poids sont les logarithmes naturels de la vraisemblance avec intrus rapportée à celle sans intrus.",
    ));
    if a.findings.len() > FINDINGS {
        h.raw(" +").int((a.findings.len() - FINDINGS) as u64).raw(" (findings.ndjson)");
    }
    h.raw("</p>\n");
}

fn finding(p: &Page<'_>, f: &Finding, number: usize, h: &mut Html) {
    let l = p.l;
    h.raw("<b>").int(number as u64).raw(".</b> ");
    if let Some(title) = p.titles.get(&f.detector) {
        h.raw("<b>").text(title).raw("</b> — ");
    }
    h.name(&say(&f.title, l)).raw("<details><summary class=\"soft\">");
    let of = l.count(f.records, ("record", "records"), ("enregistrement", "enregistrements"));
    h.text(l.of("numbers and ", "chiffres et "))
        .text(&of)
        .raw("</summary><p>")
        .text(&short(&say(&f.explanation, l), 4_000))
        .raw("</p><p class=\"cap\">");
    h.text(&f.detector);
    if !f.measures.is_empty() {
        h.text(l.of(" · measure ", " · mesure ")).text(&f.measures.join(", "));
    }
    if !f.techniques.is_empty() {
        h.raw(" · ATT&amp;CK ").text(&f.techniques.join(", "));
    }
    h.raw(" · ").text(&f.id).raw("</p><ul>");
    for e in &f.evidence {
        h.raw("<li><code>")
            .text(&short(&e.file, 200))
            .raw("</code>, ")
            .text(l.of("record", "enregistrement"))
            .raw(" ")
            .int(u64::from(e.record));
        h.raw(", ").text(l.of("offset", "position")).raw(" ").int(e.offset);
        if !e.record_id.is_empty() {
            h.raw(", <code>").text(&short(&e.record_id, 80)).raw("</code>");
        }
        h.raw("</li>");
    }
    h.raw("</ul></details>");
}

fn acts(p: &Page<'_>, a: &Picture<'_>, h: &mut Html) {
    let l = p.l;
    if a.told.is_empty() {
        return;
    }
    h.tag(
        "<h3>",
        l.of("What the intruder did, in order", "Ce que l'intrus a fait, dans l'ordre"),
        "</h3>\n<ol class=\"acts\">\n",
    );
    for e in a.told.iter().take(ACTS) {
        h.raw("<li><time datetime=\"")
            .text(&e.time)
            .raw("\" title=\"")
            .text(&e.time)
            .raw("\">")
            .text(&e.local)
            .raw("</time><span class=\"");
        h.raw(if e.hostile { "his" } else { "odd" }).raw("\">").name(&e.text);
        if e.events > 1 {
            h.raw(" <span class=\"soft\">×&nbsp;").text(&l.thousands(e.events)).raw("</span>");
        }
        h.raw("</span></li>\n");
    }
    h.raw("</ol>\n<p class=\"cap\">").text(l.of(
        "Red: within a visit counted as the intruder's. Grey: a finding rests on it. Everything is in timeline.jsonl.",
        "Rouge : pendant une visite attribuée à l'intrus. Gris : un constat s'y appuie. Tout est dans timeline.jsonl.",
    ));
    if a.lines > ACTS {
        h.raw(" +").int((a.lines - ACTS) as u64);
    }
    h.raw("</p>\n");
}

fn exposed(p: &Page<'_>, a: &Picture<'_>, h: &mut Html) {
    let l = p.l;
    if !a.entered() {
        return;
    }
    h.tag("<h3>", l.of("What was exposed", "Ce qui a été exposé"), "</h3>\n");
    if a.exposed.is_empty() {
        h.tag("<p>", l.of(
            "The logs show no reading, sending or deleting within the intruder's visits. That is not the same as none: not every licence logs it.",
            "Les journaux ne montrent ni lecture, ni envoi, ni suppression pendant les visites de l'intrus. Cela ne veut pas dire qu'il n'y en a pas eu : toutes les licences ne les journalisent pas.",
        ), "</p>\n");
        return;
    }
    for (kind, e) in &a.exposed {
        let (word, caveat) = match *kind {
            "mail-access" => (
                l.of("Mail read or synchronised", "Courriels lus ou synchronisés"),
                l.of(
                    "One record may stand for many messages, or for a whole folder that was synchronised.",
                    "Un enregistrement peut valoir pour plusieurs messages, ou pour un dossier entier synchronisé.",
                ),
            ),
            "mail-search" => (l.of("Searches", "Recherches"), ""),
            "mail-send" => (
                l.of("Mail sent", "Courriels envoyés"),
                l.of(
                    "Sent in the intruder's visits; the person may have sent some of it.",
                    "Envoyés pendant les visites de l'intrus ; la personne a pu en envoyer une partie.",
                ),
            ),
            "mail-delete" => (l.of("Mail deleted or moved away", "Courriels supprimés ou déplacés"), ""),
            _ => (
                l.of("Files opened", "Fichiers ouverts"),
                l.of(
                    "Opened or listed by a program; not each was looked at.",
                    "Ouverts ou listés par un programme ; tous n'ont pas été regardés.",
                ),
            ),
        };
        h.raw("<p><b>")
            .text(word)
            .raw("</b>: ")
            .text(&l.count(e.events, ("record", "records"), ("enregistrement", "enregistrements")))
            .raw(", ");
        p.time(h, &rfc3339(e.first));
        h.raw(" – ");
        p.time(h, &rfc3339(e.last));
        h.raw(". <span class=\"soft\">").text(caveat).raw("</span></p>\n");
        if e.named == 0 {
            continue;
        }
        h.raw("<details><summary>").text(&l.count(e.named, ("name", "names"), ("nom", "noms"))).raw("</summary><ul>");
        for (name, n) in e.names.iter().take(NAMES) {
            h.raw("<li>").name(name);
            if *n > 1 {
                h.raw(" <span class=\"soft\">×&nbsp;").int(*n).raw("</span>");
            }
            h.raw("</li>");
        }
        if e.named > NAMES as u64 {
            h.raw("<li class=\"soft\">+").int(e.named - NAMES as u64).raw("</li>");
        }
        h.raw("</ul></details>\n");
    }
    h.tag("<p class=\"cap\">", l.of(
        "Only what lies within visits counted as the intruder's, and only what the logs record.",
        "Seulement ce qui tombe dans les visites attribuées à l'intrus, et seulement ce que les journaux enregistrent.",
    ), "</p>\n");
}

fn todo(p: &Page<'_>, a: &Picture<'_>, h: &mut Html) {
    let l = p.l;
    let steps = plan::steps(a, l);
    h.tag("<h3>", l.of("What to do", "Que faire"), "</h3>\n<ul class=\"steps\">\n");
    for s in &steps {
        let word = match s.priority {
            Priority::P0 => "P0",
            Priority::P1 => "P1",
            Priority::P2 => "P2",
            Priority::P3 => "P3",
            Priority::P4 => "P4",
        };
        h.raw("<li><span class=\"prio\">").text(word).raw("</span>").name(&s.what);
        if !s.why.is_empty() {
            h.raw(" <span class=\"soft\">— ").name(&s.why).raw("</span>");
        }
        if !s.commands.is_empty() {
            h.raw("<details><summary class=\"soft\">")
                .text(l.of("commands, to be read first", "commandes, à relire d'abord"))
                .raw("</summary>");
            for (platform, lines) in &s.commands {
                h.raw("<p class=\"cap\">")
                    .text(platform.name())
                    .raw(", ")
                    .text(commands::language(*platform))
                    .raw("</p><pre data-copy>");
                h.text(&lines.join("\n")).raw("</pre>");
            }
            h.raw("</details>");
        }
        h.raw("</li>\n");
    }
    h.raw("</ul>\n");
}
