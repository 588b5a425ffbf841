//! Applications that somebody let into a mailbox, and secrets added to applications. See `README.md`.

mod scopes;

use super::change::{self, Act};
use super::known_apps::{self, Known};
use crate::events::kinds::{Action, Outcome};
use crate::evidence::setting::done;
use crate::evidence::{Account, Context, Detector, Evidence, Family, Mark, MarkKind};
use crate::profile::apps;
use std::collections::BTreeSet;

pub struct OauthConsent;

const ID: &str = "oauth_consent";
const MINUTE: i64 = 60_000_000;
/// Most records after a consent that are looked through for the application at work.
const LOOK: u32 = 5_000;

impl Detector for OauthConsent {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let gap = 5 * MINUTE;
        let min = cx.threshold(ID, "min_weight");
        let granted: Vec<u32> = account.rows_of(&cx.v, Action::Consent).filter(|&r| is_grant(cx, r)).collect();
        for rows in change::occasions(cx, &granted, gap) {
            if let Some(a) = consent(cx, account, rows) {
                out.extend(a.weigh(cx, account, min));
            }
        }
        let secrets: Vec<u32> =
            account.rows_of(&cx.v, Action::Application).filter(|&r| secret(cx, r).is_some()).collect();
        for rows in change::occasions(cx, &secrets, 30 * MINUTE) {
            out.extend(credentials(cx, &secrets, rows).and_then(|a| a.weigh(cx, account, min)));
        }
    }
}

/// Given, not merely asked for, refused or taken back.
fn is_grant(cx: &Context<'_>, row: u32) -> bool {
    let op = change::operation(cx, row).to_ascii_lowercase();
    done(&cx.v, row as usize)
        && cx.v.outcome[row as usize] != Outcome::Interrupted as u8
        && !["remove", "revoke", "delete", "request", "deny", "block"].iter().any(|w| op.contains(w))
}

/// What is known of an application from the records of one consent.
#[derive(Default)]
struct App {
    ids: BTreeSet<u32>,
    names: Vec<String>,
    scopes: Vec<String>,
    has_scopes: bool,
    of_app: bool,
    for_all: bool,
    rogue: Option<&'static Known>,
}

fn read(cx: &Context<'_>, rows: &[u32]) -> App {
    let mut a = App::default();
    for &r in rows.iter().take(50) {
        let row = r as usize;
        let op = change::operation(cx, r).to_ascii_lowercase();
        a.of_app |= op.contains("assignment to service principal") || op.contains("authorize_api_client");
        let app = cx.v.guise_of(row).app_id;
        if app != 0 {
            a.ids.insert(app);
            let found = known_apps::rogue(cx.events.dicts.texts.get(app));
            a.rogue = [a.rogue, found].into_iter().flatten().max_by(|x, y| x.weight.total_cmp(&y.weight));
        }
        let Some(d) = cx.events.detail(&cx.v, row) else { continue };
        let yes = |n: &str| d.get(n).is_some_and(|v| v.eq_ignore_ascii_case("true"));
        a.of_app |= yes("ConsentContext.IsAppOnly");
        a.for_all |= yes("ConsentContext.OnBehalfOfAll")
            || d.get("DelegatedPermissionGrant.ConsentType") == Some("AllPrincipals");
        if let Some(s) = d.get("Scope") {
            a.has_scopes = true;
            a.scopes.extend(s.split([' ', ',', ';']).filter(|s| !s.is_empty()).take(100).map(str::to_string));
        }
        // A grant names the resource (Microsoft Graph); the application stands in a property.
        let name = d
            .get("ServicePrincipal.DisplayName")
            .or(d.get("ServicePrincipal.Name"))
            .or(if op.contains("grant") { None } else { d.name.as_deref() });
        if let Some(n) = name.filter(|n| !n.trim().is_empty() && !a.names.iter().any(|x| x == n)) {
            a.names.push(n.to_string());
        }
    }
    a
}

