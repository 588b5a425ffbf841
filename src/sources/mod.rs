//! Stage 2: one decoder a log format. A source is added by its file and its line in [`SOURCES`].

pub mod common;
pub mod ingest;
pub mod lines;

pub mod auth0;
pub mod azure_activity;
pub mod defender_xdr;
pub mod duo;
pub mod entra_audit_csv;
pub mod entra_audit_json;
pub mod entra_auth_details;
pub mod entra_monitor_json;
pub mod entra_signin_csv;
pub mod entra_signin_json;
mod exchange_audit;
pub mod exchange_cmdlet;
pub mod exchange_http;
pub mod exchange_mailbox_audit;
pub mod exchange_mailbox_protocol;
pub mod exchange_other;
pub mod exchange_smtp_receive;
pub mod exchange_tracking;
pub mod google_audit_csv;
pub mod google_cloud_json;
pub mod google_mail_csv;
pub mod google_reports_json;
pub mod iis_w3c;
pub mod linux_mail;
pub mod mailbox_state;
pub mod mapped;
pub mod message_trace;
pub mod office_activity;
pub mod okta;
pub mod onelogin;
pub mod probe;
pub mod registry;
pub mod show;
pub mod tables;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod testing_google;
#[cfg(test)]
mod testing_idp;
#[cfg(test)]
mod testing_onprem;
mod ual_cmdlet;
pub mod ual_csv;
pub mod ual_fields;
mod ual_items;
pub mod ual_json;
pub mod ual_record;
pub mod ual_wrapped_json;
pub mod walked;
pub mod zimbra;

use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;
use crate::read::xml::Element;
use common::time::DateOrder;
use walked::{Scratch, Walked};

/// Every built-in format, in the order in which they are tried. A run's mappings come before them, see
/// [`Sources`].
pub const SOURCES: &[&dyn Source] = &[
    &ual_json::UalJson,
    &entra_signin_json::EntraSignInJson,
    &entra_monitor_json::EntraMonitorJson,
    &ual_wrapped_json::UalWrappedJson,
    &entra_audit_json::EntraAuditJson,
    &ual_csv::UalCsv,
    &office_activity::OfficeActivity,
    &defender_xdr::DefenderCloudApp,
    &defender_xdr::DefenderIdentityLogon,
    &azure_activity::AzureActivityCsv,
    &entra_auth_details::EntraAuthDetailsCsv,
    &entra_signin_csv::EntraPortalCsv,
    &entra_signin_csv::EntraLogAnalyticsCsv,
    &entra_audit_csv::EntraAuditCsv,
    &message_trace::MessageTrace,
    &exchange_tracking::MessageTraceExtended,
    &exchange_tracking::ExchangeTracking,
    &exchange_http::ExchangeHttpProxy,
    &exchange_http::ExchangeEws,
    &exchange_mailbox_protocol::ExchangeMailboxProtocol,
    &exchange_smtp_receive::ExchangeSmtpReceive,
    &exchange_cmdlet::ExchangeAdmin,
    &exchange_mailbox_audit::ExchangeMailboxAudit,
    &iis_w3c::IisW3c,
    // Takes every log of Exchange that the ones above left.
    &exchange_other::ExchangeOther,
    &google_reports_json::GoogleReportsJson,
    &google_cloud_json::GoogleCloudJson,
    &google_audit_csv::GoogleAuditCsv,
    &google_mail_csv::GoogleMailCsv,
    &okta::OktaJson,
    &okta::OktaCsv,
    &duo::DuoJson,
    &duo::DuoCsv,
    &auth0::Auth0Json,
    &onelogin::OneLoginJson,
    &mailbox_state::MailboxState,
    &zimbra::Zimbra,
    // After the others: it takes every syslog.
    &linux_mail::LinuxMail,
];

/// Records of one family that carry the same id are the same record, whatever export they stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    AuditLog,
    SignIn,
    DirectoryAudit,
    Okta,
    Duo,
    Auth0,
    OneLogin,
    /// Read by a mapping of the user's; its ids carry the mapping's own family word.
    Mapped,
    /// Requests to Exchange Server: IIS and HttpProxy carry the same request id.
    ExchangeWeb,
    ExchangeEws,
    /// IMAP, POP and SMTP sessions of Exchange Server.
    ExchangeProtocol,
    /// Mail under way; the id is that of the mail.
    MailFlow,
    /// Message trace: one record a mail and recipient.
    MailTrace,
    IdentityLogon,
    AzureActivity,
    /// Google Workspace: activities of every application, and the e-mail log.
    Google,
    /// Snapshots of rules and mailboxes.
    MailboxState,
    /// Lines of a mail server: they have no id, so only equal lines of two files are one.
    MailServer,
}

/// What a source can tell a detector. A detector whose need no input feeds is *not evaluated*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feed {
    /// Successful sign-ins with time, account and address.
    SignIn,
    /// Failed sign-ins with a reason that can be told apart.
    SignInFailure,
    /// The second factor's result.
    Mfa,
    /// Device, browser or application of sign-ins.
    Device,
    /// Inbox rules made or changed.
    InboxRule,
    /// Mail read, sent, deleted.
    Mailbox,
    /// Changes to users, methods, roles, applications.
    Directory,
}

