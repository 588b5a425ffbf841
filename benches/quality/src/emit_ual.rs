//! The unified audit log in the shape of the Management Activity API, and Entra's directory audit.

use std::path::Path;

use crate::clock::{SEC, iso};
use crate::emit::{Out, guid, q};
use crate::emit_entra::{app, correlation, os_browser, reason};
use crate::model::*;
use crate::nets::Nets;
use crate::rng::Rng;

struct Writer<'a> {
    w: &'a World,
    nets: &'a Nets,
    ual: Out,
    dir: Out,
    r: Rng,
    n: u64,
}

/// Writes `UnifiedAuditLog.ndjson.zst` and `DirectoryAudits.ndjson.zst`. Returns bytes and records.
pub fn audit(w: &World, nets: &Nets, dir: &Path) -> Result<(u64, u64), String> {
    let mut x = Writer {
        w,
        nets,
        ual: Out::create(&dir.join("UnifiedAuditLog.ndjson.zst"))?,
        dir: Out::create(&dir.join("DirectoryAudits.ndjson.zst"))?,
        r: Rng::part(w.cell.seed, "emit-ual", 0),
        n: 0,
    };
    for (i, e) in w.events.iter().enumerate() {
        x.event(i, e)?;
        // the provider's own background work, without any address
        if x.r.chance(if w.cell.users > 10_000 { 0.1 } else { 0.25 }) {
            x.background(e.t)?;
        }
    }
    Ok((x.ual.bytes + x.dir.bytes, x.ual.lines + x.dir.lines))
}

