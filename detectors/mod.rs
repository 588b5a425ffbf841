//! Stage 6: the registry of detectors. One folder each; a folder is added here by two lines.

pub mod admin_action;
mod change;
mod deeds;
pub mod delegation;
mod destination;
pub mod distributed_guessing;
pub mod dormant_account;
pub mod failures_then_success;
pub mod forwarding;
pub mod impossible_travel;
pub mod inbox_rule;
mod known_apps;
pub mod legacy_protocol;
pub mod mass_mail_access;
pub mod mfa_errors;
pub mod oauth_consent;
pub mod outbound_burst;
pub mod password_spray;
pub mod persistence_method;
pub mod privileged_night;
pub mod rare_application;
pub mod session_replay;
pub mod shared_infrastructure;
pub mod trace_removal;
pub mod unusual_device;
pub mod unusual_hour;
pub mod unusual_location;
pub mod unusual_network;
mod usual;
mod vocabulary;
mod words;

use crate::evidence::{Detector, Manifest};

/// Every detector, in the order in which they are listed.
pub const DETECTORS: &[&dyn Detector] = &[
    &impossible_travel::ImpossibleTravel,
    &unusual_network::UnusualNetwork,
    &unusual_location::UnusualLocation,
    &unusual_device::UnusualDevice,
    &unusual_hour::UnusualHour,
    &failures_then_success::FailuresThenSuccess,
    &password_spray::PasswordSpray,
    &distributed_guessing::DistributedGuessing,
    &mfa_errors::MfaErrors,
    &inbox_rule::InboxRule,
    &session_replay::SessionReplay,
    &oauth_consent::OauthConsent,
    &persistence_method::PersistenceMethod,
    &admin_action::AdminAction,
    &legacy_protocol::LegacyProtocol,
    &rare_application::RareApplication,
    &dormant_account::DormantAccount,
    &privileged_night::PrivilegedNight,
    &shared_infrastructure::SharedInfrastructure,
    &forwarding::MailForwarding,
    &delegation::Delegation,
    &mass_mail_access::MassMailAccess,
    &trace_removal::TraceRemoval,
    &outbound_burst::OutboundBurst,
];

/// The detector that follows convicted accounts to others.
pub const SPREADS: &str = "shared_infrastructure";

/// The manifests, in the order of [`DETECTORS`].
///
/// # Errors
/// A manifest that is not valid, by its folder. The registry test keeps that from happening.
pub fn manifests() -> Result<Vec<Manifest>, String> {
    DETECTORS.iter().map(|d| Manifest::parse(d.manifest()).map_err(|e| format!("detectors/{}: {e}", d.id()))).collect()
}
