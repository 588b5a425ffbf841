//! The three shapes: which keys are wanted and what they mean.

/// Columns of the table, in the order of the output.
pub const COLUMNS: [&str; 7] = ["account", "address", "operation", "outcome", "error", "agent", "session"];
pub const ACCOUNT: usize = 0;
pub const ADDRESS: usize = 1;

/// Keys of one object that are looked for.
pub const SLOTS: usize = 11;
/// A key that nobody asked for.
pub const UNWANTED: usize = usize::MAX;
/// An object whose own keys are looked at.
pub const ENTER: usize = usize::MAX - 1;

/// What differs between the shapes.
pub trait Shape {
    /// Number of slots in use; when all are filled the rest of the record is not read.
    const USED: u32;
    /// Slot of a top-level key.
    fn slot(key: &[u8]) -> usize;
    /// Slot of a key inside an object that was entered.
    fn inner(key: &[u8]) -> usize;
    /// For each column the slots it is taken from; the first that has a value wins. Slot 0 is the time.
    const SOURCES: [&'static [usize]; 7];
}

/// Unified audit log (Management Activity API); the same record stands in the cell of a Purview CSV.
pub struct Audit;

impl Shape for Audit {
    const USED: u32 = 11;
    const SOURCES: [&'static [usize]; 7] = [&[1], &[2, 3, 4], &[5], &[6], &[7], &[8, 9], &[10]];
    #[inline(always)]
    fn slot(key: &[u8]) -> usize {
        match key.len() {
            6 if key == b"UserId" => 1,
            8 if key == b"ClientIP" => 2,
            9 => match key {
                b"Operation" => 5,
                b"UserAgent" => 8,
                b"SessionId" => 10,
                _ => UNWANTED,
            },
            11 if key == b"ErrorNumber" => 7,
            12 => match key {
                b"CreationTime" => 0,
                b"ResultStatus" => 6,
                _ => UNWANTED,
            },
            14 if key == b"ActorIpAddress" => 4,
            15 if key == b"ClientIPAddress" => 3,
            16 if key == b"ClientInfoString" => 9,
            _ => UNWANTED,
        }
    }
    #[inline(always)]
    fn inner(_: &[u8]) -> usize {
        UNWANTED
    }
}

/// Entra sign-ins as Microsoft Graph writes them.
pub struct SignIns;

impl Shape for SignIns {
    const USED: u32 = 8;
    const SOURCES: [&'static [usize]; 7] = [&[1], &[2], &[3], &[4], &[5], &[6], &[7]];
    #[inline(always)]
    fn slot(key: &[u8]) -> usize {
        match key.len() {
            6 if key == b"status" => ENTER,
            9 => match key {
                b"ipAddress" => 2,
                b"userAgent" => 6,
                b"sessionId" => 7,
                _ => UNWANTED,
            },
            14 if key == b"appDisplayName" => 3,
            15 if key == b"createdDateTime" => 0,
            17 if key == b"userPrincipalName" => 1,
            23 if key == b"conditionalAccessStatus" => 4,
            _ => UNWANTED,
        }
    }
    #[inline(always)]
    fn inner(key: &[u8]) -> usize {
        if key == b"errorCode" { 5 } else { UNWANTED }
    }
}

/// The word of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ual,
    Purview,
    Entra,
}

impl Kind {
    /// Reads the word.
    pub fn parse(word: &str) -> Option<Kind> {
        match word {
            "ual" => Some(Kind::Ual),
            "purview" => Some(Kind::Purview),
            "entra" => Some(Kind::Entra),
            _ => None,
        }
    }
}
