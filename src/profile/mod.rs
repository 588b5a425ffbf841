//! Stage 5: what is normal for the person, for the others, for the tenant; and how much each episode
//! departs from it. The formulas are those of `detection.md` 1.3, with the attacker model written
//! out in [`attacker`].

pub mod apps;
pub mod attacker;
pub mod clock;
pub mod company;
pub mod days;
pub mod episode;
pub mod guessing;
pub mod habits;
pub mod identity;
pub mod lists;
mod model;
mod past;
pub mod persona;
pub mod population;
pub mod spray;
mod visits;
pub mod whereabouts;

use crate::config::Config;
use crate::enrich::{Country, Enrichment, NO_COUNTRY};
use crate::events::Events;
use crate::events::columns::View;
use attacker::Attacker;
use clock::Clock;
use days::count_union;
use episode::{Episode, Reach};
use guessing::Guessing;
use habits::Habits;
use model::{Model, is_native};
use population::{Own, Population, days_with};
use rayon::prelude::*;
use spray::Sprays;
use std::borrow::Cow;

/// Episodes of all accounts, scored.
pub struct Profile {
    /// By account, then by first row.
    pub episodes: Vec<Vec<Episode>>,
    pub clock: Clock,
    /// Accounts that ever got in.
    pub users: u32,
    /// Length of the log in days.
    pub span_days: f64,
    /// Too short for an account's own history: only the comparison with others counts.
    pub short_log: bool,
    /// Who does which kind of action.
    pub habits: Habits,
    /// Who uses which application.
    pub apps: apps::Apps,
    /// Active days of each account.
    pub active_days: Vec<u32>,
    /// Sources that try passwords on many accounts.
    pub sprays: Sprays,
    /// Accounts that many addresses guess at.
    pub guessing: Guessing,
    /// See [`Profile::episode_of_row`]; kept when the episodes are gone.
    episode_of_row: Vec<u32>,
}

/// By network: a service of the tenant, such as a scanner that signs in for many people now and then.
/// It was there in the learning period, stays for half of the log, and comes for three people or more;
/// where it shows none of their devices, for one in five people at least, which no intruder has.
fn services(by_account: &[Vec<Episode>], networks: usize, s: &Settings, span: (i64, i64)) -> Vec<bool> {
    let mut seen: Vec<Vec<&Episode>> = vec![Vec::new(); networks];
    for e in by_account.iter().flatten().filter(|e| e.reach == Reach::Inside) {
        seen[e.network as usize].push(e);
    }
    let users = by_account.iter().filter(|e| e.iter().any(|e| e.reach == Reach::Inside)).count();
    // Accounts come in order.
    let accounts = |of: &[&Episode]| 1 + of.windows(2).filter(|w| w[0].account != w[1].account).count();
    seen.iter()
        .map(|of| {
            let (Some(first), Some(last)) = (of.iter().map(|e| e.start).min(), of.iter().map(|e| e.end).max()) else {
                return false;
            };
            let own: Vec<&Episode> = of.iter().copied().filter(|e| !e.alien).collect();
            first - span.0 <= s.learning_span
                && last - first >= (span.1 - span.0) / 2
                && (!own.is_empty() && accounts(&own) >= 3 || accounts(of) >= 5.max(users.div_ceil(5)))
                && days_with(of, |_| true, None) >= s.native_days
        })
        .collect()
}

struct Settings {
    learning_days: usize,
    learning_sessions: usize,
    learning_span: i64,
    native_share: f64,
    native_days: usize,
    short_log_days: f64,
    ablate: Ablate,
}

/// Terms that are left out; see `[ablate]` of the settings.
#[derive(Clone, Copy)]
struct Ablate {
    peers: bool,
    native: bool,
    alien: bool,
    trust: bool,
    identity: bool,
    presence: bool,
    exits: bool,
    company: bool,
}

impl Ablate {
    fn of(c: &Config) -> Ablate {
        Ablate {
            peers: c.ablated("peers"),
            native: c.ablated("native"),
            alien: c.ablated("alien"),
            trust: c.ablated("trust"),
            identity: c.ablated("identity"),
            presence: c.ablated("presence"),
            exits: c.ablated("exits"),
            company: c.ablated("company"),
        }
    }
}

impl Settings {
    fn of(c: &Config) -> Settings {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small settings")]
        let int = |p: &str| c.number(p).max(0.0) as usize;
        Settings {
            learning_days: int("baseline.learning_days"),
            learning_sessions: int("baseline.learning_sessions"),
            learning_span: i64::try_from(int("baseline.learning_span_days")).unwrap_or(14) * 86_400_000_000,
            native_share: c.number("baseline.native_share"),
            native_days: int("baseline.native_days"),
            short_log_days: c.number("baseline.short_log_days"),
            ablate: Ablate::of(c),
        }
    }
}

