//! Commands of the containment plan, for each platform. They are written out for an administrator to read and run;
//! mailtrail never runs one.

use super::picture::Platform;
use super::quote::{powershell as ps, shell as sh};

/// What a command is to do. Values are log text and are quoted by the command.
#[derive(Debug, Clone, Copy)]
pub enum Do<'a> {
    Preserve,
    Revoke,
    Reset,
    Factors,
    Rules,
    DropRule(&'a str),
    Forwarding,
    Delegates,
    Apps,
    App(&'a str),
    Device(&'a str),
    /// Who else signed in from these addresses, since then.
    Hunt(&'a [&'a str], &'a str, &'a str),
    Rule(&'a str),
    Recipients(&'a str, &'a str),
    OldProtocols,
}

/// The commands for this account, one a line; comments begin with `#`. Empty where the platform has none.
pub fn of(platform: Platform, what: Do<'_>, account: &str) -> Vec<String> {
    match platform {
        Platform::Microsoft365 => microsoft(what, account),
        Platform::Google => google(what, account),
        Platform::Zimbra => zimbra(what, account),
        Platform::Dovecot => dovecot(what, account),
    }
}

/// The language of a code block.
pub fn language(p: Platform) -> &'static str {
    match p {
        Platform::Microsoft365 => "powershell",
        _ => "sh",
    }
}

fn day(t: &str) -> &str {
    t.get(..10).unwrap_or("")
}

fn microsoft(what: Do<'_>, account: &str) -> Vec<String> {
    let a = ps(account);
    match what {
        Do::Preserve => vec![
            format!("Set-Mailbox -Identity {a} -LitigationHoldEnabled $true"),
            format!("Get-InboxRule -Mailbox {a} -IncludeHidden | Export-Clixml rules.xml"),
            format!("Get-Mailbox -Identity {a} | Export-Clixml mailbox.xml"),
        ],
        Do::Revoke => vec![
            format!("Update-MgUser -UserId {a} -AccountEnabled:$false"),
            format!("Revoke-MgUserSignInSession -UserId {a}"),
        ],
        Do::Reset => vec![
            "$password = Read-Host 'New password' -MaskInput".to_string(),
            format!(
                "Update-MgUser -UserId {a} -PasswordProfile @{{ Password = $password; ForceChangePasswordNextSignIn = $true }}"
            ),
            format!("Update-MgUser -UserId {a} -AccountEnabled:$true"),
        ],
        Do::Factors => vec![
            format!("Get-MgUserAuthenticationMethod -UserId {a} | Format-List Id, AdditionalProperties"),
            format!(
                "Get-MgUserAuthenticationMicrosoftAuthenticatorMethod -UserId {a} | Format-Table Id, DisplayName, DeviceTag"
            ),
            format!("Get-MgUserAuthenticationPhoneMethod -UserId {a} | Format-Table Id, PhoneNumber, PhoneType"),
            format!(
                "# for each that the person does not know: Remove-MgUserAuthenticationMicrosoftAuthenticatorMethod -UserId {a} -MicrosoftAuthenticatorAuthenticationMethodId <id>"
            ),
        ],
        Do::Rules => {
            vec![format!(
                "Get-InboxRule -Mailbox {a} -IncludeHidden | Format-List Name, Identity, Enabled, Description"
            )]
        }
        Do::DropRule(name) => vec![format!("Remove-InboxRule -Mailbox {a} -Identity {}", ps(name))],
        Do::Forwarding => vec![
            format!(
                "Get-Mailbox -Identity {a} | Format-List ForwardingAddress, ForwardingSmtpAddress, DeliverToMailboxAndForward"
            ),
            format!(
                "Set-Mailbox -Identity {a} -ForwardingAddress $null -ForwardingSmtpAddress $null -DeliverToMailboxAndForward $false"
            ),
        ],
        Do::Delegates => vec![
            format!("Get-MailboxPermission -Identity {a} | Where-Object {{ -not $_.IsInherited }}"),
            format!("Get-RecipientPermission -Identity {a}"),
            format!("# Remove-MailboxPermission -Identity {a} -User <delegate> -AccessRights FullAccess"),
        ],
        Do::Apps => vec![
            format!("Get-MgUserOauth2PermissionGrant -UserId {a} | Format-List Id, ClientId, Scope"),
            "# Remove-MgOauth2PermissionGrant -OAuth2PermissionGrantId <id>".to_string(),
        ],
        Do::App(id) => vec![
            format!("$app = Get-MgServicePrincipal -Filter {}", ps(&format!("appId eq '{}'", id.replace('\'', "''")))),
            "Update-MgServicePrincipal -ServicePrincipalId $app.Id -AccountEnabled:$false".to_string(),
        ],
        Do::Device(id) => vec![
            format!("$device = Get-MgDevice -Filter {}", ps(&format!("deviceId eq '{}'", id.replace('\'', "''")))),
            "Update-MgDevice -DeviceId $device.Id -AccountEnabled:$false".to_string(),
        ],
        Do::Hunt(addresses, from, to) => vec![format!(
            "Search-UnifiedAuditLog -StartDate {} -EndDate (Get-Date) -IPAddresses {} -ResultSize 5000 -SessionCommand ReturnLargeSet  # last seen {}",
            day(from),
            addresses.iter().map(|x| ps(x)).collect::<Vec<_>>().join(","),
            day(to)
        )],
        Do::Rule(name) => vec![format!(
            "Get-EXOMailbox -ResultSize Unlimited | ForEach-Object {{ Get-InboxRule -Mailbox $_.PrimarySmtpAddress -IncludeHidden | Where-Object Name -eq {} }}",
            ps(name)
        )],
        Do::Recipients(from, to) => vec![format!(
            "Get-MessageTraceV2 -SenderAddress {a} -StartDate {} -EndDate {} | Format-Table Received, RecipientAddress, Subject",
            ps(from),
            ps(to)
        )],
        Do::OldProtocols => vec![format!(
            "Set-CASMailbox -Identity {a} -ImapEnabled $false -PopEnabled $false -SmtpClientAuthenticationDisabled $true"
        )],
    }
}

fn google(what: Do<'_>, account: &str) -> Vec<String> {
    let a = sh(account);
    match what {
        Do::Preserve => {
            vec![format!("gam user {a} print filters > filters.csv; gam user {a} print forward > forward.csv")]
        }
        Do::Revoke => vec![format!("gam update user {a} suspended on"), format!("gam user {a} signout")],
        Do::Reset => vec![
            format!("gam update user {a} password random changepassword on"),
            format!("gam user {a} deprovision  # application passwords, backup codes, tokens"),
            format!("gam update user {a} suspended off"),
        ],
        Do::Factors => vec![format!("gam user {a} show backupcodes"), format!("gam user {a} update backupcodes")],
        Do::Rules => vec![format!("gam user {a} show filters  # gam user {a} delete filters <id>")],
        Do::DropRule(_) | Do::Rule(_) | Do::Device(_) => Vec::new(),
        Do::Forwarding => vec![format!("gam user {a} show forward"), format!("gam user {a} forward off")],
        Do::Delegates => vec![format!("gam user {a} show delegates  # gam user {a} delete delegate <address>")],
        Do::Apps => vec![format!("gam user {a} show tokens  # gam user {a} delete token clientid <id>")],
        Do::App(id) => vec![format!("gam all users delete token clientid {}", sh(id))],
        Do::Hunt(addresses, from, _) => addresses
            .iter()
            .take(20)
            .map(|x| format!("gam report login start {} filters {}", day(from), sh(&format!("ipAddress=={x}"))))
            .collect(),
        Do::Recipients(..) => {
            vec![format!("gam user {a} print messages query 'in:sent' headers to,cc,subject,date > sent.csv")]
        }
        Do::OldProtocols => vec![format!("gam user {a} imap off; gam user {a} pop off")],
    }
}

fn zimbra(what: Do<'_>, account: &str) -> Vec<String> {
    let a = sh(account);
    match what {
        Do::Preserve => vec![format!("zmmailbox -z -m {a} getFilterRules > filters.txt; zmprov ga {a} > account.txt")],
        Do::Revoke => vec![
            format!("zmprov ma {a} zimbraAccountStatus locked"),
            format!("zmsoap -z -t account -m {a} EndSessionRequest @all=1"),
        ],
        Do::Reset => vec![
            format!("read -rs password && zmprov sp {a} \"$password\""),
            format!("zmprov ma {a} zimbraPasswordMustChange TRUE zimbraAccountStatus active"),
        ],
        Do::Factors => vec![format!("zmprov ga {a} zimbraTwoFactorAuthEnabled zimbraAppSpecificPassword")],
        Do::Rules => vec![format!("zmmailbox -z -m {a} getFilterRules")],
        Do::DropRule(name) => vec![format!("zmmailbox -z -m {a} deleteFilterRule {}", sh(name))],
        Do::Forwarding => vec![
            format!("zmprov ga {a} zimbraPrefMailForwardingAddress zimbraMailForwardingAddress"),
            format!("zmprov ma {a} zimbraPrefMailForwardingAddress '' zimbraMailForwardingAddress ''"),
        ],
        Do::Delegates => vec![
            format!("zmmailbox -z -m {a} getFolderGrant /"),
            format!("# zmmailbox -z -m {a} modifyFolderGrant / account <delegate> none"),
        ],
        Do::Apps | Do::App(_) | Do::Device(_) | Do::Rule(_) => Vec::new(),
        Do::Hunt(addresses, ..) => vec![format!(
            "zgrep -hwF {} /opt/zimbra/log/audit.log*",
            addresses.iter().map(|x| format!("-e {}", sh(x))).collect::<Vec<_>>().join(" ")
        )],
        Do::Recipients(..) => vec![format!("zmmailbox -z -m {a} search -t message -l 1000 'in:sent'")],
        Do::OldProtocols => vec![format!("zmprov ma {a} zimbraImapEnabled FALSE zimbraPop3Enabled FALSE")],
    }
}

fn dovecot(what: Do<'_>, account: &str) -> Vec<String> {
    let a = sh(account);
    match what {
        Do::Preserve => vec![format!("doveadm backup -u {a} maildir:evidence")],
        Do::Revoke => vec![format!("doveadm kick {a}"), format!("doveadm auth cache flush {a}")],
        Do::Reset => vec!["doveadm pw -s ARGON2ID  # put the hash into the password database".to_string()],
        Do::Factors | Do::Apps | Do::App(_) | Do::Device(_) | Do::Rule(_) => Vec::new(),
        Do::Rules => vec![format!("doveadm sieve list -u {a}"), format!("# doveadm sieve get -u {a} <script>")],
        Do::DropRule(name) => vec![format!("doveadm sieve delete -u {a} {}", sh(name))],
        Do::Forwarding => vec![
            format!("doveadm sieve deactivate -u {a}"),
            format!("grep -rnF {a} /etc/aliases /etc/postfix/virtual 2>/dev/null"),
        ],
        Do::Delegates => vec![
            format!("doveadm acl debug -u {a} INBOX"),
            format!("# doveadm acl delete -u {a} INBOX user=<delegate>"),
        ],
        Do::Hunt(addresses, ..) => vec![format!(
            "zgrep -hF {} /var/log/mail.log*",
            addresses.iter().map(|x| format!("-e {}", sh(&format!("rip={x},")))).collect::<Vec<_>>().join(" ")
        )],
        Do::Recipients(..) => {
            vec![format!("doveadm fetch -u {a} 'hdr.date hdr.to hdr.cc hdr.subject' mailbox Sent")]
        }
        Do::OldProtocols => Vec::new(),
    }
}
