//! Web logs of Exchange, where one sign-in an hour stands for hundreds of requests: which one, and that it is
//! one, may not hang on where files and pieces begin.

use super::reading::{Reading, folder, read};

const IIS: &str = "#Software: Microsoft Internet Information Services 10.0\n\
    #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status \
    sc-substatus sc-win32-status time-taken\n";
const EWS: &str = "#Software: Microsoft Exchange Server\n#Version: 15.02.1544.004\n#Log-type: EWS Logs\n\
    #Fields: DateTime,RequestId,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,UserAgent,\
    ClientIpAddress,ServerHostName,SoapAction,HttpStatus,ErrorCode,ImpersonatedUser,ProxyAsUser,ActAsUser\n";
const PROXY: &str = "#Software: Microsoft Exchange Server\n#Version: 15.02.1544.004\n#Log-type: HttpProxy Logs\n\
    #Fields: DateTime,RequestId,Protocol,UrlStem,AuthenticationType,IsAuthenticated,AuthenticatedUser,AnchorMailbox,\
    UserAgent,ClientIpAddress,HttpStatus,Method,UrlQuery\n";

/// Second `s` of the day, as IIS and as Exchange write it.
fn clock(s: usize) -> String {
    format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

fn iis(n: usize, s: usize, user: &str) -> String {
    format!(
        "2026-03-10 {} 10.2.0.5 POST /Microsoft-Server-ActiveSync/default.eas Cmd=Sync&DeviceId={user}1 443 CLINIC\\{user} \
         203.0.113.9 Apple-iPhone 200 0 0 {}",
        clock(s),
        n % 97
    )
}

fn ews(n: usize, s: usize, user: &str) -> String {
    let day = if user == "b" { "10.2.0.9" } else { "203.0.113.9" };
    format!(
        "2026-03-10T{}.000Z,{:08x}-0b6e-4a8f-9d52-1d7d3c1f0b01,Negotiate,true,{user}@clinic.example,clinic.example,\
         MacOutlook/16.78,{day},EX1,GetItem,200,,,,",
        clock(s),
        n
    )
}

fn proxy(n: usize, s: usize, user: &str) -> String {
    format!(
        "2026-03-10T{}.000Z,{:08x}-0b6e-4a8f-9d52-1d7d3c1f0c01,Mapi,/mapi/emsmdb/,Negotiate,true,CLINIC\\{user},\
         ,Outlook/16.0,203.0.113.9,200,POST,",
        clock(s),
        n
    )
}

/// Requests of three people in three hours, logged when they end: not quite in order of time, and several in
/// one second.
fn requests(line: fn(usize, usize, &str) -> String) -> Vec<String> {
    (0..540)
        .map(|i: usize| {
            let late = [0, 0, 25, 0, 7][i % 5];
            line(i, 7 * 3600 + i / 6 * 120 - late, ["a", "b", "cc"][i % 3])
        })
        .collect()
}

fn totals_and_rows(r: &Reading) -> (u64, u64, Vec<impl PartialEq + std::fmt::Debug + use<>>) {
    let [read, accepted, duplicate, rejected, not_relevant] = r.totals();
    assert_eq!((duplicate, rejected, read), (0, 0, accepted + not_relevant));
    (read, accepted, r.rows())
}

#[test]
fn one_sign_in_an_hour_does_not_start_again_in_every_file_of_a_web_log() {
    for (name, head, line) in [
        ("u_ex260310.log", IIS, iis as fn(usize, usize, &str) -> String),
        ("Ews_1.LOG", EWS, ews),
        ("HttpProxy_1.LOG", PROXY, proxy),
    ] {
        let all = requests(line);
        let whole = read(folder(&[(name.to_string(), format!("{head}{}\n", all.join("\n")).into_bytes())]).path());
        let want = totals_and_rows(&whole);
        // The requests begin 25 seconds before seven and go on to ten.
        assert!((9..=12).contains(&want.1), "{name}: {} events of 3 people in 3 hours", want.1);
        for k in 2..=7 {
            let parts = all.chunks(all.len().div_ceil(k)).enumerate();
            // The later part has the earlier name.
            let parts: Vec<(String, Vec<u8>)> = parts
                .map(|(i, p)| (format!("{}-{name}", k - i), format!("{head}{}\n", p.join("\n")).into_bytes()))
                .collect();
            assert_eq!(totals_and_rows(&read(folder(&parts).path())), want, "{name} in {k} files");
        }
    }
}

#[test]
fn one_sign_in_an_hour_does_not_start_again_in_every_piece_of_a_large_file() {
    let body: String = (0..60_000).map(|i| ews(i, 7 * 3600 + i % 3600, "a") + "\n").collect();
    assert!(body.len() > 2 * mailtrail::read::split::PIECE);
    let r = read(folder(&[("Ews_1.LOG".to_string(), format!("{EWS}{body}").into_bytes())]).path());
    let [read, accepted, ..] = r.totals();
    assert_eq!((read, accepted), (60_000, 1));
}

/// What stands before the middle of a file and what stands behind it belong together: a form was sent, and
/// the mailbox was used.
#[test]
fn a_logon_form_and_its_answer_are_joined_wherever_they_stand_in_a_large_file() {
    let agent = "Mozilla/5.0+(Windows+NT+10.0)+Firefox/128.0";
    let row = |s: usize, method: &str, path: &str, user: &str, status: u32| {
        format!("2026-03-10 {} 10.2.0.5 {method} {path} - 443 {user} 203.0.113.9 {agent} {status} 0 0 31\n", clock(s))
    };
    // Each pair is one browser; so many that pieces of any size begin within pairs.
    let mut body = String::new();
    for i in 0..30_000 {
        body += &row(i, "POST", "/owa/auth.owa", "-", 302);
        body += &row(i, "GET", "/owa/", "CLINIC\\m.durand", 200);
    }
    assert!(body.len() > mailtrail::read::split::PIECE);
    let r = read(folder(&[("u_ex260310.log".to_string(), format!("{IIS}{body}").into_bytes())]).path());
    let forms: Vec<_> = r.cells().into_iter().filter(|c| c.1["operation"] == "Owa auth.owa").collect();
    assert_eq!(forms.len(), 30_000);
    assert!(forms.iter().all(|c| c.1.get("outcome").is_some_and(|o| o == "success")));
}