impl Profile {
    pub fn new(events: &Events, v: &View<'_>, enrichment: &Enrichment, config: &Config) -> Profile {
        let s = Settings::of(config);
        let (first, last) = events.span().unwrap_or((0, 0));
        let clock = Clock::new(config.timezone, first, last);
        let let_in = apps::let_in(v);
        let mut by_account: Vec<Vec<Episode>> = events
            .accounts
            .par_iter()
            .enumerate()
            .map_init(visits::Desk::default, |desk, (i, &(code, from, to))| {
                // Records without an account belong to nobody.
                if code == 0 {
                    return Vec::new();
                }
                visits::split(u32::try_from(i).unwrap_or(0), (from, to), v, enrichment, &clock, &let_in, desk)
            })
            .collect();
        let span_days = (last - first) as f64 / 86_400e6;
        let short_log = span_days < s.short_log_days;
        let mut mains: Vec<Option<Country>> = by_account.par_iter().map(|eps| persona::main_country(eps)).collect();
        let home = persona::home_country(&mains);
        by_account.par_iter_mut().zip(&mut mains).for_each(|(eps, main)| {
            persona::settle_countries(eps, main, home);
            if let Some(main) = *main {
                whereabouts::settle(eps, v, enrichment, main, home, (first, last));
            }
            let alien = match *main {
                Some(main) if !s.ablate.alien => persona::alien_networks(eps, main, home),
                _ => Vec::new(),
            };
            eps.iter_mut().for_each(|e| e.alien = alien.binary_search(&e.network).is_ok());
        });
        // Much of this is one thread's work; what asks no episode is done beside it.
        let (services, (habits, apps)) = rayon::join(
            || {
                if !s.ablate.company {
                    company::settle(&mut by_account, &mains, enrichment, home);
                }
                services(&by_account, enrichment.networks.len(), &s, (first, last))
            },
            || rayon::join(|| Habits::new(events, v, &clock), || apps::Apps::new(events, v, &clock)),
        );
        by_account.par_iter_mut().flatten().for_each(|e| e.alien &= !services[e.network as usize]);
        let native = |n: u32, all: &[&Episode], total: usize| {
            services[n as usize] || is_native(&s, (first, last), all, total, |e| e.network == n).2
        };
        let own: Vec<Own> = by_account
            .par_iter()
            .map(|eps| Own::of(&eps.iter().filter(|e| !e.alien).collect::<Vec<_>>(), native))
            .collect();
        let users = u32::try_from(own.iter().filter(|o| o.is_user()).count()).unwrap_or(u32::MAX);
        let (population, (guessing, sprays)) = rayon::join(
            || Population::of(&own),
            || {
                let guessing = Guessing::new(events, v, enrichment, &by_account);
                let sprays = Sprays::new(events, v, enrichment, &by_account, users, &guessing);
                (guessing, sprays)
            },
        );
        let nobody = Population::of(&[]);
        let peers = if s.ablate.peers { &nobody } else { &population };
        let model = Model::new(&s, peers, Attacker::of(&population), (first, last), short_log);
        let score = |((eps, main), own): ((&mut Vec<Episode>, &Option<Country>), &Own)| {
            model.score_account(eps, main.unwrap_or(NO_COUNTRY), own, enrichment);
            u32::try_from(count_union(eps.iter().map(|e| &e.days), None)).unwrap_or(0)
        };
        let active_days = by_account.par_iter_mut().zip(&mains).zip(&own).map(score).collect();
        let (episodes, episode_of_row) = (by_account, Vec::new());
        Profile {
            habits,
            apps,
            episodes,
            clock,
            users,
            span_days,
            short_log,
            active_days,
            sprays,
            guessing,
            episode_of_row,
        }
    }

    /// Number of the episode within its account, from 1 on, for each of the table's rows; 0 where it belongs to none.
    pub fn episode_of_row(&self, rows: usize) -> Cow<'_, [u32]> {
        if self.episode_of_row.len() == rows {
            return Cow::Borrowed(&self.episode_of_row);
        }
        let mut of = vec![0; rows];
        for episodes in &self.episodes {
            for (n, ep) in (1u32..).zip(episodes) {
                ep.all_rows().iter().for_each(|&r| of[r as usize] = n);
            }
        }
        Cow::Owned(of)
    }

    /// Frees the episodes, but for which of them each row belongs to.
    pub fn let_episodes_go(&mut self, rows: usize) {
        self.episode_of_row = self.episode_of_row(rows).into_owned();
        self.episodes = Vec::new();
    }

    /// Frees what is said of each row.
    pub fn let_rows_go(&mut self) {
        (self.episodes, self.episode_of_row) = (Vec::new(), Vec::new());
    }

    /// Episodes of one account, by its index.
    pub fn of_account(&self, account: usize) -> &[Episode] {
        &self.episodes[account]
    }
}
