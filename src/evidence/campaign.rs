//! What happened to many accounts from one hand: a spray, stuffing, distributed guessing, shared
//! attacker infrastructure.

/// One campaign. Strings and numbers only, so that outputs need no table to write it.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Id of the detector that found it.
    pub detector: &'static str,
    pub title: String,
    pub explanation: String,
    /// Microseconds UTC of its first and last record.
    pub first: i64,
    pub last: i64,
    /// Failed sign-ins, or other records, in all.
    pub records: u64,
    /// Distinct addresses in all; `addresses` names at most a few.
    pub address_count: u64,
    /// The addresses that may be watched: code into the table's addresses, and how many accounts each tried.
    pub addresses: Vec<(u32, u32)>,
    /// Networks with most addresses: words and number of addresses.
    pub networks: Vec<(String, u64)>,
    /// Accounts that were tried.
    pub targeted: u64,
    /// Accounts whose password was right, or that were reached: indices of accounts.
    pub reached: Vec<u32>,
    /// How sure: natural logarithm of the likelihood ratio of its source being an attacker's.
    pub llr: f64,
}
