//! Rows of the Purview portal export: the audit record as JSON in a quoted cell.

use super::super::event::{Event, Op};
use super::super::rng::mix;
use super::super::text::{Guid, Stamp, cat};
use super::{Context, ual};

/// First line of the file.
pub const HEADER: &str =
    "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,AssociatedAdminUnitsNames\r\n";

/// Appends one row. `json` is scratch space reused between rows.
pub fn write(cx: &Context<'_>, e: &Event, json: &mut Vec<u8>, out: &mut Vec<u8>) {
    json.clear();
    ual::write(cx, e, json);
    let (record_type, operation) = ual::kind(e);
    let user = &cx.pop.users[e.user as usize];
    cat!(out; Guid(e.ual_id()), ",", Stamp(e.t), ".0000000Z,", record_type, ",", operation, ",");
    match e.op {
        Op::System => cat!(out; "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.Servicehost)"),
        Op::Directory => directory_actor(cx, json, out),
        // SharePoint rows are lower case already: every sign-in name here is.
        _ => cat!(out; user.upn.as_str()),
    }
    cat!(out; ",\"");
    double_quotes(json, out);
    cat!(out; "\",,\r\n");
}

/// The row's user column repeats the record's own member; reading it back keeps one rule for who
/// made a directory change.
fn directory_actor(cx: &Context<'_>, json: &[u8], out: &mut Vec<u8>) {
    let key = b"\"UserId\":\"";
    if let Some(at) = json.windows(key.len()).position(|w| w == key) {
        let value = &json[at + key.len()..];
        let end = value.iter().position(|&b| b == b'"').unwrap_or(value.len());
        out.extend_from_slice(&value[..end]);
    } else {
        cat!(out; "ServicePrincipal_", Guid(mix(cx.pop.tenant, 0xD1)));
    }
}

/// Appends `json` with every quote doubled; `json` is padded on the way.
///
/// Eight bytes at a time: there is a quote about every tenth byte, and finding it by arithmetic
/// on a whole word is several times faster than looking at each byte.
fn double_quotes(json: &mut Vec<u8>, out: &mut Vec<u8>) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const QUOTES: u64 = ONES * b'"' as u64;
    let length = json.len();
    json.resize(length + 8, 0);
    let start = out.len();
    out.resize(start + 2 * length + 8, 0);
    let cell = &mut out[start..];
    let (mut from, mut to) = (0, 0);
    while from < length {
        let mut word = [0u8; 8];
        word.copy_from_slice(&json[from..from + 8]);
        cell[to..to + 8].copy_from_slice(&word);
        // The lowest set top bit marks the first quote; higher marks may be wrong and are unused.
        let other = u64::from_le_bytes(word) ^ QUOTES;
        let marks = other.wrapping_sub(ONES) & !other & (ONES << 7);
        let step = if marks == 0 { 8 } else { marks.trailing_zeros() as usize / 8 + 1 };
        from += step;
        to += step;
        if marks != 0 {
            cell[to] = b'"';
            to += 1;
        }
    }
    // The last word may have copied some of the padding.
    out.truncate(start + to - from.saturating_sub(length));
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_are_doubled_at_every_place() {
        for n in 0..40_u32 {
            let letter = |i: u32| {
                if (i * 7 + n).is_multiple_of(3) { b'"' } else { b'a' + (i % 26) as u8 }
            };
            let mut json: Vec<u8> = (0..n).map(letter).collect();
            let wanted = String::from_utf8(json.clone()).unwrap().replace('"', "\"\"");
            let mut out = b"x".to_vec();
            super::double_quotes(&mut json, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), format!("x{wanted}"));
        }
    }
}
