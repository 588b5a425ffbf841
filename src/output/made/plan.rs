//! `plan.md`: what to do for each account, by priority, only what its evidence calls for, with the commands written
//! out. The order is that of the French CERTs' reflex sheet on mailbox compromise; the words are ours.

use super::commands::{self, Do};
use super::lang::Lang;
use super::picture::{Picture, Platform};
use super::quote::{block, markdown};
use super::{Made, Material};
use crate::output::made::sentences::say;
use crate::score::Verdict;
use std::collections::BTreeSet;
use std::fmt::Write;

pub struct Plan;

/// How soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Keep the traces, cut the access.
    P0,
    /// Close the ways back.
    P1,
    /// Who else: watch and search.
    P2,
    /// Those who were harmed.
    P3,
    /// So that it does not come again.
    P4,
}

impl Priority {
    pub const ALL: [Priority; 5] = [Priority::P0, Priority::P1, Priority::P2, Priority::P3, Priority::P4];

    pub fn title(self, l: Lang) -> &'static str {
        match self {
            Priority::P0 => l.of("P0 — keep the traces, cut the access", "P0 — conserver les traces, couper l'accès"),
            Priority::P1 => l.of("P1 — close the ways back", "P1 — fermer les portes de retour"),
            Priority::P2 => {
                l.of("P2 — watch, and look for other victims", "P2 — surveiller et chercher d'autres victimes")
            }
            Priority::P3 => {
                l.of("P3 — warn, and settle what was exposed", "P3 — prévenir et établir ce qui a été exposé")
            }
            Priority::P4 => l.of("P4 — keep it from coming again", "P4 — éviter que cela recommence"),
        }
    }
}

/// One thing to do.
pub struct Step {
    pub priority: Priority,
    /// Plain text (log text in it is not escaped yet).
    pub what: String,
    /// Why, from the evidence.
    pub why: String,
    pub commands: Vec<(Platform, Vec<String>)>,
}

/// Collects steps of one account.
struct Steps<'p, 'v> {
    p: &'p Picture<'v>,
    l: Lang,
    out: Vec<Step>,
}

