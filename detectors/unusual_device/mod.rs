//! Unusual device or client application. See `README.md`.

use super::words;
use crate::events::kinds::Client;
use crate::evidence::{Account, Context, Detector, Evidence};

pub struct UnusualDevice;

impl Detector for UnusualDevice {
    crate::evidence::about!("unusual_device");

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let min_episode = cx.threshold(self.id(), "min_episode_score");
        let min_own = cx.threshold(self.id(), "min_device_score");
        for (i, ep) in words::suspicious(account, min_episode) {
            let (t, c) = (&ep.terms, &ep.counts);
            if t.device + t.app + t.identity < min_own {
                continue;
            }
            let device = ep.device.describe();
            let legacy: Vec<&str> = (0..16u8)
                .filter(|b| ep.clients >> b & 1 == 1)
                .map(Client::from_u8)
                .filter(|c| c.is_legacy())
                .map(Client::as_str)
                .collect();
            let mut parts = Vec::new();
            if t.device > 0.0 {
                parts.push(format!(
                    "{device}: {}, {} ({})",
                    words::days(c.days_device, c.days),
                    words::peers(c.peers_device, c.peers),
                    words::signed(t.device)
                ));
            }
            if t.identity >= 0.05 {
                parts.push(format!(
                    "the person's own computer shows a device id or is managed, this one is neither ({})",
                    words::signed(t.identity)
                ));
            }
            if ep.device.is_scripted() {
                parts.push("a scripted client, not a person at a screen".to_string());
            }
            if t.app >= 0.05 {
                let what = if legacy.is_empty() {
                    "kind of client".to_string()
                } else {
                    format!("protocol without a second factor ({})", legacy.join(", "))
                };
                parts.push(format!("{what} that is unusual for this account ({})", words::signed(t.app)));
            }
            let title = if legacy.is_empty() {
                let new =
                    if t.device > 0.0 { "new for this account" } else { "on a computer that is not the person's" };
                format!("Signed in with {device}, {new}")
            } else {
                format!("Signed in through {}, new for this account", legacy.join(", "))
            };
            let text = format!(
                "{}; from {}; the whole sign-in {}.",
                parts.join("; "),
                words::network(cx, ep),
                words::signed(ep.score)
            );
            out.push(words::access(cx, account, self.id(), i, t.device + t.app + t.identity, title, text));
        }
    }
}
