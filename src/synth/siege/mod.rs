//! The intruders of a demanding tenant: ways in, things done inside and infrastructure, crossed with
//! each other, after section 6.3 of the evaluation protocol.

mod aims;
mod crew;
mod insiders;
mod sprays;
mod ways;

use super::attacks::{Attacks, Campaign, Victim};
use super::event::Event;
use super::intruder::{Intruder, Tools};
use super::population::{Habit, Population};
use super::rng::Rng;
use crew::Crew;

/// Product whose logs are written; some attacks exist with some products only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// Microsoft 365.
    Microsoft,
    /// Google Workspace.
    Google,
    /// Zimbra.
    Zimbra,
}

/// One attack scenario.
pub struct Scenario {
    /// Name in the truth file.
    pub name: &'static str,
    /// Where it is described.
    pub reference: &'static str,
    /// Products it exists with.
    vendors: &'static [Vendor],
    /// Accounts: fewest and most.
    accounts: (u64, u64),
    /// How often it is drawn, relative.
    weight: u64,
}

use Vendor::{Google, Microsoft, Zimbra};
const ALL: &[Vendor] = &[Microsoft, Google, Zimbra];
const CLOUD: &[Vendor] = &[Microsoft, Google];
const MS: &[Vendor] = &[Microsoft];
const MAIL: &[Vendor] = &[Microsoft, Zimbra];

const fn scenario(
    name: &'static str,
    reference: &'static str,
    vendors: &'static [Vendor],
    accounts: (u64, u64),
    weight: u64,
) -> Scenario {
    Scenario { name, reference, vendors, accounts, weight }
}

/// All scenarios.
pub const SCENARIOS: &[Scenario] = &[
    scenario("foreign_hosting", "Wiefling 2022, naive attacker", ALL, (1, 1), 3),
    scenario("foreign_isp", "Wiefling 2022, targeted attacker", ALL, (1, 1), 3),
    scenario("home_hosting", "Wiefling 2022, VPN attacker", ALL, (1, 1), 3),
    scenario("vpn_exit", "Wiefling 2022, VPN attacker", ALL, (1, 1), 3),
    scenario("residential_quiet", "Cyber Signals 4; BulletProftLink", ALL, (1, 1), 2),
    scenario("residential_action", "Cyber Signals 4; BulletProftLink", ALL, (1, 1), 3),
    scenario("aitm_replay", "T1557, T1539", CLOUD, (1, 3), 4),
    scenario("device_code", "T1528, T1098.005", MS, (1, 2), 2),
    scenario("spray_single", "T1110.003", ALL, (1, 3), 2),
    scenario("spray_distributed", "T1110.003", ALL, (1, 3), 2),
    scenario("spray_slow", "T1110.003", ALL, (1, 2), 2),
    scenario("spray_imap", "T1110.003", MAIL, (1, 3), 2),
    scenario("stuffing", "T1110.004", ALL, (1, 3), 2),
    scenario("slow_guess", "T1110.001; bsol", ALL, (1, 1), 2),
    scenario("mfa_fatigue_accepted", "T1621", CLOUD, (1, 1), 2),
    scenario("mfa_fatigue_refused", "T1621", CLOUD, (1, 1), 2),
    scenario("policy_blocked", "T1078, stopped", MS, (1, 2), 2),
    scenario("legacy_imap", "T1078, BAV2ROPC", ALL, (1, 1), 2),
    scenario("oauth_consent", "T1528", CLOUD, (1, 3), 2),
    scenario("hiding_rule", "T1564.008", MAIL, (1, 1), 3),
    scenario("hiding_rule_forward", "T1564.008, T1114.003", MAIL, (1, 1), 2),
    scenario("forward_only", "T1114.003", ALL, (1, 1), 2),
    scenario("delegation", "T1098.002", MAIL, (1, 1), 2),
    scenario("transport_rule", "T1114.003, administrator", CLOUD, (1, 1), 1),
    scenario("bec_burst", "T1534, T1657", ALL, (1, 1), 3),
    scenario("lateral_phishing", "T1534; Ho 2019", ALL, (2, 5), 2),
    scenario("thread_hijack", "T1566, three mails", ALL, (1, 1), 2),
    scenario("mail_theft_sync", "T1114.002", ALL, (1, 1), 2),
    scenario("shared_infrastructure", "one server, 2 to 40 accounts", ALL, (2, 40), 2),
    scenario("running_at_start", "Bursztein 2014; left-censored", ALL, (1, 1), 3),
    scenario("hand_over", "seller to user", ALL, (1, 2), 2),
];