impl Writer<'_> {
    fn put(&mut self, line: &str) -> Result<(), String> {
        self.ual.line(line)?;
        if self.r.chance(self.w.tenant.duplicates) {
            self.ual.line(line)?;
        }
        Ok(())
    }

    fn head(&mut self, t: i64, kind: u32, op: &str, load: &str, user: &str, status: &str) -> String {
        self.n += 1;
        format!(
            "{{\"CreationTime\":\"{}\",\"Id\":\"{}\",\"Operation\":{},\"OrganizationId\":\"{}\",\"RecordType\":{kind},\"ResultStatus\":\"{status}\",\"UserKey\":{},\"UserType\":0,\"Version\":1,\"Workload\":\"{load}\",\"UserId\":{}",
            iso(t, true),
            guid(self.w.cell.seed, b'a', self.n),
            q(op),
            guid(self.w.cell.seed, b'o', 0),
            q(user),
            q(user)
        )
    }

    fn background(&mut self, t: i64) -> Result<(), String> {
        let s = self.head(
            t,
            1,
            "Set-ConditionalAccessPolicy",
            "Exchange",
            "NT AUTHORITY\\\\SYSTEM (Microsoft.Exchange.ServiceHost)",
            "True",
        );
        let s = s.replace("\"UserType\":0", "\"UserType\":3");
        self.put(&format!("{s},\"ExternalAccess\":true,\"ObjectId\":\"\",\"Parameters\":[]}}"))
    }

    /// Address of a mailbox record: often Microsoft's own, sometimes none.
    fn client(&mut self, e: &Ev) -> String {
        let web = matches!(e.app, App::WebMail | App::Portal);
        if self.r.chance(if web { 0.35 } else { 0.71 }) {
            return self.nets.service(&self.r).to_string();
        }
        if self.r.chance(0.05) { String::new() } else { self.ip(e) }
    }

    fn ip(&self, e: &Ev) -> String {
        self.w.addrs.get(e.addr as usize).map_or(String::new(), |a| a.ip.to_string())
    }

    fn session(&mut self, e: &Ev) -> String {
        if e.session == 0 || self.r.chance(0.15) {
            return String::new();
        }
        guid(self.w.cell.seed, b's', u64::from(e.session))
    }

    fn event(&mut self, i: usize, e: &Ev) -> Result<(), String> {
        match e.what {
            What::SignIn => self.sign_in(i, e),
            What::Action => self.action(e),
            _ => self.mailbox(e),
        }
    }

    fn sign_in(&mut self, i: usize, e: &Ev) -> Result<(), String> {
        if !e.interactive && !self.r.chance(0.3) {
            return Ok(());
        }
        let upn = self.w.upn(e.user);
        let (good, seed) = (e.code == 0 || e.code == 50140, self.w.cell.seed);
        let status = if good || self.r.chance(0.67) { "Success" } else { "Failed" };
        let op = if good { "UserLoggedIn" } else { "UserLoginFailed" };
        let t = e.t + self.r.int(0, 2) * SEC;
        let h = self.head(t, 15, op, "AzureActiveDirectory", &upn, status);
        let (ip, agent) = (self.ip(e), &self.w.agents[e.agent as usize]);
        let (os, browser) = os_browser(agent);
        let session = if e.session != 0 { guid(seed, b's', u64::from(e.session)) } else { String::new() };
        let request = match e.app {
            App::Imap | App::Smtp => "OAuth2:Token",
            _ if e.code == 50140 => "Kmsi:kmsi",
            _ if e.code == 50199 => "Cmsi:Cmsi",
            _ if e.mfa == Mfa::Done => "SAS:ProcessAuth",
            _ => "OAuth2:Authorize",
        };
        let error =
            if good { String::new() } else { format!(",\"LogonError\":{}", q(&reason(e.code)[..20])) };
        let line = format!(
            "{h},\"ClientIP\":\"{ip}\",\"ActorIpAddress\":\"{ip}\",\"AzureActiveDirectoryEventType\":1,\"ApplicationId\":\"{}\",\"ErrorNumber\":\"{}\"{error},\"InterSystemsId\":\"{}\",\"IntraSystemId\":\"{}\",\"Actor\":[{{\"ID\":\"{}\",\"Type\":0}},{{\"ID\":{},\"Type\":5}}],\"Target\":[{{\"ID\":\"00000002-0000-0ff1-ce00-000000000000\",\"Type\":0}}],\"ExtendedProperties\":[{{\"Name\":\"ResultStatusDetail\",\"Value\":\"Success\"}},{{\"Name\":\"UserAgent\",\"Value\":{}}},{{\"Name\":\"RequestType\",\"Value\":\"{request}\"}}],\"DeviceProperties\":[{{\"Name\":\"OS\",\"Value\":\"{os}\"}},{{\"Name\":\"BrowserType\",\"Value\":\"{browser}\"}},{{\"Name\":\"IsCompliantAndManaged\",\"Value\":\"{}\"}},{{\"Name\":\"SessionId\",\"Value\":\"{session}\"}}]}}",
            app(e.app).1,
            e.code,
            correlation(self.w, e),
            guid(seed, b'i', i as u64),
            guid(seed, b'u', u64::from(e.user)),
            q(&upn),
            q(agent),
            if e.device != 0 { "True" } else { "False" },
        );
        self.put(&line)
    }

    fn mailbox(&mut self, e: &Ev) -> Result<(), String> {
        let upn = self.w.upn(e.user);
        let (ip, session) = (self.client(e), self.session(e));
        let client = match e.app {
            App::WebMail | App::Portal => format!("Client=OWA;{};", self.w.agents[e.agent as usize]),
            App::OutlookMobile => "Client=OutlookService;Outlook-iOS/2.0;".into(),
            App::Imap => "Client=POP3/IMAP4;Protocol=IMAP4".into(),
            App::Outlook => "Client=MSExchangeRPC".into(),
            App::EmClient => "Client=WebServices;eM Client;".into(),
            _ => "Client=REST;Client=RESTSystem;;".into(),
        };
        let (kind, op) = match e.what {
            What::Read | What::Sync => (50, "MailItemsAccessed"),
            What::Send => (2, "Send"),
            What::Delete => (3, "SoftDelete"),
            _ => (2, "SearchQueryInitiatedExchange"),
        };
        let h = self.head(e.t, kind, op, "Exchange", &upn, "Succeeded");
        let ip_field = if kind == 50 {
            format!("\"ClientIPAddress\":\"{ip}\"")
        } else {
            format!("\"ClientIP\":\"{ip}\",\"ClientIPAddress\":\"{ip}\"")
        };
        let base = format!(
            "{h},{ip_field},\"ClientInfoString\":{},\"ExternalAccess\":false,\"InternalLogonType\":0,\"LogonType\":0,\"MailboxOwnerUPN\":{},\"SessionId\":\"{session}\",\"ClientAppId\":\"{}\",\"AppAccessContext\":{{\"AADSessionId\":\"{session}\"}}",
            q(&client),
            q(&upn),
            app(e.app).1
        );
        let line = match (e.what, self.w.more.get(e.more as usize)) {
            (What::Read, _) => {
                let throttled = self.r.chance(0.0005);
                let items: Vec<String> = (0..e.code.min(4))
                    .map(|_| {
                        format!(
                            "{{\"InternetMessageId\":\"<{:016x}@mx.example>\",\"SizeInBytes\":{}}}",
                            self.r.bits(),
                            self.r.int(900, 90_000)
                        )
                    })
                    .collect();
                format!(
                    "{base},\"OperationCount\":{},\"OperationProperties\":[{{\"Name\":\"MailAccessType\",\"Value\":\"Bind\"}},{{\"Name\":\"IsThrottled\",\"Value\":\"{}\"}}],\"Folders\":[{{\"Path\":\"\\\\Inbox\",\"FolderItems\":[{}]}}]}}",
                    e.code,
                    if throttled { "True" } else { "False" },
                    items.join(",")
                )
            }
            (_, Some(More::Folder(f))) => format!(
                "{base},\"OperationProperties\":[{{\"Name\":\"MailAccessType\",\"Value\":\"Sync\"}},{{\"Name\":\"IsThrottled\",\"Value\":\"False\"}}],\"Item\":{{\"ParentFolder\":{{\"Path\":\"\\\\{f}\",\"Name\":\"{f}\"}}}}}}"
            ),
            (_, Some(More::Mail { subject, recipients })) => {
                let list: Vec<String> = recipients.iter().map(|x| q(x)).collect();
                format!(
                    "{base},\"Item\":{{\"Subject\":{},\"InternetMessageId\":\"<{:016x}@{}>\",\"SizeInBytes\":{},\"ParentFolder\":{{\"Path\":\"\\\\Drafts\"}}}},\"RecipientList\":[{}]}}",
                    q(subject),
                    self.r.bits(),
                    self.w.tenant.domain,
                    self.r.int(2_000, 60_000),
                    list.join(",")
                )
            }
            (_, Some(More::Query(x))) => format!("{base},\"QueryText\":{},\"QuerySource\":\"OWA\"}}", q(x)),
            _ => {
                let items: Vec<String> =
                    (0..e.code.min(5)).map(|k| format!("{{\"Subject\":\"mail {k}\"}}")).collect();
                format!(
                    "{base},\"Folder\":{{\"Path\":\"\\\\Inbox\"}},\"AffectedItems\":[{}]}}",
                    items.join(",")
                )
            }
        };
        self.put(&line)
    }

    fn action(&mut self, e: &Ev) -> Result<(), String> {
        let Some(more) = self.w.more.get(e.more as usize) else { return Ok(()) };
        let (upn, seed) = (self.w.upn(e.user), self.w.cell.seed);
        let session = self.session(e);
        let port = self.r.int(1_024, 65_000);
        // one in six has a Microsoft address, as administration by the portals has
        let ip = match self.r.idx(12) {
            2 => String::new(),
            k => match if k < 2 { self.nets.service(&self.r).to_string() } else { self.ip(e) } {
                v if v.contains(':') => format!("[{v}]:{port}"),
                v => format!("{v}:{port}"),
            },
        };
        let params = |p: &[(&str, String)]| {
            p.iter()
                .map(|(k, v)| format!("{{\"Name\":\"{k}\",\"Value\":{}}}", q(v)))
                .collect::<Vec<_>>()
                .join(",")
        };
        let cmdlet = |x: &mut Self, op: &str, object: &str, p: &[(&str, String)]| {
            let h = x.head(e.t, 1, op, "Exchange", &upn, "True");
            format!(
                "{h},\"ClientIP\":\"{ip}\",\"ObjectId\":{},\"ExternalAccess\":false,\"SessionId\":\"{session}\",\"AppAccessContext\":{{\"AADSessionId\":\"{session}\"}},\"Parameters\":[{}]}}",
                q(object),
                params(p)
            )
        };
        let line = match more {
            More::Rule { name, params: p, set } => {
                let mut all = vec![(if *set { "Identity" } else { "Name" }, name.clone())];
                all.extend(p.iter().cloned());
                let op = if *set { "Set-InboxRule" } else { "New-InboxRule" };
                cmdlet(self, op, &format!("{upn}\\{name}"), &all)
            }
            More::Forward { to, keep } => {
                let p = [
                    ("Identity", upn.clone()),
                    ("ForwardingSmtpAddress", format!("smtp:{to}")),
                    ("DeliverToMailboxAndForward", if *keep { "True".into() } else { "False".into() }),
                ];
                cmdlet(self, "Set-Mailbox", &upn, &p)
            }
            More::Delegate { mailbox, to, right } => {
                let p = [
                    ("Identity", self.w.upn(*mailbox)),
                    ("User", self.w.upn(*to)),
                    ("AccessRights", (*right).to_string()),
                    ("InheritanceType", "All".into()),
                ];
                cmdlet(self, "Add-MailboxPermission", &self.w.upn(*mailbox), &p)
            }
            More::Transport { name, bcc } => {
                let p = [("Name", name.clone()), ("BlindCopyTo", bcc.clone()), ("Enabled", "True".into())];
                cmdlet(self, "New-TransportRule", name, &p)
            }
            More::Consent { app: name, app_id, scopes } => {
                let h = self.head(e.t, 8, "Consent to application.", "AzureActiveDirectory", &upn, "Success");
                let value = format!(
                    "[] => [[Id: {}, ClientId: {}, PrincipalId: {}, ResourceId: {}, ConsentType: Principal, Scope: {scopes}]]",
                    guid(seed, b'g', self.n),
                    guid(seed, b'p', 1),
                    guid(seed, b'u', u64::from(e.user)),
                    guid(seed, b'p', 2)
                );
                format!(
                    "{h},\"ObjectId\":\"{app_id}\",\"Actor\":[{{\"ID\":{},\"Type\":5}}],\"Target\":[{{\"ID\":{},\"Type\":1}}],\"ModifiedProperties\":[{{\"Name\":\"ConsentContext.IsAdminConsent\",\"NewValue\":\"False\",\"OldValue\":\"\"}},{{\"Name\":\"ConsentAction.Permissions\",\"NewValue\":{},\"OldValue\":\"\"}},{{\"Name\":\"TargetId.ServicePrincipalNames\",\"NewValue\":\"{app_id}\",\"OldValue\":\"\"}}]}}",
                    q(&upn),
                    q(name),
                    q(&value)
                )
            }
            More::SecurityInfo { method } => {
                self.directory(e, "User registered security info", method, &upn, "")?;
                let h = self.head(
                    e.t,
                    8,
                    "User registered security info",
                    "AzureActiveDirectory",
                    &upn,
                    "Success",
                );
                format!(
                    "{h},\"ObjectId\":{},\"Actor\":[{{\"ID\":{},\"Type\":5}}],\"Target\":[{{\"ID\":{},\"Type\":5}}],\"ModifiedProperties\":[]}}",
                    q(&upn),
                    q(&upn),
                    q(&upn)
                )
            }
            More::NewDevice { name, os, id } => {
                self.directory(e, "Register device", name, &upn, &guid(seed, b'd', u64::from(*id)))?;
                let h = self.head(
                    e.t,
                    8,
                    "Add registered owner to device.",
                    "AzureActiveDirectory",
                    &upn,
                    "Success",
                );
                format!(
                    "{h},\"ObjectId\":{},\"Actor\":[{{\"ID\":{},\"Type\":5}}],\"Target\":[{{\"ID\":{},\"Type\":5}}],\"ModifiedProperties\":[{{\"Name\":\"Device.ObjectID\",\"NewValue\":\"{}\",\"OldValue\":\"\"}},{{\"Name\":\"Device.DisplayName\",\"NewValue\":\"{name}\",\"OldValue\":\"\"}},{{\"Name\":\"DeviceOSType\",\"NewValue\":\"{os}\",\"OldValue\":\"\"}}]}}",
                    q(&upn),
                    q(&upn),
                    q(&upn),
                    guid(seed, b'd', u64::from(*id))
                )
            }
            More::NewPassword => {
                self.directory(e, "Change user password", "", &upn, "")?;
                let h = self.head(e.t, 8, "Change user password.", "AzureActiveDirectory", &upn, "Success");
                format!(
                    "{h},\"ObjectId\":{},\"Actor\":[{{\"ID\":{},\"Type\":5}}],\"Target\":[{{\"ID\":{},\"Type\":5}}],\"ModifiedProperties\":[]}}",
                    q(&upn),
                    q(&upn),
                    q(&upn)
                )
            }
            _ => return Ok(()),
        };
        self.put(&line)
    }

    /// The same in Entra's own directory audit, with the address most of the time.
    fn directory(
        &mut self,
        e: &Ev,
        activity: &str,
        detail: &str,
        upn: &str,
        device: &str,
    ) -> Result<(), String> {
        let ip = if self.r.chance(0.8) { self.ip(e) } else { String::new() };
        self.n += 1;
        let seed = self.w.cell.seed;
        let line = format!(
            "{{\"id\":\"Directory_{}\",\"category\":\"UserManagement\",\"correlationId\":\"{}\",\"result\":\"success\",\"resultReason\":{},\"activityDisplayName\":\"{activity}\",\"activityDateTime\":\"{}\",\"loggedByService\":\"Authentication Methods\",\"operationType\":\"Update\",\"initiatedBy\":{{\"app\":null,\"user\":{{\"id\":\"{}\",\"displayName\":null,\"userPrincipalName\":{},\"ipAddress\":\"{ip}\"}}}},\"targetResources\":[{{\"id\":\"{}\",\"displayName\":{},\"type\":\"{}\",\"userPrincipalName\":{},\"modifiedProperties\":[]}}],\"additionalDetails\":[{{\"key\":\"User-Agent\",\"value\":{}}}]}}",
            guid(seed, b'q', self.n),
            correlation(self.w, e),
            q(&format!("User registered {detail}")),
            iso(e.t, false),
            guid(seed, b'u', u64::from(e.user)),
            q(upn),
            if device.is_empty() { guid(seed, b'u', u64::from(e.user)) } else { device.to_string() },
            q(detail),
            if device.is_empty() { "User" } else { "Device" },
            q(upn),
            q(&self.w.agents[e.agent as usize])
        );
        self.dir.line(&line)
    }
}
