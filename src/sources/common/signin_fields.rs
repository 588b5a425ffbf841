//! The names under which exports write the fields of a sign-in.

use super::keys::{MAX, fold};

macro_rules! fields {
    ($($(#[$meta:meta])* $field:ident: $($exact:literal)|+ => $($folded:literal)|+;)+) => {
        /// A field of a sign-in record.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Field { $($(#[$meta])* $field),+ }

        fn exact(key: &str) -> Option<Field> {
            match key { $($($exact)|+ => Some(Field::$field),)+ _ => None }
        }

        fn folded(key: &str) -> Option<Field> {
            match key { $($($folded)|+ => Some(Field::$field),)+ _ => None }
        }
    };
}

// First as Graph writes it, which is the hot path; then as `keys::fold` leaves all other spellings.
fields! {
    Created: "createdDateTime" => "createddatetime";
    /// When Log Analytics took the record in; a stand-in for the above.
    Generated: "TimeGenerated" => "timegenerated";
    Id: "id" => "id";
    Correlation: "correlationId" => "correlationid";
    Upn: "userPrincipalName" => "userprincipalname";
    UserId: "userId" => "userid";
    /// Display name in the envelope of Azure Monitor; an account only when it is an address.
    Identity: "identity" => "identity";
    PrincipalName: "servicePrincipalName" => "serviceprincipalname";
    PrincipalId: "servicePrincipalId" => "serviceprincipalid";
    Ip: "ipAddress" => "ipaddress" | "calleripaddress";
    Agent: "userAgent" => "useragent";
    App: "appDisplayName" => "appdisplayname";
    AppId: "appId" => "appid";
    Resource: "resourceDisplayName" => "resourcedisplayname";
    Session: "sessionId" => "sessionid";
    ClientApp: "clientAppUsed" => "clientappused";
    Requirement: "authenticationRequirement" => "authenticationrequirement";
    Protocol: "authenticationProtocol" => "authenticationprotocol";
    Transfer: "originalTransferMethod" => "originaltransfermethod";
    TokenType: "incomingTokenType" => "incomingtokentype";
    RiskLevel: "riskLevelDuringSignIn" => "risklevelduringsignin";
    RiskState: "riskState" => "riskstate";
    Interactive: "isInteractive" => "isinteractive";
    EventTypes: "signInEventTypes" => "signineventtypes";
    Category: "category" => "category";
    Access: "conditionalAccessStatus" => "conditionalaccessstatus";
    Asn: "autonomousSystemNumber" => "autonomoussystemnumber";
    Status: "status" => "status";
    Device: "deviceDetail" => "devicedetail";
    Place: "location" => "location" | "locationdetails";
    Steps: "authenticationDetails" => "authenticationdetails";
    Code: "errorCode" => "errorcode" | "statuserrorcode" | "resulttype";
    Reason: "failureReason" => "failurereason" | "statusfailurereason" | "resultdescription";
    Additional: "additionalDetails" => "statusadditionaldetails" | "additionaldetails";
    DeviceId: "deviceId" => "deviceid" | "devicedetaildeviceid";
    Os: "operatingSystem" => "operatingsystem" | "devicedetailoperatingsystem" | "os";
    Browser: "browser" => "browser" | "devicedetailbrowser";
    Compliant: "isCompliant" => "iscompliant" | "devicedetailiscompliant";
    Managed: "isManaged" => "ismanaged" | "devicedetailismanaged";
    Trust: "trustType" => "trusttype" | "devicedetailtrusttype";
    City: "city" => "city" | "locationcity" | "locationdetailscity";
    Country: "countryOrRegion" => "countryorregion" | "country" | "locationcountryorregion" | "locationdetailscountryorregion";
    Coordinates: "geoCoordinates" => "geocoordinates" | "locationgeocoordinates" | "locationdetailsgeocoordinates";
    Latitude: "latitude" => "latitude" | "locationgeocoordinateslatitude" | "locationdetailsgeocoordinateslatitude";
    Longitude: "longitude" => "longitude" | "locationgeocoordinateslongitude" | "locationdetailsgeocoordinateslongitude";
    /// The portal's `City, State, CC`.
    PortalPlace: "portalPlace" => "portalplace";
    /// A member of the objects of `authenticationDetails`.
    StepMethod: "authenticationMethod" => "authenticationmethod";
    StepDetail: "authenticationStepResultDetail" => "authenticationstepresultdetail";
    StepRequirement: "authenticationStepRequirement" => "authenticationsteprequirement";
    StepTime: "authenticationStepDateTime" => "authenticationstepdatetime";
    StepSucceeded: "succeeded" => "succeeded";
    /// What only records of other formats have: risk detections, directory audits, envelopes.
    Foreign: "activityDisplayName" | "properties" | "riskEventType" | "activity" | "AuditData" | "RecordType" | "Workload" =>
        "activitydisplayname" | "properties" | "riskeventtype" | "activity" | "auditdata" | "recordtype" | "workload"
        | "targetresources" | "initiatedby";
    /// Known, long, and of no use here: named so that they cost one comparison.
    Ignored: "appliedConditionalAccessPolicies" | "userDisplayName" | "authenticationProcessingDetails" | "resourceId"
        | "networkLocationDetails" | "riskEventTypes" | "riskEventTypes_v2" | "riskDetail" | "riskLevelAggregated"
        | "uniqueTokenIdentifier" | "authenticationMethodsUsed" | "authenticationRequirementPolicies" | "userType"
        | "sessionLifetimePolicies" | "homeTenantId" | "resourceTenantId" | "crossTenantAccessType" | "mfaDetail"
        | "originalRequestId" | "tokenIssuerName" | "tokenIssuerType" | "signInIdentifier" | "state"
        => "appliedconditionalaccesspolicies" | "conditionalaccesspolicies";
}

/// The field that a key of the record itself names. `additionalDetails` is the sign-in's only inside
/// `status`; at the top it belongs to audit rows that a query put into one table with sign-ins.
pub fn top_field(key: &str) -> Option<Field> {
    field(key).filter(|f| *f != Field::Additional || !key.as_bytes().first().is_some_and(|c| matches!(c, b'a' | b'A')))
}

/// The field that a key names, in any spelling of [`fold`]. No allocation.
pub fn field(key: &str) -> Option<Field> {
    exact(key).or_else(|| {
        let mut buf = [0; MAX];
        folded(fold(key, &mut buf))
    })
}

/// The field that a normalised CSV column name stands for: `createddatetime [utc]`.
pub fn column_field(name: &str) -> Option<Field> {
    top_field(name.trim_end_matches("[utc]").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_in_every_spelling() {
        for key in [
            "createdDateTime",
            "CreatedDateTime",
            "createdDateTime_t",
            "properties_createdDateTime",
            "CreatedDateTime [UTC]",
        ] {
            assert_eq!(field(key), Some(Field::Created), "{key}");
        }
        assert_eq!(column_field("createddatetime [utc]"), Some(Field::Created));
        assert_eq!(column_field("devicedetail_dynamic"), Some(Field::Device));
        assert_eq!(field("Status.errorCode"), Some(Field::Code));
        assert_eq!(field("LocationDetails.geoCoordinates.latitude"), Some(Field::Latitude));
        assert_eq!(field("ResultType"), Some(Field::Code));
        assert_eq!(field("somethingElse"), None);
        // The top-level column of a union with audit rows is not the sign-in's status.
        assert_eq!(top_field("AdditionalDetails"), None);
        assert_eq!(top_field("status.additionalDetails"), Some(Field::Additional));
    }
}
