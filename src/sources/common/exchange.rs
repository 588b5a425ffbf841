//! The frame of Exchange Server's own text logs: directives, then CSV with one record a line, times UTC.
//! Fields are found by name, since each cumulative update adds some; parts that lost their head are
//! known by the shape of their first row.

use super::w3c::{self, Heads, Section};
use crate::read::csv::Row;
use crate::sources::{Line, LineSink};
use std::borrow::Cow;

/// Which of the logs a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Tracking,
    HttpProxy,
    Ews,
    Imap,
    Pop,
    SmtpReceive,
    /// Commands of remote PowerShell.
    Cmdlet,
    /// The audit queue on disk, records as JSON.
    Audit,
    EcpServer,
    EcpActivity,
    /// Written by Exchange; nothing in it is of use here.
    Other,
}

/// An Exchange log with its heads.
pub struct Log {
    pub kind: Kind,
    pub heads: Heads,
    /// The head was lost; the fields are those of the version that wrote most of them.
    pub guessed: bool,
}

const TRACKING: &str = "date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,\
internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,\
related-recipient-address,reference,message-subject,sender-address,return-path,message-info,directionality,tenant-id,\
original-client-ip,original-server-ip,custom-data,transport-traffic-type,log-id,schema-version";
const SMTP: &str =
    "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context";
const MAILBOX: &str =
    "datetime,sessionid,seqnumber,sip,cip,user,duration,rqsize,rpsize,command,parameters,context,puid";

/// The Exchange log that a text is, if it is one.
pub fn recognise(text: &str) -> Option<Log> {
    if let Some(heads) = Heads::read(text) {
        let by_software = heads.software.starts_with("Microsoft Exchange");
        let by_type = heads.log_type.contains("Log") && !heads.software.contains("Internet Information");
        if !(by_software || heads.software.is_empty() && by_type) {
            return None;
        }
        let kind = of_type(&heads.log_type)
            .or_else(|| heads.sections.iter().find_map(|s| of_fields(&s.fields)))
            .unwrap_or(Kind::Other);
        return Some(Log { kind, heads, guessed: false });
    }
    let first = text.lines().find(|l| !l.trim().is_empty())?;
    let with =
        |fields: Vec<String>| Heads { sections: vec![Section { start: 0, fields, date: None }], ..Heads::default() };
    let plain = w3c::names(first);
    if let Some(kind) = of_fields(&plain) {
        return Some(Log { kind, heads: with(plain), guessed: false });
    }
    let (kind, fields) = of_row(first)?;
    Some(Log { kind, heads: with(w3c::names(fields)), guessed: true })
}

fn of_type(log_type: &str) -> Option<Kind> {
    let t = log_type.to_ascii_lowercase();
    Some(match t.as_str() {
        "message tracking log" => Kind::Tracking,
        "httpproxy logs" => Kind::HttpProxy,
        "ews logs" => Kind::Ews,
        "smtp receive protocol log" => Kind::SmtpReceive,
        "rps cmdlet logs" => Kind::Cmdlet,
        "audit" => Kind::Audit,
        "ecp server log" => Kind::EcpServer,
        "ecp activity context log" => Kind::EcpActivity,
        t if t.starts_with("imap4") => Kind::Imap,
        t if t.starts_with("pop3") => Kind::Pop,
        "" => return None,
        _ => Kind::Other,
    })
}

fn of_fields(fields: &[String]) -> Option<Kind> {
    let has = |n: &str| fields.iter().any(|f| f == n);
    if has("date-time") && has("event-id") && has("recipient-address") {
        Some(Kind::Tracking)
    } else if has("requestid") && has("urlstem") && has("authenticateduser") {
        Some(Kind::HttpProxy)
    } else if has("requestid") && has("soapaction") && has("authenticateduser") {
        Some(Kind::Ews)
    } else if has("datetime") && has("sessionid") && has("cip") && has("command") {
        Some(Kind::Imap)
    } else if has("date-time") && has("session-id") && has("remote-endpoint") && has("event") {
        Some(Kind::SmtpReceive)
    } else if has("cmdlet") && has("authenticateduser") && has("parameters") {
        Some(Kind::Cmdlet)
    } else {
        None
    }
}

