//! The names under which audit records write their fields.

use super::common::keys;
use crate::read::json::Value;
use crate::read::walk::Member;

/// The fields of a record that matter here, as found in one walk over its top level.
pub(super) struct Fields<'a, 'm> {
    text: &'a str,
    doubled: bool,
    members: &'m [Member],
    /// For each field 1 + the number of its member; 0 for none.
    found: [u32; COUNT],
}

impl<'a, 'm> Fields<'a, 'm> {
    /// `names` says which field a member is. Duplicate keys occur in real exports: the first that says something is taken.
    pub(super) fn new(
        text: &'a str,
        doubled: bool,
        members: &'m [Member],
        mut names: impl FnMut(&Member) -> Option<AuditField>,
    ) -> Fields<'a, 'm> {
        let mut found = [0; COUNT];
        for (m, n) in members.iter().zip(1u32..) {
            let Some(field) = names(m) else { continue };
            let slot = &mut found[field as usize];
            if *slot == 0 && !m.value(text, doubled).is_null() {
                *slot = n;
            }
        }
        Fields { text, doubled, members, found }
    }

    #[inline(always)]
    fn get(&self, field: AuditField) -> Option<Value<'a>> {
        let n = self.found[field as usize] as usize;
        // Nothing has the number 0, of which there is none before.
        Some(self.members.get(n.wrapping_sub(1))?.value(self.text, self.doubled))
    }
}

macro_rules! fields {
    ($($name:ident: $($key:literal)|+;)+) => {
        /// A field of an audit record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(non_camel_case_types, reason = "named like the members of Fields")]
        pub enum AuditField { $($name),+ }

        const COUNT: usize = [$(stringify!($name)),+].len();

        impl<'a> Fields<'a, '_> {
            $(#[inline(always)]
            pub(super) fn $name(&self) -> Option<Value<'a>> { self.get(AuditField::$name) })+
        }

        /// The field that a key names, in any spelling of [`keys::fold`].
        pub fn field(key: &str) -> Option<AuditField> {
            let mut buf = [0; keys::MAX];
            match keys::fold(key, &mut buf) {
                $($($key)|+ => Some(AuditField::$name),)+
                _ => None,
            }
        }
    };
}

fields! {
    creation_time: "creationtime";
    operation: "operation";
    user_id: "userid";
    user_type: "usertype";
    record_type: "recordtype";
    workload: "workload";
    result_status: "resultstatus";
    client_ip: "clientip";
    client_ip_address: "clientipaddress";
    actor_ip: "actoripaddress" | "actorip";
    sender_ip: "senderip";
    id: "id";
    error_number: "errornumber";
    logon_error: "logonerror";
    extended: "extendedproperties";
    device: "deviceproperties";
    application_id: "applicationid";
    context: "appaccesscontext";
    session: "sessionid";
    inter: "intersystemsid";
    intra: "intrasystemid";
    client_info: "clientinfostring";
    user_agent: "useragent";
    app_id: "appid";
    client_app_id: "clientappid";
    app_name: "applicationdisplayname" | "clientappname";
    owner: "mailboxownerupn";
    logon_type: "logontype";
    operation_properties: "operationproperties";
    parameters: "parameters";
    modified: "modifiedproperties";
    actor: "actor";
    target: "target";
    object_id: "objectid";
    item: "item";
    query: "querytext";
    platform: "platform";
    rule_name: "rulename";
    forward_to: "forwardto" | "redirectto" | "forwardasattachmentto";
    affected: "affecteditems";
    folder: "folder";
    operation_count: "operationcount";
    recipients: "recipientlist" | "recipients";
}