impl Steps<'_, '_> {
    fn add(&mut self, priority: Priority, what: String, why: String, acts: &[Do<'_>]) {
        let commands = self
            .p
            .platforms
            .iter()
            .map(|&f| (f, acts.iter().flat_map(|a| commands::of(f, *a, self.p.account())).collect::<Vec<_>>()))
            .filter(|(_, c)| !c.is_empty())
            .collect();
        self.out.push(Step { priority, what, why, commands });
    }

    /// Titles of the findings of these detectors.
    fn titles(&self, detectors: &[&str]) -> String {
        let of: Vec<_> = self
            .p
            .findings
            .iter()
            .filter(|f| detectors.contains(&f.detector.as_str()))
            .map(|f| say(&f.title, self.l))
            .take(3)
            .collect();
        of.join("; ")
    }

    fn access(&mut self) {
        let l = self.l;
        let (since, _) = self.p.span();
        let verdict = l.verdict(self.p.verdict.as_str()).to_string();
        if self.p.entered() {
            self.add(
                Priority::P0,
                l.of(
                    "Keep a copy of rules, settings and logs before anything is changed",
                    "Conserver une copie des règles, des réglages et des journaux avant toute modification",
                )
                .into(),
                l.of(
                    "rules and settings are evidence and go with the clean-up",
                    "règles et réglages sont des preuves qui disparaissent au nettoyage",
                )
                .into(),
                &[Do::Preserve],
            );
            self.add(
                Priority::P0,
                l.of("Lock the account and end all its sessions", "Bloquer le compte et fermer toutes ses sessions")
                    .into(),
                format!("{verdict}, {} {since}", l.of("since", "depuis le")),
                &[Do::Revoke],
            );
        }
        let tell = l.of(
            "Set a new password, told to the person by another way than mail",
            "Définir un nouveau mot de passe, transmis à la personne par un autre canal que la messagerie",
        );
        self.add(
            Priority::P0,
            tell.into(),
            l.of("the password is known to somebody else", "le mot de passe est connu d'un tiers").into(),
            &[Do::Reset],
        );
    }

    fn ways_back(&mut self) {
        let l = self.l;
        let why = self.titles(&["persistence_method", "mfa_errors"]);
        let factors = l.of(
            "Check every second factor with the person; remove those that are not theirs and register anew",
            "Vérifier chaque second facteur avec la personne ; retirer ceux qui ne sont pas les siens et réenregistrer",
        );
        if self.p.entered() || !why.is_empty() {
            let why = if why.is_empty() {
                l.of(
                    "an intruder who was inside may have added one",
                    "un intrus entré dans le compte a pu en ajouter un",
                )
                .to_string()
            } else {
                why
            };
            self.add(Priority::P1, factors.into(), why, &[Do::Factors]);
        }
        if self.p.found("inbox_rule") {
            let own: Vec<&str> =
                self.p.rules.iter().filter(|(m, _)| m == self.p.account()).map(|r| r.1.as_str()).collect();
            let mut acts = vec![Do::Rules];
            acts.extend(own.iter().filter(|n| !n.is_empty()).map(|n| Do::DropRule(n)));
            let named: Vec<String> = own.iter().filter(|n| !n.is_empty()).map(|n| format!("“{n}”")).collect();
            let what = if named.is_empty() {
                l.of("Delete the malicious inbox rule", "Supprimer la règle de messagerie malveillante").to_string()
            } else {
                format!("{} {}", l.of("Delete the inbox rule", "Supprimer la règle de messagerie"), named.join(", "))
            };
            let why = self.titles(&["inbox_rule"]);
            self.add(Priority::P1, what, why, &acts);
            for (mailbox, name) in self.p.rules.iter().filter(|(m, _)| m != self.p.account()) {
                let what = format!(
                    "{} “{name}” {} {mailbox}",
                    l.of("Delete the inbox rule", "Supprimer la règle de messagerie"),
                    l.of("in the mailbox of", "dans la boîte de")
                );
                let commands = self
                    .p
                    .platforms
                    .iter()
                    .map(|&f| (f, commands::of(f, Do::DropRule(name), mailbox)))
                    .filter(|(_, c)| !c.is_empty())
                    .collect();
                self.out.push(Step { priority: Priority::P1, what, why: self.titles(&["inbox_rule"]), commands });
            }
        }
        if self.p.found("forwarding") {
            let to = self.p.listed("email").join(", ");
            let what = format!("{} {to}", l.of("Remove the forwarding to", "Supprimer le transfert vers"));
            let why = self.titles(&["forwarding"]);
            self.add(Priority::P1, what.trim_end().to_string(), why, &[Do::Forwarding]);
        }
        if self.p.found("delegation") {
            let why = self.titles(&["delegation"]);
            let what =
                l.of("Take back the rights that were given on mailboxes", "Retirer les droits donnés sur des boîtes");
            self.add(Priority::P1, what.into(), why, &[Do::Delegates]);
        }
        if self.p.found("oauth_consent") || (self.p.found("rare_application") && !self.p.listed("app-id").is_empty()) {
            let ids = self.p.listed("app-id");
            let mut acts = vec![Do::Apps];
            acts.extend(ids.iter().map(|i| Do::App(i)));
            let what = format!("{} {}", l.of("Revoke the application", "Révoquer l'application"), ids.join(", "));
            let why = self.titles(&["oauth_consent", "rare_application"]);
            self.add(Priority::P1, what.trim_end().to_string(), why, &acts);
        }
        let devices = self.p.listed("device-id");
        if !devices.is_empty() {
            let acts: Vec<Do<'_>> = devices.iter().map(|d| Do::Device(d)).collect();
            let what = format!("{} {}", l.of("Switch off the device", "Désactiver l'appareil"), devices.join(", "));
            let why = l.of("registered or used by the intruder", "enregistré ou utilisé par l'intrus").to_string();
            self.add(Priority::P1, what, why, &acts);
        }
        if self.p.found("admin_action") {
            let why = self.titles(&["admin_action"]);
            let what = l.of("Take back the administrative changes", "Annuler les modifications d'administration");
            self.add(Priority::P1, what.into(), why, &[]);
        }
    }

    fn others(&mut self) {
        let l = self.l;
        let (from, to) = self.p.span();
        let addresses = self.p.addresses();
        if !addresses.is_empty() {
            let shown = addresses.iter().take(8).copied().collect::<Vec<_>>().join(", ");
            let more = addresses.len().saturating_sub(8);
            let more = if more > 0 { format!(" (+{more})") } else { String::new() };
            let what = format!(
                "{} {shown}{more}",
                l.of(
                    "Watch these addresses and look for other accounts that they reached:",
                    "Surveiller ces adresses et chercher les autres comptes qu'elles ont atteints :"
                )
            );
            let why = l.of(
                "a watched address shows further victims, a blocked one only changes (mailtrail iocs DIR)",
                "une adresse surveillée révèle d'autres victimes, une adresse bloquée ne fait que changer (mailtrail iocs DIR)",
            );
            self.add(Priority::P2, what, why.into(), &[Do::Hunt(&addresses[..addresses.len().min(50)], from, to)]);
        }
        let rules: BTreeSet<&str> = self.p.rules.iter().map(|r| r.1.as_str()).filter(|n| !n.is_empty()).collect();
        if !rules.is_empty() {
            let acts: Vec<Do<'_>> = rules.iter().map(|n| Do::Rule(n)).collect();
            let what = l.of(
                "Look for rules of the same name in other mailboxes",
                "Chercher des règles du même nom dans les autres boîtes",
            );
            self.add(Priority::P2, what.into(), self.titles(&["inbox_rule"]), &acts);
        }
    }

    fn harmed(&mut self) {
        let l = self.l;
        let (from, to) = self.p.span();
        let sent = self.p.exposed.get("mail-send").map_or(0, |e| e.events);
        if sent > 0 || self.p.found("outbound_burst") {
            let why = format!(
                "{} {}",
                l.count(sent, ("message", "messages"), ("message", "messages")),
                l.of(
                    "sent during the intruder's visits, as the log counts them",
                    "envoyés pendant les visites de l'intrus, selon le journal"
                )
            );
            let what = l.of(
                "Warn those who got mail from the account: no attachment, link or bank details of it are to be trusted",
                "Prévenir les destinataires du compte : ne se fier à aucune pièce jointe, aucun lien ni aucun RIB reçu de lui",
            );
            self.add(Priority::P3, what.into(), why, &[Do::Recipients(from, to)]);
        }
        let read: u64 = ["mail-access", "file-access", "mail-search"]
            .iter()
            .filter_map(|k| self.p.exposed.get(k))
            .map(|e| e.events)
            .sum();
        if read > 0 || self.p.sends_out() || self.p.found("mass_mail_access") {
            let what = l.of(
                "Settle what was read or taken, with the person and the data protection officer; a breach of personal data is to be notified within 72 hours",
                "Établir ce qui a été lu ou pris, avec la personne et le délégué à la protection des données ; une violation de données personnelles se notifie sous 72 heures",
            );
            let why = format!(
                "{} {}",
                l.count(read, ("record of reading", "records of reading"), ("trace de lecture", "traces de lecture")),
                l.of(
                    "in the intruder's visits (report.html lists them)",
                    "pendant les visites de l'intrus (liste dans report.html)"
                )
            );
            self.add(Priority::P3, what.into(), why, &[]);
        }
        if self.p.found("trace_removal") {
            let what = l.of(
                "Recover what was deleted before its retention ends",
                "Récupérer ce qui a été supprimé avant la fin de sa conservation",
            );
            self.add(Priority::P3, what.into(), self.titles(&["trace_removal"]), &[]);
        }
    }

    fn after(&mut self) {
        let l = self.l;
        if self.p.found("legacy_protocol") {
            let what =
                l.of("Switch off protocols that know no second factor", "Couper les protocoles sans second facteur");
            self.add(Priority::P4, what.into(), self.titles(&["legacy_protocol"]), &[Do::OldProtocols]);
        }
        if self.p.one_factor {
            let what = l.of(
                "Demand a second factor of this account everywhere",
                "Exiger un second facteur pour ce compte, partout",
            );
            let why = l.of("the intruder got in without one", "l'intrus est entré sans second facteur");
            self.add(Priority::P4, what.into(), why.into(), &[]);
        }
    }
}

/// What is to be done for one account, by priority.
pub fn steps(p: &Picture<'_>, l: Lang) -> Vec<Step> {
    let mut s = Steps { p, l, out: Vec::new() };
    s.access();
    s.ways_back();
    s.others();
    s.harmed();
    s.after();
    s.out.sort_by_key(|x| x.priority);
    s.out
}

impl Made for Plan {
    fn file_name(&self) -> &'static str {
        "plan.md"
    }

