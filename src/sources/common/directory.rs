//! TEMP
use crate::events::kinds::Action;
use std::borrow::Cow;
pub fn normalise_operation(n: &str) -> Cow<'_, str> { Cow::Borrowed(n.trim().trim_end_matches('.')) }
pub fn action(_n: &str, _s: bool) -> Action { Action::Other }
