//! The names under which audit records write their fields.

use super::common::keys;
use crate::read::json::Value;

macro_rules! fields {
    ($($name:ident: $($key:literal)|+;)+) => {
        /// A field of an audit record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(non_camel_case_types, reason = "named like the members of Fields")]
        pub enum AuditField { $($name),+ }

        /// The fields of a record that matter here, as found in one walk over its top level.
        #[derive(Default)]
        pub(super) struct Fields<'a> { $(pub(super) $name: Option<Value<'a>>),+ }

        /// The field that a key names, in any spelling of [`keys::fold`].
        pub fn field(key: &str) -> Option<AuditField> {
            let mut buf = [0; keys::MAX];
            match keys::fold(key, &mut buf) {
                $($($key)|+ => Some(AuditField::$name),)+
                _ => None,
            }
        }

        impl<'a> Fields<'a> {
            /// Duplicate keys occur in real exports: the first that says something is taken.
            #[inline]
            pub(super) fn set(&mut self, field: AuditField, v: Value<'a>) {
                let slot = match field { $(AuditField::$name => &mut self.$name),+ };
                if slot.is_none() && !v.is_null() {
                    *slot = Some(v);
                }
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
