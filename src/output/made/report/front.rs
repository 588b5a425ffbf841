//! The first page: what happened, how sure, since when, what was exposed, what to do now.

use super::html::Html;
use super::{Page, SHOWN};
use crate::output::made::assessment::OPEN;
use crate::output::made::picture::Picture;
use crate::output::made::plan::{self, Priority};
use crate::output::made::sentences::say;
use crate::score::Verdict;

/// Rows of the table of accounts.
const ROWS: usize = 1_000;

/// One sentence.
fn headline(p: &Page<'_>) -> String {
    let l = p.l;
    let n = |v: Verdict| p.all.iter().filter(|a| a.verdict == v).count() as u64;
    let mut parts = Vec::new();
    for (v, en, fr) in [
        (
            Verdict::Compromised,
            ("mailbox is compromised", "mailboxes are compromised"),
            ("boîte est compromise", "boîtes sont compromises"),
        ),
        (Verdict::Suspected, ("is suspected", "are suspected"), ("est suspecte", "sont suspectes")),
        (
            Verdict::Exposed,
            ("password is known to others", "passwords are known to others"),
            ("mot de passe est connu de tiers", "mots de passe sont connus de tiers"),
        ),
    ] {
        if n(v) > 0 {
            parts.push(l.count(n(v), en, fr));
        }
    }
    if parts.is_empty() {
        return l
            .of(
                "No mailbox is compromised as far as these logs show",
                "Aucune boîte n'est compromise d'après ces journaux",
            )
            .into();
    }
    parts.join(", ")
}

pub fn render(p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    h.raw("<div class=\"front\" id=\"summary\">\n").tag("<h1>", &headline(p), "</h1>\n");
    h.raw("<p class=\"lead\">")
        .text(l.of("Proposed severity: ", "Gravité proposée : "))
        .raw("<b>")
        .text(p.proposal.gravity.word(l))
        .raw("</b>");
    h.raw(" — ")
        .text(&p.proposal.why.iter().take(4).cloned().collect::<Vec<_>>().join(l.of("; ", " ; ")))
        .raw(". <span class=\"soft\">");
    h.text(l.of(
        "The least that the logs call for; a person decides.",
        "Le minimum que les journaux imposent ; une personne décide.",
    ));
    h.raw("</span></p>\n");
    facts(p, h);
    if !p.all.is_empty() {
        now(p, h);
        accounts(p, h);
    }
    h.tag("<h3>", l.of("What only people can answer", "Ce que seules des personnes peuvent dire"), "</h3>\n<ul>");
    for (_, en, fr) in OPEN {
        h.tag("<li>", l.of(en, fr), "</li>");
    }
    h.raw("</ul>\n</div>\n");
}

fn fact(h: &mut Html, name: &str, value: &dyn Fn(&mut Html)) {
    h.raw("<div><dt>").text(name).raw("</dt><dd>");
    value(h);
    h.raw("</dd></div>");
}

fn facts(p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    let m = &p.v.folder.manifest;
    h.raw("<dl class=\"facts\">");
    let entered: Vec<&Picture<'_>> = p.all.iter().filter(|a| a.entered()).collect();
    if let Some(first) = entered.iter().map(|a| a.span().0).min() {
        fact(h, l.of("First entry", "Première intrusion"), &|h| p.time(h, first));
    }
    if let Some(last) = entered.iter().map(|a| a.span().1).max() {
        fact(h, l.of("Last act of the intruder", "Dernier acte de l'intrus"), &|h| p.time(h, last));
    }
    fact(h, l.of("How sure", "Certitude"), &|h| {
        let word = match p.all.first().map(|a| a.verdict) {
            Some(Verdict::Compromised) => l.of("evidence of more than one kind", "indices de plusieurs natures"),
            Some(Verdict::Suspected) => l.of("more likely than not", "plus probable que non"),
            Some(Verdict::Exposed) => {
                l.of("the password was right, nobody got in", "mot de passe juste, personne n'est entré")
            }
            _ => l.of("nothing found in what was there to look at", "rien trouvé dans ce qui a pu être examiné"),
        };
        h.text(word);
    });
    fact(h, l.of("Exposed", "Exposé"), &|h| exposed(&entered, p, h));
    fact(h, l.of("Looked at", "Examiné"), &|h| {
        let n = m["accounts_that_signed_in"].as_u64().unwrap_or(0);
        h.text(&l.count(
            n,
            ("account that signed in", "accounts that signed in"),
            ("compte connecté", "comptes connectés"),
        ));
    });
    fact(h, l.of("Period of the logs", "Période des journaux"), &|h| {
        h.text(p.v.first().get(..10).unwrap_or("")).raw(" – ").text(p.v.last().get(..10).unwrap_or(""));
    });
    h.raw("</dl>\n<p class=\"cap\">").text(l.of("Times are in ", "Les heures sont en ")).text(p.v.folder.zone.name());
    h.text(l.of("; UTC on pointing at them and in every file.", " ; UTC au survol et dans tous les fichiers."))
        .raw("</p>\n");
}

