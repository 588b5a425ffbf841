//! An audit record put together again from columns, so that one decoder reads every container of it.

use crate::read::json::Value;
use std::fmt::Write;

/// Builds the text of a JSON object.
#[derive(Debug)]
pub struct Object(String);

impl Default for Object {
    fn default() -> Object {
        Object("{".to_string())
    }
}

impl Object {
    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        string(&mut self.0, key);
        self.0.push(':');
    }

    /// A member that is a text; empty ones are left out.
    pub fn text(&mut self, key: &str, value: &str) -> &mut Object {
        if !value.is_empty() {
            self.key(key);
            string(&mut self.0, value);
        }
        self
    }

    pub fn number(&mut self, key: &str, value: i64) -> &mut Object {
        self.key(key);
        let _ = write!(self.0, "{value}");
        self
    }

    /// A member that is JSON inside a text cell; as text when it is none.
    pub fn json(&mut self, key: &str, value: &str) -> &mut Object {
        let t = value.trim();
        if (t.starts_with('[') || t.starts_with('{'))
            && let Ok(v) = Value::parse(t)
            && v.raw().len() == t.len()
        {
            self.key(key);
            self.0.push_str(t);
            return self;
        }
        self.text(key, value)
    }

    pub fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn string(out: &mut String, value: &str) {
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let mut o = Object::default();
        o.text("a", "x\"\\\n\u{1}é").json("b", "[1]").json("c", "[2a01:db8::1]:36185").text("d", "").number("e", 5);
        let t = o.finish();
        let v = Value::parse(&t).unwrap();
        assert_eq!(v.get("a").unwrap().text().unwrap(), "x\"\\\n\u{1}é");
        assert!(v.get("b").unwrap().is_array());
        // An address in brackets is no list.
        assert_eq!(v.get("c").unwrap().text().unwrap(), "[2a01:db8::1]:36185");
        assert!(v.get("d").is_none());
        assert_eq!(v.get("e").unwrap().int(), Some(5));
    }
}
