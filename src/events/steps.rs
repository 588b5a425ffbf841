//! Authentication steps that an export keeps in a file of its own: each is given to its sign-in.

use super::PartSummary;
use super::build::Rules;
use super::columns::Rows;
use super::details::Details;
use super::kinds::{Action, Mfa, ResultClass, flag};
use super::sink::{Detail, Step};
use rustc_hash::FxHashMap;

/// Fills the second factor's result and the methods of the sign-ins that these steps belong to; each
/// step comes with the part it stands in.
pub fn join(
    all: &mut Rows<'_>,
    details: &mut Details,
    keep: &[bool],
    mut steps: Vec<(u32, Step)>,
    rules: &Rules<'_>,
    parts: &mut [PartSummary],
) {
    if steps.is_empty() {
        return;
    }
    steps.sort_by_key(|(part, s)| (s.sign_in, s.time, *part));
    let mut row_of: FxHashMap<u128, usize> = FxHashMap::default();
    for (i, kept) in keep.iter().enumerate() {
        let rich = (rules.family)(all.source[i], all.action[i]) == rules.rich_family;
        if *kept && rich && all.action[i] == Action::SignIn as u8 && all.flags[i] & flag::GUID != 0 {
            row_of.insert(u128::from(all.key_hi[i]) << 64 | u128::from(all.key_lo[i]), i);
        }
    }
    for group in steps.chunk_by(|a, b| a.1.sign_in == b.1.sign_in) {
        let row = group.first().and_then(|(_, s)| row_of.get(&s.sign_in)).copied();
        for (p, _) in group {
            if let Some(p) = parts.get_mut(*p as usize) {
                *(if row.is_some() { &mut p.joined_steps } else { &mut p.lone_steps }) += 1;
            }
        }
        let Some(i) = row else { continue };
        // The last step that says something is how it ended.
        if let Some((_, s)) = group.iter().rfind(|(_, s)| s.mfa != Mfa::Unknown) {
            all.mfa[i] = said(ResultClass::from_u8(all.class[i]), Mfa::from_u8(all.mfa[i]), s.mfa) as u8;
        }
        let mut methods: Vec<&str> = Vec::new();
        for (_, s) in group {
            if !s.method.is_empty() && !methods.contains(&s.method.as_str()) {
                methods.push(&s.method);
            }
        }
        if all.detail[i] == 0 && !methods.is_empty() {
            let mut d = Detail::default();
            d.add("AuthenticationMethod", &methods.join("; "));
            details.push(d);
            all.detail[i] = u32::try_from(details.len()).unwrap_or(0);
        }
    }
}

/// What is known of the second factor once the steps are: `before` is what the sign-in's own record said.
fn said(class: ResultClass, before: Mfa, steps: Mfa) -> Mfa {
    let refused = matches!(steps, Mfa::Denied | Mfa::NoResponse | Mfa::FraudReported | Mfa::Failed);
    match class {
        // Before the second factor's turn.
        ResultClass::BadCredential | ResultClass::UnknownUser => before,
        // Signed in: a refusal among the steps was overcome later.
        ResultClass::Ok if matches!(steps, Mfa::Done | Mfa::ByToken) => steps,
        ResultClass::Ok if before == Mfa::Unknown && steps == Mfa::NotRequired => steps,
        ResultClass::Ok => before,
        ResultClass::MfaFailed | ResultClass::MfaInterrupt if refused => steps,
        _ if before == Mfa::Unknown => steps,
        _ => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_more_exact_than_the_guess_from_the_requirement() {
        assert_eq!(said(ResultClass::Ok, Mfa::Done, Mfa::ByToken), Mfa::ByToken);
        assert_eq!(said(ResultClass::Ok, Mfa::Done, Mfa::Denied), Mfa::Done);
        assert_eq!(said(ResultClass::MfaFailed, Mfa::Failed, Mfa::Denied), Mfa::Denied);
        assert_eq!(said(ResultClass::BadCredential, Mfa::Unknown, Mfa::Done), Mfa::Unknown);
    }
}
