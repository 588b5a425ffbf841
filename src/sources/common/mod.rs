//! What several sources share: timestamps, addresses, field names, result codes.

pub mod addr;
pub mod codes;
pub mod directory;
pub mod directory_record;
pub mod exchange;
pub mod keys;
pub mod onprem;
pub mod pyrepr;
pub mod rebuilt;
pub mod signin;
pub mod signin_fields;
pub mod signin_record;
pub mod time;
pub mod w3c;