    fn write(&self, of: &Material<'_>, to: &mut dyn std::io::Write) -> std::io::Result<()> {
        to.write_all(render(of).as_bytes())
    }
}

fn render(of: &Material<'_>) -> String {
    let Material { v, l, all } = of;
    let l = *l;
    let mut o = String::new();
    let _ = writeln!(o, "# {}\n", l.of("Containment plan", "Plan d'endiguement"));
    let _ = writeln!(
            o,
            "{} {}, mailtrail {}. {}\n",
            l.of("Case", "Dossier"),
            v.folder.key(),
            env!("CARGO_PKG_VERSION"),
            l.of(
                "Commands are written out to be read first; mailtrail runs none. Read from the logs only: what they do not show is not in here.",
                "Les commandes sont écrites pour être relues d'abord ; mailtrail n'en exécute aucune. Établi d'après les seuls journaux : ce qu'ils ne montrent pas n'y est pas."
            )
        );
    if all.is_empty() {
        let none = l.of(
            "No account is compromised, suspected or exposed as far as these logs show: nothing to contain.",
            "Aucun compte n'est compromis, suspect ou exposé d'après ces journaux : rien à endiguer.",
        );
        let _ = writeln!(o, "{none}");
        return o;
    }
    overview(all, l, &mut o);
    for p in all {
        account(p, l, &mut o);
    }
    o
}

