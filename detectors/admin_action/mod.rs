//! Administrative acts that blind or open a tenant. See `README.md`.

mod class;
mod lookalike;

use super::change::{self, Act};
use crate::events::kinds::Action;
use crate::evidence::setting::done;
use crate::evidence::{Context, Detector, Family, Survey};
use class::Class;
use lookalike::Names;
use std::collections::BTreeSet;

pub struct AdminAction;

const ID: &str = "admin_action";
const MINUTE: i64 = 60_000_000;

impl Detector for AdminAction {
    crate::evidence::about!(ID);

    /// Once for the tenant: look-alike names are looked up among all names.
    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        let mut names = None;
        for i in 0..cx.events.accounts.len() {
            let account = cx.account(i);
            if account.name.is_empty() {
                continue;
            }
            let mut found: Vec<(Class, u32)> =
                (account.from..account.to).filter_map(|r| Some((class_of(cx, r)?, r))).collect();
            // By class, then as the table has them: by time.
            found.sort_by_key(|(c, r)| (c.id, *r));
            for same in found.chunk_by(|a, b| a.0.id == b.0.id) {
                let rows: Vec<u32> = same.iter().map(|f| f.1).collect();
                let mut days: BTreeSet<u32> = BTreeSet::new();
                for rows in change::occasions(cx, &rows, 30 * MINUTE) {
                    let day = cx.profile.clock.day(cx.v.time[rows[0] as usize]);
                    let before = days.range(..day).count();
                    days.insert(day);
                    let names = names.get_or_insert_with(|| every_name(cx));
                    let act = occasion(cx, rows, before, names);
                    out.evidence.extend(act.and_then(|a| a.weigh(cx, &account, cx.threshold(ID, "min_weight"))));
                }
            }
        }
    }
}

fn class_of(cx: &Context<'_>, row: u32) -> Option<Class> {
    let r = row as usize;
    let action = Action::from_u8(cx.v.action[r]);
    let ours = matches!(
        action,
        Action::AuditPolicy | Action::Admin | Action::Role | Action::TransportRule | Action::UserChange
    );
    if !ours || !done(&cx.v, r) {
        return None;
    }
    class::of(action, change::operation(cx, row), cx.events.detail(&cx.v, r).as_ref())
}

fn every_name(cx: &Context<'_>) -> Names {
    let people = cx.events.accounts.iter().map(|a| cx.events.dicts.people.get(a.0));
    Names::new(people.chain(cx.domains.iter().map(String::as_str)))
}

/// The names that an act created or touched.
fn made<'c>(cx: &'c Context<'_>, row: u32) -> impl Iterator<Item = &'c str> {
    let r = row as usize;
    let said = cx.events.object(&cx.v, r).into_iter();
    said.chain(Some(cx.events.dicts.people.get(cx.v.target[r])).filter(|t| !t.is_empty()))
}

fn occasion(cx: &Context<'_>, rows: Vec<u32>, before: usize, names: &Names) -> Option<Act> {
    let (class, row) = rows
        .iter()
        .filter_map(|&r| Some((class_of(cx, r)?, r)))
        .max_by(|a, b| a.0.weight.total_cmp(&b.0.weight).then(b.1.cmp(&a.1)))?;
    let mut terms = vec![(class.weight, format!("{}: {}", change::operation(cx, row), class.words))];
    if before >= 3 {
        terms.push((-0.7 * class.weight, format!("this person did such things on {before} earlier days")));
    }
    let alike = rows.iter().take(50).find_map(|&r| made(cx, r).find_map(|n| Some((n, names.like(n)?))));
    if let Some((new, known)) = alike {
        terms.push((1.5, format!("“{new}” is made to look like “{known}”")));
    }
    if class::is_user_creation(class) && rows.len() >= 3 {
        terms.push((-0.25, format!("{} at once, as in a roll-out", rows.len())));
    }
    let on = change::on_whom(cx, row);
    let mut title = class.words.to_string();
    if let Some(c) = title.get_mut(0..1) {
        c.make_ascii_uppercase();
    }
    Some(Act {
        detector: ID,
        family: Family::Persistence,
        terms,
        cap: 4.0,
        calm_cap: 4.0,
        home_cap: 0.9,
        title: title + &on,
        marks: Vec::new(),
        rows,
    })
}
