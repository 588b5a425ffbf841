//! User agents: families that live with time, the same strings for people and intruders.

use crate::clock;

/// A family of clients.
pub struct Family {
    pub os: &'static str,
    pub browser: &'static str,
    pub phone: bool,
    template: &'static str,
}

/// `{v}` is the main version of the month. The first six are computers, the next four telephones, the
/// last ones programs.
pub const FAMILIES: &[Family] = &[
    Family {
        os: "Windows10",
        browser: "Edge",
        phone: false,
        template: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
    },
    Family {
        os: "Windows10",
        browser: "Chrome",
        phone: false,
        template: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    },
    Family {
        os: "Windows10",
        browser: "Firefox",
        phone: false,
        template: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    },
    Family {
        os: "MacOs",
        browser: "Safari",
        phone: false,
        template: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{m} Safari/605.1.15",
    },
    Family {
        os: "MacOs",
        browser: "Chrome",
        phone: false,
        template: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    },
    Family {
        os: "Linux",
        browser: "Firefox",
        phone: false,
        template: "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    },
    Family {
        os: "Ios",
        browser: "Mobile Safari",
        phone: true,
        template: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_{m} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.{m} Mobile/15E148 Safari/604.1",
    },
    Family { os: "Ios", browser: "Outlook", phone: true, template: "Outlook-iOS/2.0" },
    Family {
        os: "Android",
        browser: "Chrome Mobile",
        phone: true,
        template: "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    },
    Family { os: "Android", browser: "Outlook", phone: true, template: "Outlook-Android/2.0" },
    Family { os: "", browser: "", phone: false, template: "python-requests/2.32.3" },
    Family { os: "", browser: "", phone: false, template: "axios/1.7.9" },
    Family { os: "", browser: "", phone: false, template: "BAV2ROPC" },
    Family { os: "", browser: "", phone: false, template: "" },
    Family { os: "Windows10", browser: "", phone: false, template: "eM Client/10.1.4588.0" },
    Family {
        os: "Windows10",
        browser: "Rich Client",
        phone: false,
        template: "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
    },
];

pub const PYTHON: usize = 10;
pub const AXIOS: usize = 11;
pub const BAV2ROPC: usize = 12;
pub const SILENT: usize = 13;
pub const EM_CLIENT: usize = 14;
pub const RICH: usize = 15;

/// The string of a family on a day, `lag` months behind. One new main version a month.
pub fn text(family: usize, day: i64, lag: i64) -> String {
    let months = (day - clock::days(2025, 1, 1)).div_euclid(30) - lag;
    let v = (132 + months).max(100);
    FAMILIES[family]
        .template
        .replace("{v}", &v.to_string())
        .replace("{m}", &(months.rem_euclid(24) / 4).to_string())
}
