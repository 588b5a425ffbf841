//! Unusual IP address and network. See `README.md`.

use super::words;
use crate::evidence::{Account, Context, Detector, Evidence};

pub struct UnusualNetwork;

impl Detector for UnusualNetwork {
    crate::evidence::about!("unusual_network");

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let min_episode = cx.threshold(self.id(), "min_episode_score");
        let min_own = cx.threshold(self.id(), "min_network_score");
        for (i, ep) in words::suspicious(account, min_episode) {
            let t = &ep.terms;
            let c = &ep.counts;
            // The whole network part: what is new about the country is new about the network too.
            let own = ep.l_net + t.hosting;
            if own < min_own || c.days_network > 0 {
                continue;
            }
            let net = words::network(cx, ep);
            let mut parts = Vec::new();
            let rented = ep.class.is_rented_or_hidden();
            // A country that is new is told by unusual_location.
            if rented {
                parts.push(words::geography(ep));
            } else if c.days_country > 0 && t.country >= 0.05 {
                parts.push(format!(
                    "{} in {}: {}, {} ({})",
                    words::way(ep),
                    words::country(ep.country),
                    words::days(c.days_spot, c.days),
                    words::peers(c.peers_spot, c.peers),
                    words::signed(t.country)
                ));
            }
            parts.extend([
                format!(
                    "this AS, {}: {}, {} ({})",
                    if rented { "among rented networks" } else { "given the country" },
                    words::days(c.days_asn, c.days),
                    words::peers(c.peers_asn, c.peers),
                    words::signed(t.asn)
                ),
                format!(
                    "this network {}, given the AS: {}, {} ({})",
                    cx.enrich.networks.get(ep.network),
                    words::days(c.days_network, c.days),
                    words::peers(c.peers_network, c.peers),
                    words::signed(t.network)
                ),
            ]);
            if t.hosting > 0.0 {
                parts.push(format!(
                    "a rented or hidden network that hardly anybody here uses ({})",
                    words::signed(t.hosting)
                ));
            }
            if t.hosting < 0.0 {
                parts.push(format!(
                    "several of the person's machines go through rented networks ({})",
                    words::signed(t.hosting)
                ));
            }
            if ep.exits > 0 {
                parts.push(format!("the person uses {} other rented networks with this device", ep.exits));
            }
            parts.extend(words::presence(ep));
            parts.extend(words::company(ep));
            if t.trust < 0.0 {
                parts.push(format!("known device or network shared with colleagues ({})", words::signed(t.trust)));
            }
            if ep.unknown_start {
                parts.push("already there when the log begins, so its start is not known".to_string());
            }
            let ip = cx.ip(ep.rows()[0]);
            out.push(words::access(
                cx,
                account,
                self.id(),
                i,
                own,
                format!("Signed in from {ip}, {net}, which this account had not used"),
                format!(
                    "{net}, {}: {}; the whole sign-in {}.",
                    words::place(cx, ep),
                    parts.join("; "),
                    words::signed(ep.score)
                ),
            ));
        }
    }
}