/// Plans what is done to a demanding tenant; `share` of the accounts are entered.
pub fn plan(
    pop: &Population,
    seed: u64,
    share: f64,
    (start, end): (i64, i64),
    first_day: i64,
    vendor: Vendor,
) -> Attacks {
    let mut attacks = Attacks::default();
    let mut rng = Rng::keyed(&[seed, 0x51E6, vendor as u64]);
    let mut pool: Vec<u32> = (0..pop.users.len() as u32)
        .filter(|&u| {
            let user = &pop.users[u as usize];
            user.habit != Habit::Service && user.joined == 0 && user.left == u16::MAX
        })
        .collect();
    for i in (1..pool.len()).rev() {
        pool.swap(i, rng.below(i as u64 + 1) as usize);
    }
    let mut siege = Siege { pop, seed, first_day, start, end, vendor, pool, attacks: &mut attacks };
    siege.noise(&mut rng);
    let mut left = if share > 0.0 { ((share * pop.users.len() as f64 + 0.5) as usize).max(1) } else { 0 };
    let mut last = usize::MAX;
    while left > 0 && !siege.pool.is_empty() {
        let mut possible: Vec<&Scenario> = Vec::new();
        for s in SCENARIOS.iter().filter(|s| s.vendors.contains(&vendor) && s.accounts.0 as usize <= left) {
            possible.extend((0..s.weight).map(|_| s));
        }
        let s = *rng.pick(&possible);
        // Large campaigns are rarer than small ones.
        let most = s.accounts.1.min(left as u64);
        let spread = rng.unit() * rng.unit();
        let count = s.accounts.0 + ((most - s.accounts.0 + 1) as f64 * spread) as u64;
        let entered = siege.campaign(s, count as usize, &mut rng);
        // A refused attack enters nobody; without an end to it, a log could fill up with them.
        left = left.saturating_sub(entered.max(usize::from(last == left)));
        last = left;
    }
    if share > 0.0 {
        siege.insiders(&mut rng);
    }
    for list in [&mut attacks.victims, &mut attacks.insiders] {
        list.sort_by(|a, b| (a.user, a.scenario).cmp(&(b.user, b.scenario)));
    }
    attacks
}

/// State of the planning.
struct Siege<'p, 'a> {
    pop: &'p Population,
    seed: u64,
    first_day: i64,
    start: i64,
    end: i64,
    vendor: Vendor,
    /// Accounts not attacked yet, shuffled.
    pool: Vec<u32>,
    attacks: &'a mut Attacks,
}

impl<'p> Siege<'p, '_> {
    fn crew(&self, rng: &mut Rng) -> Crew<'p> {
        let tools = Tools { pop: self.pop, rng: Rng::new(rng.next()), start: self.start, end: self.end };
        Crew { tools, seed: self.seed, first_day: self.first_day }
    }

    /// Carries out one scenario and says how many accounts it entered.
    fn campaign(&mut self, s: &Scenario, count: usize, rng: &mut Rng) -> usize {
        let mut crew = self.crew(rng);
        match s.name {
            "spray_single" | "spray_distributed" | "spray_slow" | "spray_imap" | "stuffing" => {
                self.spray(s.name, count, &mut crew)
            }
            _ => {
                let at = self.pool.len().saturating_sub(count);
                let users = self.pool.split_off(at);
                self.together(s.name, &users, &mut crew)
            }
        }
    }

    /// One crew in one or several accounts, with the same infrastructure.
    fn together(&mut self, name: &'static str, users: &[u32], crew: &mut Crew<'p>) -> usize {
        let mut plan = crew.plan(name, users[0]);
        let mut entered = 0;
        for (i, &user) in users.iter().enumerate() {
            if i > 0 {
                crew.next_account(&mut plan, name, user);
            }
            let mut intruder = Intruder::new(&mut crew.tools, user);
            ways::work(&mut intruder, name, &plan, self.vendor);
            let events = intruder.events;
            entered += usize::from(self.push(user, name, plan.infra.name(), events));
        }
        entered
    }

    /// Files the events of one account; true when the mailbox was reached.
    fn push(&mut self, user: u32, scenario: &'static str, infra: &'static str, mut events: Vec<Event>) -> bool {
        events.retain(|e| e.t >= self.start && e.t < self.end);
        events.sort_unstable_by_key(Event::order);
        if events.is_empty() {
            return false;
        }
        let reached = events.iter().any(reaches);
        let verdict = if reached { "probable" } else { "exposed" };
        self.attacks.victims.push(Victim { user, scenario, verdict, infra, events });
        reached
    }
}

/// True for an event that shows the intruder inside.
pub fn reaches(e: &Event) -> bool {
    use super::event::Op;
    e.op != Op::SignIn || matches!(e.error, 0 | 50140)
}

/// True for an event that shows that the password was known.
pub fn knows(e: &Event) -> bool {
    matches!(e.error, 50055 | 50072 | 50074 | 50076 | 50079 | 50158 | 53003 | 500_121) || reaches(e)
}

/// A spray as it is kept.
fn campaign(
    scenario: &'static str,
    spots: Vec<super::networks::Spot>,
    mut targets: Vec<u32>,
    events: Vec<Event>,
) -> Campaign {
    targets.sort_unstable();
    targets.dedup();
    Campaign { scenario, spots, targets, events }
}
