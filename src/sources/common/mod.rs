//! What several sources share: timestamps, addresses, field names, result codes.

pub mod addr;
pub mod codes;
pub mod directory;
pub mod directory_record;
pub mod exchange;
pub mod google;
pub mod google_dates;
pub mod google_events;
pub mod google_filter;
pub mod google_names;
pub mod google_signin;
pub mod keys;
pub mod mail_dovecot;
pub mod mail_log;
pub mod mail_postfix;
pub mod mail_web;
pub mod onprem;
pub mod pyrepr;
pub mod rebuilt;
pub mod signin;
pub mod signin_fields;
pub mod signin_record;
pub mod syslog;
pub mod time;
pub mod w3c;
