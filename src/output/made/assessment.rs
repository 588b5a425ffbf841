//! `assessment.json`: the qualification of the incident as far as logs can carry it. What only a person can answer
//! is left open (`null`) and marked so.

use super::lang::Lang;
use super::picture::Picture;
use super::{Made, Material};
use crate::case::CaseView;
use crate::score::Verdict;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub struct AssessmentJson;

/// The scale, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    Anomaly,
    Minor,
    Major,
    /// Never proposed: whether an organisation is in a crisis is for its people to say.
    Crisis,
}

impl Gravity {
    pub const ALL: [Gravity; 4] = [Gravity::Anomaly, Gravity::Minor, Gravity::Major, Gravity::Crisis];

    /// The word of the French scale, which is the one that people are asked for.
    pub fn fr(self) -> &'static str {
        match self {
            Gravity::Anomaly => "anomalie courante",
            Gravity::Minor => "incident mineur",
            Gravity::Major => "incident majeur",
            Gravity::Crisis => "crise cyber",
        }
    }

    pub fn en(self) -> &'static str {
        match self {
            Gravity::Anomaly => "everyday anomaly",
            Gravity::Minor => "minor incident",
            Gravity::Major => "major incident",
            Gravity::Crisis => "cyber crisis",
        }
    }

    pub fn word(self, l: Lang) -> &'static str {
        l.of(self.en(), self.fr())
    }
}

/// What the logs propose, and why.
pub struct Proposal {
    pub gravity: Gravity,
    pub why: Vec<String>,
}

/// Accounts entered from which an incident is major.
const MANY: usize = 3;

