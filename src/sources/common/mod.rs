//! What several sources share: timestamps, addresses, field names, result codes.

pub mod addr;
pub mod codes;
pub mod directory;
pub mod directory_record;
pub mod duo_words;
pub mod flat;
pub mod keys;
pub mod pyrepr;
pub mod signin;
pub mod signin_fields;
pub mod signin_record;
pub mod time;
