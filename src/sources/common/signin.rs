//! TEMP
use crate::events::kinds::{Client, Outcome, ResultClass};
use super::codes;
pub fn judge(code: i32) -> (ResultClass, Outcome) {
    let class = codes::class(code);
    let outcome = match class {
        ResultClass::Ok => Outcome::Success,
        ResultClass::MfaInterrupt | ResultClass::Neutral => Outcome::Interrupted,
        ResultClass::UnknownCode | ResultClass::None => Outcome::Unknown,
        _ => Outcome::Failure,
    };
    (class, outcome)
}
pub fn client(_app: &str, ua: &str) -> Client {
    if ["BAV2ROPC","CBAinPROD","CBAinTAR"].iter().any(|p| ua.starts_with(p)) { Client::Legacy } else if ua.starts_with("Mozilla") { Client::Browser } else { Client::Unknown }
}
