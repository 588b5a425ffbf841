//! The part of stage 3 that decoders write to. A file of its own: paths of modules inside a module in braces begin in a
//! folder of its name, which is not there.

#[path = "../../src/events/columns.rs"]
pub mod columns;
#[path = "../../src/events/guid.rs"]
pub mod guid;
#[path = "../../src/events/intern.rs"]
pub mod intern;
#[path = "../../src/events/kinds.rs"]
pub mod kinds;
#[path = "../../src/events/sink.rs"]
pub mod sink;