/// Log and fields by the shape of a row.
fn of_row(line: &str) -> Option<(Kind, &'static str)> {
    let mut row = Row::default();
    row.split(line, b',');
    let time = row.raw(0);
    if !time.ends_with('Z') || super::time::parse_iso(time).is_none() {
        return None;
    }
    let endpoint = |i: usize| super::addr::parse(row.raw(i)).is_some() && row.raw(i).contains(':');
    let number = |i: usize| row.raw(i).parse::<u64>().is_ok();
    match row.len() {
        8..=10 if number(3) && endpoint(4) && endpoint(5) && matches!(row.raw(6), "+" | "-" | ">" | "<" | "*") => {
            Some((Kind::SmtpReceive, SMTP))
        }
        11..=14 if number(2) && endpoint(3) && endpoint(4) && number(6) && number(7) => {
            let pop = row.raw(3).ends_with(":110") || row.raw(3).ends_with(":995") || row.cell(11).contains("-ERR");
            Some((if pop { Kind::Pop } else { Kind::Imap }, MAILBOX))
        }
        21..=34 if is_event(row.raw(8)) && is_event(row.raw(7)) => Some((Kind::Tracking, TRACKING)),
        _ => None,
    }
}

fn is_event(t: &str) -> bool {
    t.len() >= 3 && t.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

/// Is a line a directive, or a header row (again, in joined files)?
pub fn is_structure(log: &Log, line: &str, offset: usize) -> bool {
    if w3c::is_directive(line) {
        return true;
    }
    let first = log.heads.at(offset).and_then(|s| s.fields.first());
    let cell = line.split(',').next().unwrap_or("").trim_start_matches('\u{feff}').trim_matches('"');
    first.is_some_and(|f| cell.eq_ignore_ascii_case(f))
}

/// Calls `each` for the rows of a log.
pub fn rows<'t>(
    log: &Log,
    lines: &mut dyn Iterator<Item = Line<'t>>,
    out: &mut LineSink<'_, '_>,
    mut each: impl FnMut(Line<'t>, &Row<'t>, usize, &mut LineSink<'_, '_>),
) {
    let mut row = Row::default();
    for line in lines {
        let after = log.heads.sections.partition_point(|s| s.start <= line.offset);
        let Some(section) = after.checked_sub(1) else {
            out.reject(line, crate::events::sink::Reject::new("no #Fields line before this line"));
            continue;
        };
        row.split(line.text, b',');
        each(line, &row, section, out);
    }
}

/// The cell of a field that this head may not have.
pub fn cell<'t>(row: &Row<'t>, at: Option<usize>) -> Cow<'t, str> {
    at.map(|i| row.cell(i)).filter(|t| !super::keys::is_none(t)).unwrap_or_default()
}

/// The cell as it stands, without quotes around it.
pub fn raw<'t>(row: &Row<'t>, at: Option<usize>) -> &'t str {
    at.map(|i| row.raw(i).trim().trim_matches('"')).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_without_head_is_known_by_its_row() {
        let of = |t: &str| recognise(t).map(|l| l.kind);
        let imap =
            "2022-07-20T21:28:50.530Z,000E,2,192.168.9.241:143,192.168.9.212:35070,u,168,31,31,login,PLAIN,R=OK,";
        assert_eq!(of(imap), Some(Kind::Imap));
        assert_eq!(of(&imap.replace(":143", ":995")), Some(Kind::Pop));
        assert_eq!(
            of("2022-07-20T21:12:06.270Z,EX\\Default EX,08DA,9,192.168.9.241:25,192.168.9.212:53722,>,535 5.7.3 x,"),
            Some(Kind::SmtpReceive)
        );
        assert_eq!(of("a,b\n1,2\n"), None);
        assert_eq!(of("#Software: Microsoft Internet Information Services 10.0\n#Fields: date\n"), None);
        assert_eq!(of("#Software: Microsoft Exchange Server\n#Log-type: Agent Log\n#Fields: a,b\n"), Some(Kind::Other));
        assert_eq!(of("#Software: mine\n#Fields: a,b\n"), None);
    }

    #[test]
    fn a_plain_header_row_stands_for_the_directive() {
        let t = "date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\n";
        assert_eq!(recognise(t).map(|l| (l.kind, l.guessed)), Some((Kind::SmtpReceive, false)));
    }
}
