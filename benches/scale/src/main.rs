//! `feed [--bytes 1G] [--events N] [--accounts N] [--addresses N] [--kind life|failures|spray] [--seed N]`
//!
//! Audit records (Management API, one a line) on standard output, as many as asked for. `mailtrail synth` makes a
//! tenant that looks alive, in files; this makes a stream in which exactly one thing grows: events, accounts, distinct
//! addresses, or the events of one account. The same options give the same bytes.

use std::io::{self, Write};
use std::process::ExitCode;

const USAGE: &str = "usage: feed [--bytes 1G] [--events N] [--accounts N] [--addresses N] [--kind life|failures|spray] [--seed N]";

/// 2026-01-05T00:00:00Z; the records cover thirty days from then.
const START: u64 = 1_767_571_200;
const SPAN: u64 = 30 * 86_400;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// People at work: sign-ins, mail read and sent, from a few addresses each.
    Life,
    /// Wrong passwords, each address in turn, against each account in turn.
    Failures,
    /// The same, but one in a hundred passwords is right.
    Spray,
}

struct Options {
    bytes: u64,
    events: u64,
    accounts: u64,
    addresses: u64,
    kind: Kind,
    seed: u64,
}

fn main() -> ExitCode {
    let Some(options) = parse(std::env::args().skip(1)) else {
        let _ = writeln!(io::stderr(), "{USAGE}");
        return ExitCode::from(2);
    };
    match write(&options, &mut io::stdout().lock()) {
        Ok(events) => {
            let _ = writeln!(io::stderr(), "{events}");
            ExitCode::SUCCESS
        }
        // The reader has had enough; that is its business.
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(e) => {
            let _ = writeln!(io::stderr(), "feed: {e}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut args: impl Iterator<Item = String>) -> Option<Options> {
    let mut o = Options {
        bytes: u64::MAX,
        events: u64::MAX,
        accounts: 5000,
        addresses: 0,
        kind: Kind::Life,
        seed: 1,
    };
    while let Some(name) = args.next() {
        let value = args.next()?;
        match name.as_str() {
            "--bytes" => o.bytes = size(&value)?,
            "--events" => o.events = size(&value)?,
            "--accounts" => o.accounts = size(&value).filter(|&n| n > 0)?,
            "--addresses" => o.addresses = size(&value)?,
            "--seed" => o.seed = size(&value)?,
            "--kind" => {
                o.kind = match value.as_str() {
                    "life" => Kind::Life,
                    "failures" => Kind::Failures,
                    "spray" => Kind::Spray,
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    (o.bytes != u64::MAX || o.events != u64::MAX).then_some(o)
}

/// `1000`, `10k`, `5M`, `4G`: powers of 1000.
fn size(text: &str) -> Option<u64> {
    let (number, scale) = match text.as_bytes().last()? {
        b'k' | b'K' => (&text[..text.len() - 1], 1000),
        b'M' => (&text[..text.len() - 1], 1_000_000),
        b'G' => (&text[..text.len() - 1], 1_000_000_000),
        _ => (text, 1),
    };
    number.parse::<u64>().ok()?.checked_mul(scale)
}

/// Splitmix: a word from a word.
fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

fn write(o: &Options, out: &mut impl Write) -> io::Result<u64> {
    let mut block = Vec::with_capacity(1 << 20);
    let (mut n, mut written) = (0, 0);
    // The number of records is not known when a size is asked for; an estimate spreads them over the days.
    let expected = if o.events != u64::MAX { o.events } else { o.bytes / 950 }.max(1);
    while n < o.events && written + (block.len() as u64) < o.bytes {
        record(o, n, expected, &mut block);
        n += 1;
        if block.len() > (1 << 20) - 4096 {
            out.write_all(&block)?;
            written += block.len() as u64;
            block.clear();
        }
    }
    out.write_all(&block)?;
    out.flush()?;
    Ok(n)
}

/// What people use; chosen by account.
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
];

fn record(o: &Options, n: u64, expected: u64, out: &mut Vec<u8>) {
    let time =
        START + (u128::from(n) * u128::from(SPAN) / u128::from(expected)).min(u128::from(SPAN) - 1) as u64;
    let dice = mix(o.seed, n);
    let account = if o.kind == Kind::Life { mix(dice, 1) % o.accounts } else { n % o.accounts };
    let address = if o.addresses > 0 {
        // Each in turn: exactly as many distinct ones as asked for.
        100_000 + n % o.addresses
    } else {
        // Home, office, telephone.
        [account * 2, account % 40 + 4_000_000_000, account * 2 + 1][(dice % 16 / 7) as usize]
    };
    let session = mix(account, time / 36_000);
    let put = |out: &mut Vec<u8>, text: &str| out.extend_from_slice(text.as_bytes());
    put(out, "{\"CreationTime\":\"");
    stamp(time, out);
    put(out, "\",\"Id\":\"");
    guid(mix(o.seed ^ 0x1D, n), out);
    let sign_in = o.kind != Kind::Life || dice >> 60 < 4;
    let failed = match o.kind {
        Kind::Life => sign_in && dice >> 56 & 15 == 0,
        Kind::Failures => true,
        Kind::Spray => dice >> 40 & 127 != 0,
    };
    let operation = match (sign_in, failed, dice >> 60) {
        (true, true, _) => "UserLoginFailed",
        (true, false, _) => "UserLoggedIn",
        (false, _, 4..12) => "MailItemsAccessed",
        (false, ..) => "Send",
    };
    put(out, "\",\"Operation\":\"");
    put(out, operation);
    put(out, "\",\"OrganizationId\":\"5f3bd3a0-2f5d-4c11-9a37-0f2f6f0c9a11\",\"RecordType\":");
    put(
        out,
        if sign_in {
            "15"
        } else if operation == "Send" {
            "2"
        } else {
            "50"
        },
    );
    put(out, ",\"ResultStatus\":\"");
    put(
        out,
        if sign_in && !failed {
            "Success"
        } else if failed {
            "Failed"
        } else {
            "Succeeded"
        },
    );
    put(out, "\",\"UserKey\":\"10032");
    number(account, out);
    put(out, "\",\"UserType\":0,\"Version\":1,\"Workload\":\"");
    put(out, if sign_in { "AzureActiveDirectory" } else { "Exchange" });
    put(out, "\",\"UserId\":\"");
    user(account, out);
    let agent = AGENTS[(account % 4) as usize];
    if sign_in {
        put(
            out,
            "\",\"AzureActiveDirectoryEventType\":1,\"ExtendedProperties\":[{\"Name\":\"UserAgent\",\"Value\":\"",
        );
        put(out, agent);
        put(
            out,
            "\"},{\"Name\":\"RequestType\",\"Value\":\"Login:login\"}],\"ModifiedProperties\":[],\"Actor\":[{\"ID\":\"",
        );
        user(account, out);
        put(out, "\",\"Type\":5}],\"ActorIpAddress\":\"");
        ip(address, out);
        put(out, "\",\"InterSystemsId\":\"");
        guid(mix(dice, 3), out);
        put(out, "\",\"IntraSystemId\":\"");
        guid(mix(dice, 4), out);
        put(out, "\",\"Target\":[],\"ClientIP\":\"");
        ip(address, out);
        put(
            out,
            "\",\"ApplicationId\":\"00000002-0000-0ff1-ce00-000000000000\",\"DeviceProperties\":[{\"Name\":\"OS\",\"Value\":\"Windows10\"},{\"Name\":\"SessionId\",\"Value\":\"",
        );
        guid(session, out);
        put(out, "\"}],\"ErrorNumber\":\"");
        put(out, if failed { "50126\",\"LogonError\":\"InvalidUserNameOrPassword\"}\n" } else { "0\"}\n" });
        return;
    }
    put(out, "\",\"AppAccessContext\":{\"AADSessionId\":\"");
    guid(session, out);
    put(out, "\"},\"AppId\":\"00000002-0000-0ff1-ce00-000000000000\",\"ClientIPAddress\":\"");
    ip(address, out);
    put(out, "\",\"ClientInfoString\":\"Client=OWA;");
    put(out, agent);
    put(out, ";\",\"ExternalAccess\":false,\"LogonType\":0,\"MailboxGuid\":\"");
    guid(mix(account, 5), out);
    put(out, "\",\"MailboxOwnerUPN\":\"");
    user(account, out);
    put(out, "\",\"SessionId\":\"");
    guid(session, out);
    if operation == "Send" {
        put(out, "\",\"Item\":{\"Id\":\"RgAAAA");
        guid(mix(dice, 6), out);
        put(out, "\",\"InternetMessageId\":\"<");
        guid(mix(dice, 7), out);
        put(out, "@mail.example.org>\",\"Subject\":\"RE: planning\",\"SizeInBytes\":48211}}\n");
    } else {
        put(
            out,
            "\",\"OperationProperties\":[{\"Name\":\"MailAccessType\",\"Value\":\"Bind\"}],\"Folders\":[{\"Path\":\"\\\\Inbox\",\"FolderItems\":[{\"InternetMessageId\":\"<",
        );
        guid(mix(dice, 7), out);
        put(out, "@mail.example.org>\"}]}],\"OperationCount\":1}\n");
    }
}

fn user(account: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(b"person");
    number(account, out);
    out.extend_from_slice(b"@tenant.example");
}

fn number(n: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let (mut at, mut rest) = (20, n);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// A public IPv4 address for any number: the odd factor visits each of 2^32 once, and what is reserved moves to IPv6.
fn ip(n: u64, out: &mut Vec<u8>) {
    let v = (n as u32).wrapping_mul(2_654_435_761);
    let [a, b, c, d] = v.to_be_bytes();
    if matches!(a, 0 | 10 | 100 | 127 | 169 | 172 | 192 | 198 | 203 | 224..) {
        out.extend_from_slice(b"2a01:cb00:");
        for (i, part) in [(v >> 16) as u16, v as u16].into_iter().enumerate() {
            if i > 0 {
                out.push(b':');
            }
            hex(u64::from(part), 4, out);
        }
        out.extend_from_slice(b"::1");
        return;
    }
    for (i, part) in [a, b, c, d].into_iter().enumerate() {
        if i > 0 {
            out.push(b'.');
        }
        number(u64::from(part), out);
    }
}

fn hex(n: u64, digits: u32, out: &mut Vec<u8>) {
    for i in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(n >> (4 * i) & 15) as usize]);
    }
}

fn guid(word: u64, out: &mut Vec<u8>) {
    let (a, b) = (mix(word, 0xA), mix(word, 0xB));
    for (i, (n, digits)) in
        [(a >> 32, 8), (a >> 16 & 0xFFFF, 4), (a & 0xFFF | 0x4000, 4), (b >> 48, 4), (b, 12)]
            .into_iter()
            .enumerate()
    {
        if i > 0 {
            out.push(b'-');
        }
        hex(n, digits, out);
    }
}

/// `2026-01-05T07:12:11`; the days are all in January and February of 2026.
fn stamp(seconds: u64, out: &mut Vec<u8>) {
    let day = 5 + (seconds - START) / 86_400;
    let (month, day) = if day > 31 { (2, day - 31) } else { (1, day) };
    let of_day = seconds % 86_400;
    let parts =
        [(b'-', month), (b'-', day), (b'T', of_day / 3600), (b':', of_day / 60 % 60), (b':', of_day % 60)];
    out.extend_from_slice(b"2026");
    for (mark, n) in parts {
        out.extend_from_slice(&[mark, b'0' + (n / 10) as u8, b'0' + (n % 10) as u8]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn lines(args: &str) -> Vec<String> {
        let o = parse(args.split(' ').map(str::to_string)).unwrap();
        let mut out = Vec::new();
        write(&o, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_string).collect()
    }

    fn distinct(lines: &[String], key: &str) -> usize {
        let mark = format!("\"{key}\":\"");
        let value = |l: &String| l.split_once(&mark).unwrap().1.split('"').next().unwrap().to_string();
        lines.iter().map(value).collect::<BTreeSet<_>>().len()
    }

    #[test]
    fn what_was_asked_for_is_what_comes() {
        let l = lines("--events 30k --accounts 7 --addresses 20k --kind failures");
        assert_eq!((l.len(), distinct(&l, "UserId"), distinct(&l, "ClientIP")), (30_000, 7, 20_000));
        assert_eq!(distinct(&l, "Id"), 30_000);
        let l = lines("--bytes 1M --accounts 100");
        let bytes: usize = l.iter().map(|l| l.len() + 1).sum();
        assert!((1_000_000..1_002_000).contains(&bytes), "{bytes}");
        assert_eq!(distinct(&l, "UserId"), 100);
    }
}
