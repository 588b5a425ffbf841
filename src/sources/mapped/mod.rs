//! Formats that the user describes in a TOML file (`--map`): which fields a record must have, which
//! field of it is which column of the event table, and what its words mean.

mod decode;
mod params;
mod parse;
pub mod suggest;
pub mod survey;
mod time;
mod words;

use super::{Family, Feed, RowDecoder, Source};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::Header;
use crate::read::json::Value;
use std::collections::BTreeMap;

macro_rules! targets {
    ($($name:ident = $word:literal),+ $(,)?) => {
        /// A column of the event table that a mapping may fill, under its name in `events.parquet`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Target { $($name),+ }
        impl Target {
            pub const ALL: &'static [Target] = &[$(Target::$name),+];
            pub const WORDS: &'static [&'static str] = &[$($word),+];
            pub fn as_str(self) -> &'static str { match self { $(Target::$name => $word),+ } }
            pub fn parse(word: &str) -> Option<Target> {
                Self::ALL.iter().copied().find(|t| t.as_str() == word)
            }
        }
    };
}

targets! {
    // A day that stands apart from the time of day; both together are read as one text.
    Date = "date",
    Time = "time",
    Account = "account",
    UserId = "user_id",
    Owner = "target",
    Operation = "operation",
    // What was acted upon, and its id: a rule's name, an application.
    Object = "object",
    ObjectId = "object_id",
    SourceIp = "source_ip",
    UserAgent = "user_agent",
    App = "app",
    AppId = "app_id",
    Resource = "resource",
    Session = "session_id",
    DeviceId = "device_id",
    Os = "os",
    Browser = "browser",
    Country = "country",
    City = "city",
    Latitude = "latitude",
    Longitude = "longitude",
    Asn = "asn",
    RecordId = "record_id",
    Action = "action",
    Outcome = "outcome",
    ResultClass = "result_class",
    ResultCode = "result_code",
    Mfa = "mfa",
    Client = "client",
    Interactive = "interactive",
    Managed = "managed",
}

/// What a decoder asks a record for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Column(Target),
    /// The n-th of [`Mapping::params`].
    Param(usize),
}

/// A named parameter of rules, forwarding, permissions: what detectors read of such events.
#[derive(Debug, Clone, Default)]
struct Param {
    name: String,
    /// The first of these fields that says something.
    fields: Vec<String>,
    /// Words of the log (lower case) and what stands for them; `*` stands for every other word.
    words: BTreeMap<String, String>,
    constant: Option<String>,
}

/// How the records stand in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Csv,
    Json,
}

/// What a value table gives for a word of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning<T> {
    Is(T),
    /// The record is understood and of no interest.
    Skip,
}

/// Words of the log (lower case) and what they mean; `*` stands for every other word.
type Table<T> = BTreeMap<String, Meaning<T>>;

/// A format that the user describes.
#[derive(Debug, Clone)]
pub struct Mapping {
    name: String,
    title: String,
    /// Put before ids that are no GUID, so that two systems' counters do not collide.
    family: String,
    format: Format,
    must_have: Vec<String>,
    /// Lower-case values that a field must have.
    must_be: Vec<(String, Vec<String>)>,
    /// Where each column comes from: the first of these fields that says something.
    fields: Vec<(Target, Vec<String>)>,
    params: Vec<Param>,
    time: time::TimeSpec,
    /// Added to account names without one.
    domain: String,
    actions: Table<Action>,
    outcomes: Table<Outcome>,
    classes: Table<ResultClass>,
    mfas: Table<Mfa>,
    clients: Table<Client>,
    constants: Vec<(Target, String)>,
    feeds: Vec<Feed>,
    fills: Vec<&'static str>,
    /// The file it was read from: with it, the case can be scored again.
    pub text: String,
}

impl Source for Mapping {
    fn id(&self) -> &str {
        &self.name
    }
    fn title(&self) -> &str {
        &self.title
    }
    fn family(&self) -> Family {
        Family::Mapped
    }
    fn feeds(&self) -> &[Feed] {
        &self.feeds
    }
    fn fills(&self) -> &[&'static str] {
        &self.fills
    }
    fn knows_by(&self) -> String {
        let mut s = format!("the mapping's match: {}", self.must_have.join(", "));
        for (f, v) in &self.must_be {
            s.push_str(&format!("; {f} = {}", v.join(" or ")));
        }
        s
    }
    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        if self.format == Format::Json { self.json(record, place, sink) } else { Ok(false) }
    }
    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        if self.format == Format::Csv { self.bind(header) } else { None }
    }
}

#[cfg(test)]
mod tests;