/// The least gravity that the evidence calls for.
pub fn propose(all: &[Picture<'_>], l: Lang) -> Proposal {
    let entered: Vec<&Picture<'_>> = all.iter().filter(|p| p.entered()).collect();
    let compromised = all.iter().filter(|p| p.verdict == Verdict::Compromised).count();
    let mut why = Vec::new();
    let mut gravity = Gravity::Anomaly;
    if entered.is_empty() {
        why.push(if all.is_empty() {
            l.of(
                "no account is held to be entered or known to others",
                "aucun compte n'est jugé compromis, aucun mot de passe connu de tiers",
            )
            .into()
        } else {
            l.of(
                "passwords are known to others, no mailbox was reached",
                "des mots de passe sont connus de tiers, aucune boîte n'a été atteinte",
            )
            .into()
        });
        return Proposal { gravity, why };
    }
    let mut at_least = |g: Gravity, reason: String| {
        gravity = gravity.max(g);
        why.push(reason);
    };
    let n = entered.len() as u64;
    at_least(
        Gravity::Minor,
        l.count(
            n,
            ("account was entered", "accounts were entered"),
            ("compte où un intrus est entré", "comptes où un intrus est entré"),
        ),
    );
    if compromised >= MANY {
        at_least(Gravity::Major, l.of("several accounts at once", "plusieurs comptes à la fois").into());
    }
    for p in &entered {
        if p.admin_acts > 0 {
            at_least(Gravity::Major, format!("{} {}", p.account(), l.of("administers", "administre")));
        }
        if p.found("outbound_burst") {
            let text = l.of("sent mass mail", "a envoyé des courriels en masse");
            at_least(Gravity::Major, format!("{} {text}", p.account()));
        }
        if p.found("admin_action") {
            let text = l.of("changed the organisation's settings", "a modifié les réglages de l'organisation");
            at_least(Gravity::Major, format!("{} {text}", p.account()));
        }
        if p.sends_out() {
            let text = l.of("mail was forwarded outside", "du courrier a été transféré au-dehors");
            at_least(Gravity::Major, format!("{}{} {text}", p.account(), l.of(":", " :")));
        }
    }
    Proposal { gravity, why }
}

/// Questions that no log answers: key, English, French.
pub const OPEN: [(&str, &str, &str); 8] = [
    (
        "person_confirms",
        "Does the person confirm that the sign-ins and rules are not theirs?",
        "La personne confirme-t-elle que les connexions et les règles ne sont pas les siennes ?",
    ),
    (
        "sensitive_content",
        "Did the mailbox hold health data, payroll, bank details, contracts, passwords?",
        "La boîte contenait-elle des données de santé, de paie, des RIB, des contrats, des mots de passe ?",
    ),
    (
        "payments",
        "Was a payment or a change of bank details made on a message of the period?",
        "Un paiement ou un changement de RIB a-t-il été fait sur un message de la période ?",
    ),
    (
        "business_stop",
        "Does the organisation's work stand still, or would it if the account is locked?",
        "L'activité est-elle arrêtée, ou le serait-elle si le compte est bloqué ?",
    ),
    (
        "other_systems",
        "Is the same password used elsewhere (VPN, business applications)?",
        "Le même mot de passe sert-il ailleurs (VPN, applications métier) ?",
    ),
    ("workstation", "Is the person's own machine clean?", "Le poste de la personne est-il sain ?"),
    (
        "means",
        "Are people and rights at hand to contain it now?",
        "Les personnes et les droits pour endiguer sont-ils disponibles maintenant ?",
    ),
    (
        "obligations",
        "Which duties apply: data protection authority (72 hours), national agency, insurer, complaint?",
        "Quelles obligations s'appliquent : CNIL (72 heures), ANSSI ou CSIRT, assureur, plainte ?",
    ),
];

fn names(all: &[Picture<'_>], v: Verdict) -> Vec<String> {
    all.iter().filter(|p| p.verdict == v).map(|p| p.account().to_string()).collect()
}

fn impact(all: &[Picture<'_>]) -> Value {
    let mut by: Map<String, Value> = Map::new();
    for p in all.iter().filter(|p| p.entered()) {
        let exposed: Map<String, Value> = p
            .exposed
            .iter()
            .map(|(k, e)| {
                let objects: Vec<Value> =
                    e.names.iter().take(20).map(|(n, c)| json!({ "name": n, "records": c })).collect();
                (
                    (*k).to_string(),
                    json!({
                        "records": e.events,
                        "first": crate::profile::clock::rfc3339(e.first),
                        "last": crate::profile::clock::rfc3339(e.last),
                        "named": e.named,
                        "names": objects,
                    }),
                )
            })
            .collect();
        by.insert(
            p.account().to_string(),
            json!({
                "in_windows_of_the_intruder": exposed,
                "rules": p.rules.iter().map(|(m, n)| json!({ "mailbox": m, "name": n })).collect::<Vec<_>>(),
                "forwarded_to": p.listed("email"),
                "applications_let_in": p.listed("app-id"),
                "devices": p.listed("device-id"),
                "ways_back": p.found("persistence_method"),
                "mass_mailing": p.found("outbound_burst"),
                "traces_removed": p.found("trace_removal"),
            }),
        );
    }
    Value::Object(by)
}

/// The last event of an intruder within a day of the end of the logs: nothing says that it is over.
fn ongoing(v: &CaseView, all: &[Picture<'_>]) -> bool {
    let at = |t: &str| t.parse::<chrono::DateTime<chrono::Utc>>().ok();
    let Some(end) = at(v.last()) else { return false };
    all.iter().filter(|p| p.entered()).filter_map(|p| at(p.span().1)).any(|t| end - t < chrono::Duration::days(1))
}

impl Made for AssessmentJson {
    fn file_name(&self) -> &'static str {
        "assessment.json"
    }

    fn write(&self, of: &Material<'_>, to: &mut dyn std::io::Write) -> std::io::Result<()> {
        to.write_all(render(of).as_bytes())
    }
}

fn render(of: &Material<'_>) -> String {
    let Material { v, l, all } = of;
    let (v, l) = (*v, *l);
    let proposal = propose(all, l);
    let privileged: Vec<Value> = all
        .iter()
        .filter(|p| p.admin_acts > 0)
        .map(|p| json!({ "account": p.account(), "administrative_acts_of_its_own": p.admin_acts }))
        .collect();
    let first = all.iter().map(|p| p.span().0).filter(|t| !t.is_empty()).min();
    let entered = all.iter().filter(|p| p.entered()).map(|p| p.span().0).min();
    let countries: BTreeSet<&str> = all.iter().flat_map(|p| p.suspect.list("countries")).collect();
    let confirmed = match all.iter().map(|p| p.verdict).max() {
        Some(Verdict::Compromised) => "yes",
        Some(Verdict::Suspected) => "likely",
        Some(Verdict::Exposed) => "password known, mailbox not reached",
        _ => "no, as far as these logs show",
    };
    let open: Vec<Value> =
        OPEN.iter().map(|(k, en, fr)| json!({ "id": k, "question": l.of(en, fr), "answer": null })).collect();
    let m = &v.folder.manifest;
    let doc = json!({
        "tool": "mailtrail",
        "version": env!("CARGO_PKG_VERSION"),
        "case": v.folder.key(),
        "language": l.code(),
        "made_from_logs_only": true,
        "incident_confirmed": confirmed,
        "perimeter": {
            "accounts_in_logs": v.accounts,
            "accounts_that_signed_in": m["accounts_that_signed_in"],
            "compromised": names(all, Verdict::Compromised),
            "suspected": names(all, Verdict::Suspected),
            "exposed": names(all, Verdict::Exposed),
            "only_watched": v.count(Verdict::Watch),
            "privileged_accounts_touched": privileged,
            "tenant_domains": v.domains(),
            "countries_of_the_intruder": countries,
            "campaigns": v.campaigns.iter().map(|c| &c.title).collect::<Vec<_>>(),
        },
        "impact": impact(all),
        "urgency": {
            "first_anomaly": first,
            "first_entry": entered,
            "last_act_of_the_intruder": all.iter().filter(|p| p.entered()).map(|p| p.span().1).max(),
            "logs_end": m["last"],
            "may_be_going_on": ongoing(v, all),
        },
        "severity": {
            "scale": Gravity::ALL.map(Gravity::fr),
            "proposed": proposal.gravity.fr(),
            "in_words": proposal.gravity.word(l),
            "why": proposal.why,
            "decided": null,
            "note": l.of(
                "the least that the logs call for; the open questions may raise it, and only a person declares a crisis",
                "le minimum que les journaux imposent ; les questions ouvertes peuvent l'élever, et seule une personne déclare une crise",
            ),
        },
        "open_questions": open,
        "limits": {
            "detectors_not_evaluated": m["detectors_not_evaluated"],
            "kinds_of_log_absent": v.coverage["absent"],
            "logs_begin": m["first"],
        },
    });
    let mut text = serde_json::to_string_pretty(&doc).unwrap_or_default();
    text.push('\n');
    text
}
