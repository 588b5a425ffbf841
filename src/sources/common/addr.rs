//! Client addresses as exports write them.

use std::net::IpAddr;

/// The address in a text, without port, brackets, zone or IPv4-in-IPv6 mapping. `None` when there
/// is no address in it. Of a list (X-Forwarded-For) the first that parses is taken.
pub fn parse(text: &str) -> Option<IpAddr> {
    let t = text.trim().trim_matches('"').trim();
    if t.is_empty() {
        return None;
    }
    if t.contains(',') {
        return t.split(',').find_map(parse);
    }
    let host = if let Some(rest) = t.strip_prefix('[') {
        let (inside, after) = rest.split_once(']')?;
        if !(after.is_empty() || after.starts_with(':')) {
            return None;
        }
        inside
    } else if t.bytes().filter(|&c| c == b':').count() == 1 {
        t.split_once(':')?.0
    } else {
        t
    };
    let host = host.split_once('%').map_or(host, |(h, _)| h);
    let ip: IpAddr = host.parse().ok()?;
    Some(ip.to_canonical()).filter(|ip| !ip.is_unspecified())
}

/// Is this an IPv4 address and nothing else, so that [`parse`] gives it? A quick look for the hot path: false
/// says nothing.
pub fn is_plain_v4(text: &str) -> bool {
    let (mut parts, mut digits, mut value, mut any) = (0, 0, 0u32, 0);
    for &c in text.as_bytes() {
        match c {
            b'0'..=b'9' => {
                // A leading zero is read as octal by some and refused here by the parser.
                if digits == 3 || digits > 0 && value == 0 {
                    return false;
                }
                value = value * 10 + u32::from(c - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && value < 256 && parts < 3 => {
                (parts, digits, any, value) = (parts + 1, 0, any | value, 0);
            }
            _ => return false,
        }
    }
    parts == 3 && digits > 0 && value < 256 && any | value != 0
}

/// The same of an IPv6 address without a zone, a port or a dotted part, and no IPv4 address in its clothes: false
/// says nothing.
pub fn is_plain_v6(text: &str) -> bool {
    let b = text.as_bytes();
    // Groups so far, digits of the one at hand, whether `::` came, whether any digit was not 0.
    let (mut groups, mut digits, mut gap, mut any) = (0, 0, false, false);
    for (i, &c) in b.iter().enumerate() {
        if c == b':' {
            let doubled = b.get(i + 1) == Some(&b':');
            if doubled && gap || digits == 0 && !gap_before(b, i) && !(i == 0 && doubled) {
                return false;
            }
            gap |= doubled;
            groups += u32::from(digits > 0);
            digits = 0;
        } else if c.is_ascii_hexdigit() && digits < 4 {
            digits += 1;
            any |= c != b'0';
        } else {
            return false;
        }
    }
    let open = digits == 0;
    groups += u32::from(!open);
    // It may end in `::` and in no other colon.
    let ends_well = !open || b.len() >= 2 && b.ends_with(b"::");
    any && ends_well && if gap { groups < 8 } else { groups == 8 } && !text.starts_with([':', '0'])
}

/// Is the colon at `i` the second of `::`?
fn gap_before(b: &[u8], i: usize) -> bool {
    i > 0 && b[i - 1] == b':'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_look_at_ipv6_never_says_more_than_the_parser() {
        let groups = ["0", "1", "ab", "FFFF", "12345", "g", "", "0000", "2001"];
        let mut all: Vec<String> = vec![String::new()];
        for n in 0..10 {
            for a in groups {
                for b in ["", "::", ":", ":::"] {
                    all.push(format!("{}{b}{a}", "1:".repeat(n)));
                    all.push(format!("{a}{b}{}", ":1".repeat(n)));
                    all.push(format!("{}{a}{b}{a}{}", "2001:".repeat(n / 2), ":5".repeat(n - n / 2)));
                }
            }
        }
        all.extend(
            ["0:0:0:0:0:ffff:0:0", "fe80::1%3", "[2001:db8::1]:443", "::ffff:1.2.3.4", "::", "0:0::0", "1.2.3.4"]
                .map(String::from),
        );
        let mut yes = 0;
        for t in &all {
            assert!(!is_plain_v6(t) || parse(t).is_some(), "{t}");
            yes += usize::from(is_plain_v6(t));
        }
        assert!(yes > 100);
        for t in ["2603:10a6:224:70::1a", "2a01:e0a:5b3:9d40:1c2d:3e4f:5a6b:7c8d", "2001:db8::"] {
            assert!(is_plain_v6(t), "{t}");
        }
    }

    #[test]
    fn addresses_met_in_exports() {
        for (t, want) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("1.2.3.4:5678", Some("1.2.3.4")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("2001:DB8::1", Some("2001:db8::1")),
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("[::ffff:1.2.3.4]:443", Some("1.2.3.4")),
            ("[10.11.12.13]:12345", Some("10.11.12.13")),
            ("fe80::1%3", Some("fe80::1")),
            ("::1", Some("::1")),
            (" 192.168.1.1, 5.6.7.8", Some("192.168.1.1")),
            ("0.0.0.0", None),
            ("localhost:12345", None),
            ("<null>", None),
            ("", None),
            ("133.200.32.-90", None),
            ("10.9000.0.1", None),
        ] {
            assert_eq!(parse(t).map(|i| i.to_string()).as_deref(), want, "{t}");
            assert!(!is_plain_v4(t) || want == Some(t), "{t}");
        }
    }

    #[test]
    fn the_quick_look_never_says_more_than_the_parser() {
        for a in ["0", "1", "01", "9", "10", "99", "100", "255", "256", "300", "1000", ""] {
            for t in [format!("{a}.2.3.4"), format!("1.{a}.3.4"), format!("1.2.3.{a}"), format!("{a}.0.0.0"), a.into()]
            {
                assert_eq!(is_plain_v4(&t), parse(&t).is_some_and(|i| i.to_string() == t), "{t}");
            }
        }
        assert!(!is_plain_v4("1.2.3.4.5") && !is_plain_v4("1.2.3.4 ") && !is_plain_v4("::1"));
    }

    #[test]
    fn an_ipv6_that_begins_like_a_mapped_one_keeps_its_digits() {
        // A parser in the field strips the characters of "::ffff:" and eats real digits.
        assert_eq!(parse("ffff:f::1").unwrap().to_string(), "ffff:f::1");
    }
}