/// All accounts in one table.
fn overview(all: &[Picture<'_>], l: Lang, o: &mut String) {
    let _ = writeln!(
        o,
        "| {} | {} | {} | {} |\n|---|---|---|---|",
        l.of("account", "compte"),
        l.of("verdict", "verdict"),
        l.of("since (UTC)", "depuis (UTC)"),
        l.of("at once", "immédiatement")
    );
    for p in all {
        let now = match p.verdict {
            Verdict::Compromised | Verdict::Suspected => {
                l.of("lock, end sessions, new password", "bloquer, fermer les sessions, nouveau mot de passe")
            }
            _ => l.of("new password", "nouveau mot de passe"),
        };
        let _ = writeln!(
            o,
            "| {} | {} | {} | {now} |",
            markdown(p.account()),
            l.verdict(p.verdict.as_str()),
            p.span().0.get(..16).unwrap_or("").replace('T', " ")
        );
    }
}

fn account(p: &Picture<'_>, l: Lang, o: &mut String) {
    let _ = writeln!(o, "\n## {}\n", markdown(p.account()));
    let _ = writeln!(o, "{}, score {}.", l.verdict(p.verdict.as_str()), markdown(p.suspect.get("score")));
    if p.admin_acts > 0 {
        let _ = writeln!(
            o,
            "\n**{}**",
            l.of(
                "This account administers: what it may do concerns the whole organisation.",
                "Ce compte administre : ce qu'il peut faire concerne toute l'organisation."
            )
        );
    }
    let steps = steps(p, l);
    for priority in Priority::ALL {
        let of: Vec<&Step> = steps.iter().filter(|s| s.priority == priority).collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(o, "\n### {}\n", priority.title(l));
        for s in of {
            let why = if s.why.is_empty() { String::new() } else { format!(" — {}", markdown(&s.why)) };
            let _ = writeln!(o, "- [ ] **{}**{why}\n", markdown(&s.what));
            for (platform, lines) in &s.commands {
                if p.platforms.len() > 1 {
                    let _ = writeln!(o, "{}:\n", platform.name());
                }
                let _ = writeln!(o, "{}", block(commands::language(*platform), lines));
            }
        }
    }
}
