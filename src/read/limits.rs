//! What hostile input may cost: every limit has a name, under which settings, messages and `docs/limits.md` speak
//! of it. What goes past a limit costs a record, a member or a file, is named, and never the rest of the case.

/// A limit as it is told.
pub struct Named {
    pub name: &'static str,
    pub default: u64,
    pub about: &'static str,
}

macro_rules! limits {
    ($($name:ident = $default:literal, $about:literal;)*) => {
        /// All limits of one run.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Limits { $(#[doc = $about] pub $name: u64,)* }

        impl Default for Limits {
            fn default() -> Self { Limits { $($name: $default,)* } }
        }

        impl Limits {
            /// Every limit, in the order of `docs/limits.md`.
            pub const ALL: &'static [Named] =
                &[$(Named { name: stringify!($name), default: $default, about: $about },)*];

            /// Limits by their names; `of` gives the value of each.
            pub fn from_names(of: impl Fn(&str) -> u64) -> Limits {
                Limits { $($name: of(stringify!($name)),)* }
            }
        }
    };
}

limits! {
    ratio = 300, "Unpacked size of all that one file holds, as a multiple of its own size (never less than 64 MiB)";
    unpacked_mib = 16384, "MiB that one member of an archive, or one compressed stream, may unpack to";
    total_mib = 65536, "MiB that all members of one file may unpack to";
    members = 10_000, "members that one file may hold, those of inner archives too";
    depth = 3, "containers inside each other";
    dictionary_mib = 1024, "MiB of memory that an xz stream or a member of a 7z archive may ask for to be unpacked";
    pipe_mib = 65536, "MiB that are taken from a pipe; above 64 MiB they wait in an unnamed file in the temporary folder";
    whole_mib = 8192, "MiB of a text that has to be held whole: one that cannot be read in blocks";
    record_mib = 64, "MiB of one record: a line, a row, a JSON object, an XML element";
    cell_mib = 16, "MiB of one cell of a table";
    columns = 4096, "cells of one row";
    records = 4_000_000_000, "records of one file or member";
    rejects = 100_000, "rejected records of one file or member that rejects.ndjson lists; the rest is counted";
    accounts = 1_000_000, "different accounts of all files together; past it, names that only failed to sign in are left out";
}

impl Limits {
    /// The words with which a message ends when a limit was reached.
    pub fn hint(name: &str) -> String {
        format!("limit {name}; --limit {name}=N sets another")
    }
}

/// Bytes of a limit in MiB.
pub fn mib(n: u64) -> u64 {
    n.saturating_mul(1 << 20)
}
