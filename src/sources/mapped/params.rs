//! `detail.*` of a mapping: parameters of rules, forwarding and permissions, under the names of
//! Exchange's cmdlets, which are what the detectors read for every vendor.

use super::Param;
use crate::config::nearest;

/// The parameters that detectors read. Others are allowed and kept with the event.
pub const KNOWN: &[&str] = &[
    "BodyContainsWords",
    "CopyToFolder",
    "DeleteMessage",
    "DeliverToMailboxAndForward",
    "ForwardAsAttachmentTo",
    "ForwardTo",
    "ForwardingAddress",
    "ForwardingSmtpAddress",
    "From",
    "FromAddressContainsWords",
    "HeaderContainsWords",
    "MarkAsRead",
    "MoveToFolder",
    "PermanentDelete",
    "RecipientAddressContainsWords",
    "RedirectTo",
    "RuleOperation",
    "RuleState",
    "SentTo",
    "SoftDeleteMessage",
    "StopProcessingRules",
    "SubjectContainsWords",
    "SubjectOrBodyContainsWords",
    "WithinSizeRangeMaximum",
    "WithinSizeRangeMinimum",
];

/// Takes `detail` out of the sections `fields`, `values` and `constants`.
///
/// # Errors
/// One line: a value of the wrong kind, or a name that is nearly a known one.
pub fn take(raw: &mut toml::Table) -> Result<Vec<Param>, String> {
    let mut out: Vec<Param> = Vec::new();
    for section in ["fields", "values", "constants"] {
        for (name, value) in entries(raw, section)? {
            let at = format!("{section}.detail.{name}");
            let name = spelled(&at, &name)?;
            let i = out.iter().position(|p| p.name == name).unwrap_or(out.len());
            if i == out.len() {
                if section == "values" {
                    return Err(format!("{at}: there is no fields.detail.{name} to read the words from"));
                }
                out.push(Param { name, ..Param::default() });
            }
            let Some(p) = out.get_mut(i) else { continue };
            match section {
                "fields" => p.fields = names(&at, &value)?,
                "values" => {
                    let table = value.as_table().ok_or_else(|| format!("{at} is not a table of words"))?;
                    for (word, meaning) in table {
                        p.words.insert(word.trim().to_lowercase(), scalar(&format!("{at}.{word}"), meaning)?);
                    }
                }
                _ => p.constant = Some(scalar(&at, &value)?),
            }
        }
    }
    Ok(out)
}

/// `detail.X` of a section, written `detail.X = ` or `"detail.X" = `.
fn entries(raw: &mut toml::Table, section: &str) -> Result<Vec<(String, toml::Value)>, String> {
    let Some(t) = raw.get_mut(section).and_then(toml::Value::as_table_mut) else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    if let Some(v) = t.remove("detail") {
        let toml::Value::Table(inner) = v else { return Err(format!("{section}.detail is not a table")) };
        out.extend(inner);
    }
    let quoted: Vec<String> = t.keys().filter(|k| k.starts_with("detail.")).cloned().collect();
    for k in quoted {
        if let Some(v) = t.remove(&k) {
            out.push((k.trim_start_matches("detail.").to_string(), v));
        }
    }
    Ok(out)
}

/// The name as Exchange spells it. A near miss would be an event that no detector understands.
fn spelled(at: &str, name: &str) -> Result<String, String> {
    if let Some(k) = KNOWN.iter().find(|k| k.eq_ignore_ascii_case(name)) {
        return Ok((*k).to_string());
    }
    match nearest(name, KNOWN.iter().copied()) {
        near if near.is_empty() => Ok(name.to_string()),
        near => Err(format!("{at}: {name} is no parameter that a detector reads{near}")),
    }
}

fn names(at: &str, v: &toml::Value) -> Result<Vec<String>, String> {
    let bad = || format!("{at} names no field");
    let list = match v {
        toml::Value::String(s) => vec![s.clone()],
        toml::Value::Array(a) => {
            a.iter().map(|x| x.as_str().map(str::to_string)).collect::<Option<_>>().ok_or_else(bad)?
        }
        _ => return Err(bad()),
    };
    if list.is_empty() || list.iter().any(|n| n.trim().is_empty()) { Err(bad()) } else { Ok(list) }
}

fn scalar(at: &str, v: &toml::Value) -> Result<String, String> {
    match v {
        toml::Value::String(s) => Ok(s.clone()),
        // As PowerShell writes them.
        toml::Value::Boolean(b) => Ok(if *b { "True" } else { "False" }.to_string()),
        toml::Value::Integer(n) => Ok(n.to_string()),
        _ => Err(format!("{at} is neither a word, a number nor true or false")),
    }
}
