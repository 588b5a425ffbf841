//! Unusual hour, in the tenant's local time. Never convicts alone. See `README.md`.

use super::words;
use crate::evidence::{Account, Context, Detector, Evidence};

pub struct UnusualHour;

impl Detector for UnusualHour {
    crate::evidence::about!("unusual_hour");

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let min_episode = cx.threshold(self.id(), "min_episode_score");
        let min_own = cx.threshold(self.id(), "min_hour_score");
        for (i, ep) in words::suspicious(account, min_episode) {
            let t = &ep.terms;
            // The rest of the episode has to be suspicious without the hour.
            if t.hour < min_own || ep.score - t.hour < min_episode {
                continue;
            }
            let first = ep.first_inside(&cx.v);
            let when = cx.profile.clock.say(cx.v.time[first as usize]);
            out.push(words::access(
                cx,
                account,
                self.id(),
                i,
                t.hour,
                format!("Signed in at {when}, outside this account's hours"),
                format!(
                    "{when} in {}: neither this account's hours of the week nor those of its colleagues ({}); from {}.",
                    cx.config.timezone.name(),
                    words::signed(t.hour),
                    words::network(cx, ep)
                ),
            ));
        }
    }
}
