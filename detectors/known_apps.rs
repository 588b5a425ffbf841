//! Applications that intruders use: programs sold to everybody that turn up in stolen mailboxes, and
//! Microsoft's own clients for administrators and developers.

/// An application by its client id.
pub struct Known {
    pub id: &'static str,
    pub name: &'static str,
    /// Weight when somebody lets it in or signs in with it, before anything else is looked at.
    pub weight: f64,
    /// What it is for, in an intruder's hands.
    pub use_: &'static str,
}

const fn k(id: &'static str, name: &'static str, weight: f64, use_: &'static str) -> Known {
    Known { id, name, weight, use_ }
}

/// Source: Huntress, *Rogue Apps* (github.com/huntresslabs/rogueapps, data/rogueapps.toml as of 2025-03, each entry
/// with its own date, 2024-08-05 to 2025-03-24). The weights are ours: the first two have hardly any other use.
pub const ROGUE: &[Known] = &[
    k("ff8d92dc-3d82-41d6-bcbd-b9174d163620", "PerfectData Software", 4.0, "copies whole mailboxes"),
    k("2ef68ccc-8a4d-42ff-ae88-2d7bb89ad139", "Mail_Backup", 4.0, "copies whole mailboxes"),
    k("a245e8c0-b53c-4b67-9b45-751d1dff8e6b", "Newsletter Software Supermailer", 3.0, "sends mail in bulk"),
    k("a43e5392-f48b-46a4-a0f1-098b5eeb4757", "CloudSponge", 2.5, "copies address books"),
    k("b15665d9-eda6-4092-8539-0eec376afd59", "rclone", 2.5, "copies whole file stores"),
    k("caffae8c-0882-4c81-9a27-d1803af53a40", "SigParser", 2.0, "copies addresses out of mail"),
    k("e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd", "eM Client", 2.0, "a mail program that copies whole mailboxes"),
];

/// Microsoft's clients for administrators and developers, which token theft tools pose as. Source: Microsoft
/// Learn, *Verify first-party Microsoft applications in sign-in reports*. Ordinary for those who administer.
pub const TOOLS: &[Known] = &[
    k("04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI", 1.0, "reads the directory"),
    k("1950a258-227b-4e31-a9cf-717495945fc2", "Microsoft Azure PowerShell", 1.0, "reads the directory"),
    k("1b730954-1685-4b74-9bfd-dac224a7b894", "Azure Active Directory PowerShell", 1.25, "reads the directory"),
    k("14d82eec-204b-4c2f-b7e8-296a70dab67e", "Microsoft Graph Command Line Tools", 1.0, "reads directory and mail"),
    k("de8bc8b5-d9f9-48b1-a8ad-b748da725064", "Graph Explorer", 1.0, "reads directory and mail"),
    k(
        "fb78d390-0c51-40cd-8e17-fdbfab77341b",
        "Microsoft Exchange REST API Based PowerShell",
        1.0,
        "administers mailboxes",
    ),
];

/// Words in a user agent or application name of tools made for attacks or for copying.
pub const AGENTS: &[(&str, f64)] = &[
    ("aadinternals", 3.0),
    ("teamfiltration", 3.0),
    ("roadtools", 3.0),
    ("graphrunner", 3.0),
    ("perfectdata", 3.0),
    ("rclone", 2.5),
    ("em client", 2.0),
    ("emclient", 2.0),
];

pub fn rogue(id: &str) -> Option<&'static Known> {
    ROGUE.iter().find(|k| k.id.eq_ignore_ascii_case(id))
}

pub fn tool(id: &str) -> Option<&'static Known> {
    TOOLS.iter().find(|k| k.id.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_guids_in_lower_case_each_once() {
        let mut ids: Vec<&str> = ROGUE.iter().chain(TOOLS).map(|k| k.id).collect();
        for id in &ids {
            assert!(crate::events::sink::parse_guid(id).is_some() && *id == id.to_ascii_lowercase(), "{id}");
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ROGUE.len() + TOOLS.len());
    }
}
