//! Unusual location: a country that is new for the person and rare among colleagues. See `README.md`.

use super::words;
use crate::enrich::NO_COUNTRY;
use crate::evidence::{Account, Context, Detector, Evidence};

pub struct UnusualLocation;

/// From this on the person's absence is reported by itself.
const ABSENT: f64 = 2.0;

impl Detector for UnusualLocation {
    crate::evidence::about!("unusual_location");

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let min_episode = cx.threshold(self.id(), "min_episode_score");
        let min_own = cx.threshold(self.id(), "min_country_score");
        for (i, ep) in words::suspicious(account, min_episode) {
            let (t, c) = (&ep.terms, &ep.counts);
            let new = t.country >= min_own && c.days_country == 0;
            // Not there, whatever the habit: the person was elsewhere, or the line is in somebody else's hands.
            let absent = t.presence.max(0.0) + t.company.max(0.0);
            if !new && absent < ABSENT || ep.country == NO_COUNTRY {
                continue;
            }
            let place = words::place(cx, ep);
            out.push(words::access(
                cx,
                account,
                self.id(),
                i,
                t.country.max(0.0) + absent,
                if new {
                    format!("Signed in from {place}, where this account had never been")
                } else {
                    format!("Used from {place}, where the person hardly was")
                },
                format!(
                    "{}; {}{}; the whole sign-in {}.",
                    words::geography(ep),
                    words::network(cx, ep),
                    words::whereabouts(ep),
                    words::signed(ep.score)
                ),
            ));
        }
    }
}
