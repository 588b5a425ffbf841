//! One record to the source that knows it.

use super::Rejected;
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;
use crate::read::xml;
use crate::sources::common::time::DateOrder;
use crate::sources::{RowDecoder, Sources, TextContext};

const NO_KNOWN_ELEMENT: &str = "no known record is an XML element";

/// Was this an element that no source takes, and not one that is broken?
pub(super) fn is_no_known_element(r: &Rejected) -> bool {
    r.reason.starts_with(NO_KNOWN_ELEMENT)
}

/// Decodes the records of one piece.
pub(super) struct Decoder<'w> {
    pub(super) sink: Sink<'w>,
    pub(super) sources: &'w Sources,
    pub(super) base: u64,
    pub(super) read: u32,
    pub(super) rejects: Vec<Rejected>,
    /// The built-in source of the record before: files mostly hold one format.
    pub(super) hint: u8,
}

impl Decoder<'_> {
    fn reject(&mut self, at: usize, r: Reject) {
        self.rejects.push(Rejected { record: self.read, offset: self.base + at as u64, reason: r.reason, records: 1 });
    }

    pub(super) fn json(&mut self, raw: &str, at: usize) {
        self.read += 1;
        let done = Value::parse(raw).map_err(Reject::from).and_then(|v| self.dispatch(v, raw, at, 0));
        if let Err(r) = done {
            self.reject(at, r);
        }
    }

    pub(super) fn xml(&mut self, raw: &str, at: usize, cx: &TextContext) {
        self.read += 1;
        let place = |source| Place { source, record: self.read, offset: self.base + at as u64, raw };
        let done = xml::parse(raw).map_err(Reject::new).and_then(|e| {
            for (i, source) in self.sources.in_order() {
                if source.decode_xml(&e, cx, place(i), &mut self.sink)? {
                    return Ok(());
                }
            }
            let names: Vec<&str> = e.attributes.iter().map(|(n, _)| *n).take(6).collect();
            Err(Reject::new(format!("{NO_KNOWN_ELEMENT} {} with {}", e.name, names.join(", "))))
        });
        if let Err(r) = done {
            self.reject(at, r);
        }
    }

    fn dispatch(&mut self, v: Value<'_>, raw: &str, at: usize, depth: u32) -> Result<(), Reject> {
        let sources = self.sources;
        let hint = (self.hint, sources.by_number(self.hint));
        let order = sources.maps().chain(std::iter::once(hint));
        let order = order.chain(sources.built_in().filter(|(i, _)| *i != hint.0));
        for (i, source) in order {
            let place = Place { source: i, record: self.read, offset: self.base + at as u64, raw };
            if source.decode_json(v, place, &mut self.sink)? {
                if sources.is_built_in(i) {
                    self.hint = i;
                }
                return Ok(());
            }
        }
        if depth < 3
            && let Some(inner) = wrapped(v)
        {
            return if inner.is_string() {
                let t = inner.text().unwrap_or_default();
                self.dispatch(Value::parse(&t)?, raw, at, depth + 1)
            } else {
                self.dispatch(inner, raw, at, depth + 1)
            };
        }
        let keys: Vec<&str> = v.members().flatten().map(|(k, _)| k).take(6).collect();
        Err(Reject::new(if keys.is_empty() {
            "not a JSON object".to_string()
        } else {
            format!("no known record has the fields {}", keys.join(", "))
        }))
    }

    pub(super) fn csv(
        &mut self,
        d: &dyn RowDecoder,
        source: u8,
        order: DateOrder,
        row: &Row<'_>,
        raw: &str,
        at: usize,
    ) {
        self.read += 1;
        let place = Place { source, record: self.read, offset: self.base + at as u64, raw };
        if let Err(r) = d.decode(row, order, place, &mut self.sink) {
            self.reject(at, r);
        }
    }
}

impl Decoder<'_> {
    /// A row of a table that no source knows.
    pub(super) fn unknown_row(&mut self, header: &Header, at: usize) {
        self.read += 1;
        let names: Vec<&str> = header.names.iter().map(String::as_str).take(6).collect();
        self.reject(at, Reject::new(format!("no known table has the columns {}", names.join(", "))));
    }
}

/// Shippers and test suites put the record under one member of their own.
fn wrapped(v: Value<'_>) -> Option<Value<'_>> {
    const NAMES: &[&str] =
        &["log", "message", "_raw", "raw", "_source", "result", "event", "original", "o365", "audit", "body", "data"];
    NAMES.iter().find_map(|n| {
        v.get(n).filter(|x| x.is_object() || x.text().is_some_and(|t| x.is_string() && t.trim_start().starts_with('{')))
    })
}
