//! Stage 9: files. One file a format; each is a function of the case and knows no detector.

pub mod campaigns_ndjson;
pub mod coverage_json;
mod digits;
pub mod episodes_ndjson;
pub mod escape;
pub mod events_parquet;
pub mod findings_ndjson;
pub mod folder;
pub mod ioc;
pub mod iocs_csv;
mod json;
pub mod made;
pub mod manifest_json;
pub mod parquet_columns;
mod parquet_encode;
mod parquet_pages;
pub mod rejects_ndjson;
#[cfg(feature = "sql")]
pub mod sql;
pub mod summary;
pub mod suspects_csv;

use crate::pipeline::Case;
use std::io::Write;

/// A file of the case folder.
pub trait Output: Sync {
    fn file_name(&self) -> &'static str;

    /// Long, and written by all cores: it is made by itself after the others, which are made side by side. The
    /// episodes are gone then; which of them a row belongs to is known.
    fn is_long(&self) -> bool {
        false
    }

    /// # Errors
    /// What the operating system says.
    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()>;
}

/// Every file but the manifest, which lists them with their hashes and is written last.
pub const OUTPUTS: &[&dyn Output] = &[
    &suspects_csv::SuspectsCsv,
    &findings_ndjson::FindingsNdjson,
    &campaigns_ndjson::CampaignsNdjson,
    &episodes_ndjson::EpisodesNdjson,
    &iocs_csv::IocsCsv,
    &events_parquet::EventsParquet,
    &rejects_ndjson::RejectsNdjson,
    &coverage_json::CoverageJson,
];