impl Feed {
    pub const ALL: &'static [(Feed, &'static str)] = &[
        (Feed::SignIn, "sign-in"),
        (Feed::SignInFailure, "sign-in-failure"),
        (Feed::Mfa, "mfa"),
        (Feed::Device, "device"),
        (Feed::InboxRule, "inbox-rule"),
        (Feed::Mailbox, "mailbox"),
        (Feed::Directory, "directory"),
    ];

    /// From the word that `detector.toml` uses in `needs`.
    pub fn parse(word: &str) -> Option<Feed> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(f, _)| *f)
    }

    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(f, _)| *f == self).map_or("", |(_, w)| w)
    }
}

/// A log format.
pub trait Source: Sync {
    /// Short name used in every output, for example `m365-ual-json`.
    fn id(&self) -> &str;

    /// Name for people.
    fn title(&self) -> &str;

    fn family(&self) -> Family;

    fn feeds(&self) -> &[Feed];

    /// Columns of the event table that this source can fill, for the documentation.
    fn fills(&self) -> &[&'static str];

    /// The fields by which a record or file is known to be of this format, in words, for `inspect`.
    fn knows_by(&self) -> String {
        String::new()
    }

    /// Decodes one JSON record.
    ///
    /// `Ok(false)`: the record is of another format, and nothing was pushed.
    ///
    /// # Errors
    /// The record is of this format but cannot be used; the reason goes to `rejects.ndjson`.
    fn decode_json(&self, _record: Value<'_>, _place: Place<'_>, _sink: &mut Sink<'_>) -> Result<bool, Reject> {
        Ok(false)
    }

    /// Decodes one JSON record on the hot path, from its members in `scratch`; `None` where a source has no
    /// such way. It has to come to what [`Source::decode_json`] comes to.
    fn decode_walked(
        &self,
        _record: Walked<'_>,
        _scratch: &mut Scratch,
        _place: Place<'_>,
        _sink: &mut Sink<'_>,
    ) -> Option<Result<bool, Reject>> {
        None
    }

    /// Decodes one record of an XML export, in the same way.
    ///
    /// # Errors
    /// As of [`Source::decode_json`].
    fn decode_xml(
        &self,
        _record: &Element<'_>,
        _cx: &TextContext,
        _place: Place<'_>,
        _sink: &mut Sink<'_>,
    ) -> Result<bool, Reject> {
        Ok(false)
    }

    /// If a CSV file with this header is of this format: a decoder with its columns looked up.
    fn bind_csv(&self, _header: &Header) -> Option<Box<dyn RowDecoder>> {
        None
    }

    /// If a text of lines is of this format: a decoder for it. Look at the first lines only, but for
    /// what has to be settled for the whole file, such as the year of dates that lack one.
    fn bind_text(&self, _text: &str, _cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        None
    }
}

/// What a text source is told about the file.
#[derive(Debug, Clone, Copy)]
pub struct TextContext {
    /// Time zone of servers that write local time (`--tz`).
    pub zone: chrono_tz::Tz,
    /// When the file was last written, microseconds UTC: the year of dates that have none.
    pub modified: Option<i64>,
}

/// Decodes lines. For every line it was given, exactly one of [`LineSink::event`],
/// [`LineSink::reject`] and [`LineSink::skip`] is called.
pub trait TextDecoder: Send + Sync {
    /// May the file be cut at line ends and decoded by several workers? Not where lines are joined
    /// (by a queue id) or continued.
    fn splittable(&self) -> bool {
        true
    }

    /// What was assumed about the file, for the manifest (year, zone, order of day and month).
    fn note(&self) -> Option<String> {
        None
    }

    /// Is this line part of the file's frame (a directive, a header said again) and no record? Such lines,
    /// like empty ones, are neither given to [`TextDecoder::decode`] nor counted. `offset` is that of the
    /// line in the decoded text.
    fn is_structure(&self, _line: &str, _offset: usize) -> bool {
        false
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>);
}

pub use lines::{Line, LineSink};
pub use registry::Sources;

/// Decodes the rows of one CSV file.
pub trait RowDecoder: Send + Sync {
    /// The column whose dates may be in the collector's local order, to decide it once per file.
    fn date_column(&self) -> Option<usize> {
        None
    }

    /// Told once, before the first row: the zone of dates that name none (`--tz`). True when the date column
    /// is local time of whoever made the export; the other formats are documented as UTC by their exporter.
    fn local_dates(&mut self, _zone: chrono_tz::Tz) -> bool {
        false
    }

    /// # Errors
    /// The row cannot be used; the reason goes to `rejects.ndjson`.
    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject>;

    /// The column that holds a JSON object, where [`RowDecoder::decode_walked`] can read it in its cell.
    fn json_column(&self) -> Option<usize> {
        None
    }

    /// As [`RowDecoder::decode`], with the members of the object in `scratch`.
    ///
    /// # Errors
    /// The row cannot be used; the reason goes to `rejects.ndjson`.
    fn decode_walked(
        &self,
        row: &Row<'_>,
        _record: Walked<'_>,
        _scratch: &mut Scratch,
        order: DateOrder,
        place: Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Reject> {
        self.decode(row, order, place, sink)
    }
}