/// What an intruder could see, in a few words.
fn exposed(entered: &[&Picture<'_>], p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    let sum = |k: &str| entered.iter().filter_map(|a| a.exposed.get(k)).map(|e| e.events).sum::<u64>();
    let mut parts = Vec::new();
    if entered.iter().any(|a| a.sends_out()) {
        parts.push(l.of("mail forwarded outside", "courrier transféré au-dehors").to_string());
    }
    for (k, en, fr) in [
        ("mail-access", ("record of reading", "records of reading"), ("trace de lecture", "traces de lecture")),
        ("mail-send", ("message sent", "messages sent"), ("message envoyé", "messages envoyés")),
        ("file-access", ("file access", "file accesses"), ("accès à un fichier", "accès à des fichiers")),
    ] {
        if sum(k) > 0 {
            parts.push(l.count(sum(k), en, fr));
        }
    }
    if parts.is_empty() {
        let none = if entered.is_empty() {
            l.of("nothing as far as the logs show", "rien d'après les journaux")
        } else {
            l.of("the logs do not say what was read", "les journaux ne disent pas ce qui a été lu")
        };
        parts.push(none.into());
    }
    h.text(&parts.join(", "));
}

/// What is urgent, once for all accounts that need it; what concerns one account alone names it.
fn now(p: &Page<'_>, h: &mut Html) {
    const STEPS: usize = 10;
    const NAMES: usize = 3;
    let l = p.l;
    let mut all: Vec<(Priority, String, Vec<usize>)> = Vec::new();
    for (n, a) in p.all.iter().enumerate() {
        for s in plan::steps(a, l).into_iter().filter(|s| s.priority <= Priority::P1) {
            match all.iter_mut().find(|x| x.1 == s.what) {
                Some(x) => x.2.push(n),
                None => all.push((s.priority, s.what, vec![n])),
            }
        }
    }
    // Stable: within a priority, in the order in which the worst accounts call for it.
    all.sort_by_key(|x| x.0);
    h.tag("<h3>", l.of("What to do now", "Que faire maintenant"), "</h3>\n<ol class=\"now\">\n");
    for (_, what, who) in all.iter().take(STEPS) {
        h.raw("<li>").name(what).raw(" <span class=\"soft\">— ");
        for (k, &n) in who.iter().take(NAMES).enumerate() {
            if k > 0 {
                h.raw(", ");
            }
            if n < SHOWN {
                h.raw("<a href=\"#a").int(n as u64).raw("\">").name(p.all[n].account()).raw("</a>");
            } else {
                h.name(p.all[n].account());
            }
        }
        if who.len() > NAMES {
            let more = (who.len() - NAMES) as u64;
            h.raw(" ").text(l.of("and", "et")).raw(" ");
            h.text(&l.count(more, ("more", "more"), ("autre", "autres")));
        }
        h.raw("</span></li>\n");
    }
    h.raw("</ol>\n<p class=\"cap\">");
    if all.len() > STEPS {
        let more = (all.len() - STEPS) as u64;
        h.text(&l.count(more, ("further step", "further steps"), ("autre mesure", "autres mesures"))).raw(". ");
    }
    h.text(l.of(
        "Everything, with commands, is in plan.md and under each account below. Watch the intruder's addresses rather than blocking them at once.",
        "Tout, avec les commandes, est dans plan.md et sous chaque compte plus bas. Surveiller les adresses de l'intrus plutôt que les bloquer aussitôt.",
    ));
    h.raw("</p>\n");
}

fn accounts(p: &Page<'_>, h: &mut Html) {
    let l = p.l;
    h.tag(
        "<h3>",
        l.of("Accounts", "Comptes"),
        "</h3>\n<div class=\"wide\"><table class=\"stack\" id=\"accounts\" data-filter data-sort>\n<thead><tr>",
    );
    for t in [
        l.of("account", "compte"),
        l.of("verdict", "verdict"),
        l.of("score", "score"),
        l.of("since", "depuis"),
        l.of("from", "depuis où"),
        l.of("best reason", "premier motif"),
    ] {
        h.tag("<th scope=\"col\">", t, "</th>");
    }
    h.raw("</tr></thead>\n<tbody>\n");
    for s in p.v.suspects.iter().take(ROWS) {
        let verdict = s.get("verdict");
        let weight = s.verdict().map_or(0, |v| v as u64);
        h.raw("<tr><td class=\"a\">");
        let part = p.all.iter().take(SHOWN).position(|a| a.account() == s.account);
        if let Some(n) = part {
            h.raw("<a href=\"#a").int(n as u64).raw("\">").name(&s.account).raw("</a>");
        } else {
            h.name(&s.account);
        }
        h.raw("</td><td data-v=\"").int(weight).raw("\">");
        p.verdict(h, verdict);
        h.raw("</td><td class=\"n\" data-v=\"")
            .num(s.get("score").parse().unwrap_or(0.0))
            .raw("\" data-h=\"")
            .text(l.of("score", "score"))
            .raw("\">");
        h.text(s.get("score"))
            .raw("</td><td class=\"t\" data-v=\"")
            .num(super::super::timeline::micros(s.get("first_seen")) as f64 / 6e7);
        h.raw("\" data-h=\"").text(l.of("since", "depuis")).raw("\">");
        p.time(h, s.get("first_seen"));
        h.raw("</td><td class=\"f\" data-h=\"").text(l.of("from", "depuis où")).raw("\">");
        let ips = s.list("source_ips");
        h.text(&ips.iter().take(2).copied().collect::<Vec<_>>().join(", "));
        if ips.len() > 2 {
            h.raw(" +").int(ips.len() as u64 - 2);
        }
        let countries = s.list("countries");
        if !countries.is_empty() {
            h.raw(" (").text(&countries.join(", ")).raw(")");
        }
        h.raw("</td><td>").name(&say(s.reasons().first().copied().unwrap_or(""), p.l)).raw("</td></tr>\n");
    }
    h.raw("</tbody></table></div>\n");
    if p.v.suspects.len() > ROWS {
        h.raw("<p class=\"cap\">+").int((p.v.suspects.len() - ROWS) as u64).raw(" (suspects.csv)</p>");
    }
}
