//! What several sources share: timestamps, addresses, field names, result codes.

pub mod addr;
pub mod codes;
pub mod keys;
pub mod time;
pub mod directory;
pub mod signin;