fn consent(cx: &Context<'_>, account: &Account<'_>, rows: Vec<u32>) -> Option<Act> {
    let app = read(cx, &rows);
    let list: Vec<&str> = app.scopes.iter().map(String::as_str).collect();
    let (weight, grave) = scopes::sum(&list, app.of_app);
    let mut terms = Vec::new();
    if weight > 0.0 {
        let whose = if app.of_app { " for every mailbox" } else { "" };
        terms.push((weight, format!("allows {}{whose}", grave.join(", "))));
    } else if !app.has_scopes {
        terms.push((0.5, "the record does not say what it allows".to_string()));
    }
    if let Some(k) = app.rogue {
        terms.push((k.weight, format!("{} {} and turns up in stolen mailboxes", k.name, k.use_)));
    }
    if terms.is_empty() {
        return None;
    }
    let people = cx.profile.habits.people;
    let others = app.ids.iter().map(|&id| cx.profile.apps.others(id, account.index)).min();
    if let Some(n) = others {
        let common = -((f64::from(n) + 0.5) / (0.01 * f64::from(people) + 0.5)).ln();
        // Two or three may all be victims of one hand: only a good number of colleagues excuses.
        let least = if f64::from(n) < (0.02 * f64::from(people)).max(3.0) { 0.0 } else { -2.0 };
        terms.push((common.clamp(least, 1.5), format!("{n} of {} colleagues have it", people.saturating_sub(1))));
    }
    if let Some(why) = app.names.iter().find_map(|n| odd_name(n, account.name)) {
        terms.push((0.75, why));
    }
    if app.for_all && weight > 0.0 {
        terms.push((0.5, "given for the whole organisation".to_string()));
    }
    if works_from_rented(cx, account, &app, rows[0]) {
        terms.push((1.0, "the application then came from a rented server".to_string()));
    }
    // A tenant rolls a mail program out: many consents in the same days.
    let day = cx.profile.clock.day(cx.v.time[rows[0] as usize]);
    let around = cx.profile.habits.others_around(Action::Consent, account.index, day);
    if app.rogue.is_none()
        && others.is_none_or(|n| n >= 3)
        && let Some((f, said)) = change::campaign(around, people)
    {
        let sum: f64 = terms.iter().map(|t| t.0).sum();
        terms.push(((f - 1.0) * sum.max(0.0), said));
    }
    let shown = match &app.names[..] {
        [] => "an application".to_string(),
        [one] => format!("“{one}”"),
        many => many.iter().take(3).map(|n| format!("“{n}”")).collect::<Vec<_>>().join(", "),
    };
    let damning = app.rogue.is_some_and(|k| k.weight >= 4.0);
    let marks =
        app.ids.iter().map(|&id| Mark { kind: MarkKind::AppId, value: cx.events.dicts.texts.get(id).to_string() });
    Some(Act {
        detector: ID,
        family: Family::App,
        terms,
        cap: 4.0,
        calm_cap: 4.0,
        home_cap: if damning { 1.5 } else { 0.9 },
        title: format!("Let {shown} in{}", if app.for_all { " for everybody" } else { "" }),
        marks: marks.collect(),
        rows,
    })
}

/// A name that no vendor would give, or that is the person's own.
fn odd_name(name: &str, account: &str) -> Option<String> {
    let n = name.trim().to_lowercase();
    let local = account.split('@').next().unwrap_or(account);
    let own = local.replace(['.', '_', '-'], " ");
    if !n.is_empty() && !n.chars().any(char::is_alphanumeric) {
        Some(format!("the name “{name}” has no letter"))
    } else if ["test", "test app", "testapp", "app", "myapp", "my app", "new app"].contains(&n.as_str()) {
        Some(format!("the name “{name}” is a placeholder"))
    } else if n == account || n == local || n == own {
        Some("named after the person".to_string())
    } else {
        None
    }
}

/// After the consent, did the application itself come from a rented network?
fn works_from_rented(cx: &Context<'_>, account: &Account<'_>, app: &App, row: u32) -> bool {
    let to = account.to.min(row.saturating_add(LOOK));
    (row + 1..to).any(|r| {
        let a = &cx.enrich.addresses[cx.v.ip[r as usize] as usize];
        app.ids.contains(&apps::key(&cx.v, r as usize))
            && matches!(Action::from_u8(cx.v.action[r as usize]), Action::MailAccess | Action::SignIn)
            && a.is_client()
            && a.class.is_rented_or_hidden()
    })
}

/// Weight of a new secret of an application, and words.
fn secret(cx: &Context<'_>, row: u32) -> Option<(f64, &'static str)> {
    let op = change::operation(cx, row).to_ascii_lowercase();
    if !done(&cx.v, row as usize) || op.contains("remove") || op.contains("delete") {
        None
    } else if op.contains("credential") || op.contains("certificates and secrets") || op.contains("api_token.create") {
        Some((1.5, "a secret or certificate was added to an application"))
    } else if op.contains("owner to application") || op.contains("owner to service principal") {
        Some((0.75, "an owner was added to an application"))
    } else {
        None
    }
}

fn credentials(cx: &Context<'_>, all: &[u32], rows: Vec<u32>) -> Option<Act> {
    let (weight, what) = rows.iter().filter_map(|&r| secret(cx, r)).max_by(|a, b| a.0.total_cmp(&b.0))?;
    let mut terms = vec![(weight, what.to_string())];
    let clock = &cx.profile.clock;
    let day = |r: u32| clock.day(cx.v.time[r as usize]);
    let days: BTreeSet<u32> = all.iter().map(|&r| day(r)).filter(|d| *d < day(rows[0])).collect();
    if days.len() >= 3 {
        terms.push((-0.7 * weight, format!("the person did so on {} earlier days", days.len())));
    }
    let name = rows.iter().find_map(|&r| cx.events.detail(&cx.v, r as usize)?.name.clone());
    Some(Act {
        detector: ID,
        family: Family::App,
        terms,
        cap: 4.0,
        calm_cap: 4.0,
        home_cap: 0.9,
        title: match name {
            Some(n) => format!("{} (“{n}”)", change::operation(cx, rows[0])),
            None => change::operation(cx, rows[0]).to_string(),
        },
        marks: Vec::new(),
        rows,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_vendor_gives() {
        for n in [".", "...", "test app", "ines.martin", "Ines Martin", "ines.martin@corp.example"] {
            assert!(odd_name(n, "ines.martin@corp.example").is_some(), "{n}");
        }
        for n in ["Thunderbird", "Zoom", "Testimony", ""] {
            assert!(odd_name(n, "ines.martin@corp.example").is_none(), "{n}");
        }
    }
}
