//! Linux mail servers: Dovecot, Postfix, Roundcube, SOGo, Cyrus, Exim and nginx (as mail proxy) lines, mixed as
//! a syslog mixes them, or each in its own file; also as journald JSON. Lines of other programs are understood
//! and not relevant. BlueMind is read through the lines of its Postfix, Cyrus, Dovecot and nginx; its own
//! Java logs (`core.log` and others) are not read: their shape is nowhere documented.
//!
//! Time zone: lines without an offset are local time of `--tz`; years that are missing come from the
//! order of the lines, from lines with a year, or from the file's last change, and the manifest says so.

use super::common::mail_log::{State, Step, is_dovecot_service};
use super::common::mail_web;
use super::common::syslog::{self, Clock, Stamp};
use super::{Family, Feed, Line, LineSink, Source, TextContext, TextDecoder};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::json::Value;

pub struct LinuxMail;

impl Source for LinuxMail {
    fn id(&self) -> &'static str {
        "linux-mail"
    }
    fn title(&self) -> &'static str {
        "Linux mail server: Dovecot, Postfix, Roundcube, SOGo, Cyrus, Exim, nginx mail proxy, also as parts of \
         BlueMind, Mailu, mailcow (syslog, own files, journald JSON)"
    }
    fn family(&self) -> Family {
        Family::MailServer
    }
    fn feeds(&self) -> &'static [Feed] {
        &[Feed::SignIn, Feed::SignInFailure, Feed::InboxRule, Feed::Mailbox]
    }
    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "operation",
            "action",
            "outcome",
            "code",
            "class",
            "client",
            "ip",
            "app",
            "session",
            "detail",
            "flags",
            "items",
        ]
    }

    /// A journald record by itself (`-o json-pretty`, or inside another export): nothing is joined.
    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        if record.get("__REALTIME_TIMESTAMP").is_none() {
            return Ok(false);
        }
        let e = syslog::journald(record).ok_or_else(|| Reject::new("__REALTIME_TIMESTAMP is no number"))?;
        let Stamp::Utc(time) = e.stamp else { return Err(Reject::new("no time that can be read")) };
        let mut state = State::default();
        let line = Line { number: place.record, offset: 0, text: place.raw };
        match state.step(line, time, e.prog, &e.msg) {
            Step::Event(d) => sink.push(place, *d)?,
            Step::Skip => sink.skip(),
            Step::Wait => match state.finish().into_iter().find_map(|d| d.1) {
                Some(d) => sink.push(place, d)?,
                None => sink.skip(),
            },
        }
        Ok(true)
    }

    fn bind_text(&self, text: &str, cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        if !sniff(text) {
            return None;
        }
        // Journald's times are whole; the others are looked at once, for the years.
        let dated = if text.trim_start().starts_with('{') { "" } else { text };
        let stamps = dated.lines().filter_map(|l| syslog::entry(l).map(|e| e.stamp));
        let (clock, note) = Clock::new(stamps, cx.zone, cx.modified);
        Some(Box::new(Decoder { clock, note }))
    }
}

/// Do the first lines look like a syslog, or like a file of one of our programs?
fn sniff(text: &str) -> bool {
    const LOOK_AT: usize = 20;
    const LONGEST: usize = 1 << 20;
    let (mut seen, mut fits, mut named) = (0, 0, false);
    for l in text.lines().filter(|l| !l.trim().is_empty()).take(LOOK_AT) {
        seen += 1;
        let Some(e) = Some(l).filter(|l| l.len() <= LONGEST).and_then(syslog::entry) else { continue };
        // `YYYY-MM-DD hh:mm:ss word` begins the lines of many programs; only Dovecot's and Exim's are ours.
        let exim = e.plain_date && mail_web::is_exim(l);
        if e.plain_date && !(exim || is_dovecot_service(e.prog) || matches!(e.prog, "dovecot" | "master" | "config")) {
            continue;
        }
        fits += 1;
        named |= exim || e.prog == "nginx" || !e.prog.is_empty() || l.starts_with(['{', '<']);
    }
    named && fits * 2 >= seen
}

struct Decoder {
    clock: Clock,
    note: Option<String>,
}

impl TextDecoder for Decoder {
    /// Postfix lines are joined by queue id, Dovecot's by session, and years are counted.
    fn splittable(&self) -> bool {
        false
    }
    fn note(&self) -> Option<String> {
        self.note.clone()
    }
    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        run(self.clock.clone(), lines, out);
    }
}

fn run<'t>(mut clock: Clock, lines: &mut dyn Iterator<Item = Line<'t>>, out: &mut LineSink<'_, '_>) {
    let mut state: State<'t> = State::default();
    let mut begun = false;
    for line in lines {
        let Some(e) = syslog::entry(line.text) else {
            if line.text.trim_start().starts_with('{') {
                out.reject(line, Reject::new("a JSON record that is no journald record, or is cut off"));
            } else if begun || syslog::is_access_line(line.text) {
                // A message over several lines goes on.
                out.skip();
            } else {
                out.reject(line, Reject::new("no date at the beginning of the line"));
            }
            continue;
        };
        begun = true;
        let time = match clock.time(e.stamp) {
            Ok(t) => t,
            Err(why) => {
                out.reject(line, Reject::new(why));
                continue;
            }
        };
        match state.step(line, time, e.prog, &e.msg) {
            Step::Event(d) => out.event(line, *d),
            Step::Skip => out.skip(),
            Step::Wait => {}
        }
    }
    for (line, draft) in state.finish() {
        match draft {
            Some(d) => out.event(line, d),
            None => out.skip(),
        }
    }
}

#[cfg(test)]
#[path = "linux_mail_tests.rs"]
mod tests;
