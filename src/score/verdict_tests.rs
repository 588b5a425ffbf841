//! Adding up and naming, at their boundaries.

use super::*;
use crate::enrich::netclass::NetClass;
use crate::profile::lists::Lists;

const HOUR: i64 = 3_600_000_000;

fn evidence(family: Family, side: Side, llr: f64) -> Evidence {
    Evidence {
        detector: "a_detector",
        account: 0,
        family,
        side,
        llr,
        group: None,
        episode: None,
        time: 0,
        end_time: 0,
        rows: vec![0],
        count: 1,
        title: String::new(),
        explanation: String::new(),
        marks: Vec::new(),
    }
}

/// Access evidence of an episode.
fn access(group: u32, llr: f64) -> Evidence {
    Evidence { group: Some(group), episode: Some(group), ..evidence(Family::Access, Side::SignIn, llr) }
}

fn action(llr: f64, time: i64) -> Evidence {
    Evidence { time, end_time: time, ..evidence(Family::Mailbox, Side::Action, llr) }
}

fn account(episodes: &[Episode]) -> Account<'_> {
    Account { index: 0, name: "a@corp.example", from: 0, to: 1, episodes }
}

/// An episode of a score, from one hour to another.
fn in_sessions(sessions: &[u32]) -> Lists {
    Lists::of([&[], &[], &[], &[], sessions])
}

fn visit(score: f64, country: &[u8; 2], network: u32, from: i64, to: i64) -> Episode {
    let days = (from / 24..=to / 24).filter_map(|d| u32::try_from(d).ok()).collect::<Vec<u32>>();
    let mut e = Episode { score, country: *country, network, reach: Reach::Inside, ..Episode::default() };
    (e.start, e.end) = (from * HOUR, to * HOUR);
    days.into_iter().for_each(|d| e.days.insert(d));
    e
}

#[test]
fn a_tenant_without_victims_is_judged_harder_and_a_stricken_one_easier() {
    assert!(tide_over(0.01, 0, 10_000) == -1.0 && tide_over(0.01, 0, 300) > -1.0 && tide_over(0.01, 0, 300) < -0.5);
    assert!(tide_over(0.01, 0, 10).abs() < 0.1, "ten accounts say nothing of how common victims are");
    assert!(tide_over(0.01, 3, 300).abs() < 0.1 && tide_over(0.01, 40, 300) == 0.5);
    assert_eq!(log_odds(0.5), 0.0);
    assert!((log_odds(0.8) - 4f64.ln()).abs() < 1e-12);
}

#[test]
fn each_verdict_begins_at_its_threshold_and_not_below() {
    let number = |k: &str| match k {
        "compromised" => 3.0,
        "suspected" => 0.5,
        "single" => 4.5,
        "exposed" => 1.5,
        _ => -2.0,
    };
    let sum = |gained: f64, families: usize, chained: bool| Sum {
        gained,
        strongest: 0.0,
        strong_families: families,
        chained,
        exposure: 0.0,
    };
    let named = |s: &Sum| name(s, -4.0, 0.0, number);
    for (gained, families, chained, verdict) in [
        (7.0, 2, false, Some(Verdict::Compromised)),
        (7.0, 1, true, Some(Verdict::Compromised)),
        (7.0, 1, false, Some(Verdict::Watch)),
        (6.99, 2, true, Some(Verdict::Suspected)),
        (4.5, 2, false, Some(Verdict::Suspected)),
        (4.5, 1, true, Some(Verdict::Watch)),
        (4.49, 2, true, Some(Verdict::Watch)),
        (2.0, 0, false, Some(Verdict::Watch)),
        (1.99, 2, true, None),
    ] {
        assert_eq!(named(&sum(gained, families, chained)), verdict, "{gained} {families} {chained}");
    }
    // One piece that is strong enough by itself; the tide of the organisation counts there too.
    let single = |strongest: f64, tide: f64| name(&Sum { strongest, ..sum(0.0, 1, false) }, -4.0, tide, number);
    assert_eq!((single(4.5, 0.0), single(4.49, 0.0)), (Some(Verdict::Suspected), None));
    assert_eq!((single(4.5, -0.1), single(4.25, 0.25)), (None, Some(Verdict::Suspected)));
    let known = |exposure: f64| named(&Sum { exposure, ..sum(0.0, 0, false) });
    assert_eq!((known(1.5), known(1.49)), (Some(Verdict::Exposed), Some(Verdict::Watch)));
    assert_eq!((known(0.75), known(0.74)), (Some(Verdict::Watch), None));
    // A known password is no reason to say less of what was done.
    assert_eq!(named(&Sum { exposure: 9.0, ..sum(4.5, 2, false) }), Some(Verdict::Suspected));
}

#[test]
fn copies_of_one_fact_count_half_and_half_again_up_to_the_cap_of_their_family() {
    let a = account(&[]);
    let rules = |llr: &[f64]| llr.iter().map(|l| evidence(Family::Mailbox, Side::Action, *l)).collect::<Vec<_>>();
    // The strongest is whole, whichever comes first.
    assert_eq!(add_up(&a, &rules(&[1.0, 4.0, 2.0]), 9.0).gained, 4.0 + 1.0 + 0.25);
    assert_eq!(add_up(&a, &rules(&[5.0, 5.0, 5.0]), 9.0).gained, 6.0);
    let mut two = rules(&[5.0, 5.0, 5.0]);
    two.push(evidence(Family::App, Side::Action, 1.0));
    two.push(evidence(Family::Mfa, Side::SignIn, 0.99));
    two.push(evidence(Family::Credential, Side::Exposure, 3.0));
    two.push(evidence(Family::Credential, Side::Exposure, 2.0));
    let sum = add_up(&a, &two, 9.0);
    assert_eq!(sum.gained, 6.0 + 1.0 + 0.99, "a password that is known is not added");
    assert_eq!((sum.strongest, sum.strong_families, sum.exposure, sum.chained), (5.0, 2, 3.0, false));
}

#[test]
fn a_hostile_sign_in_and_an_act_of_it_weigh_more_than_their_sum() {
    let a = account(&[]);
    let from = |llr: f64, episode: Option<u32>| Evidence {
        episode,
        end_time: 2 * HOUR,
        ..evidence(Family::Session, Side::SignIn, llr)
    };
    let chained = |s: Evidence, a_: Evidence| is_chained(&a, &[s, a_]);
    let apart = 1000 * HOUR;
    // The same episode, however long after.
    assert!(chained(from(2.0, Some(3)), Evidence { episode: Some(3), ..action(1.5, apart) }));
    assert!(!chained(from(2.0, Some(3)), Evidence { episode: Some(4), ..action(1.5, apart) }));
    assert!(!chained(from(2.0, None), action(1.5, apart)), "neither knows its episode: that is no same one");
    // Within an hour of its end, not before its beginning.
    assert!(chained(from(2.0, None), action(1.5, 3 * HOUR)) && chained(from(2.0, None), action(1.5, 0)));
    assert!(!chained(from(2.0, None), action(1.5, 3 * HOUR + 1)) && !chained(from(2.0, None), action(1.5, -1)));
    // Weak ones do not make a chain.
    assert!(!chained(from(1.99, None), action(1.5, HOUR)) && !chained(from(2.0, None), action(1.49, HOUR)));
    assert_eq!(add_up(&a, &[from(2.0, None), action(1.5, HOUR)], 1.25).gained, 2.0 + 1.5 + 1.25);
    // Of access evidence the whole episode counts, of other evidence its own weight.
    let strong = [visit(2.0, b"NL", 7, 0, 1)];
    let a = account(&strong);
    assert!(is_chained(&a, &[access(0, 0.1), action(1.5, HOUR)]));
    let own = Evidence { family: Family::Session, ..access(0, 0.1) };
    assert!(!is_chained(&a, &[own, action(1.5, HOUR)]));
}

#[test]
fn access_evidence_of_one_episode_is_one_piece_with_the_score_of_the_episode() {
    let episodes = [visit(3.0, b"FR", 1, 0, 1), visit(-2.0, b"FR", 2, 0, 1)];
    let a = account(&episodes);
    let all = |e: &[Evidence]| groups(&a, e, |s| s != Side::Exposure);
    assert_eq!(all(&[access(0, 1.0), access(0, 2.5)]), [(Family::Access, 3.0)]);
    assert_eq!(all(&[access(1, 1.0)]), [(Family::Access, 0.0)], "what speaks for the person ends at nothing");
    assert_eq!(groups(&a, &[access(0, 1.0)], |s| s == Side::Action), []);
    // Another family's evidence has its own weight, whatever group it is of.
    let session = Evidence { family: Family::Session, ..access(0, 1.25) };
    assert_eq!(all(&[session]), [(Family::Session, 1.25)]);
}

#[test]
fn a_journey_counts_by_what_the_episode_does_not_say_of_it_yet() {
    let mut episodes = [visit(3.0, b"NL", 1, 0, 1)];
    episodes[0].terms.presence = 1.5;
    let travel = |llr: f64| Evidence { detector: "impossible_travel", ..access(0, llr) };
    let sum = |episodes: &[Episode], llr: f64| groups(&account(episodes), &[travel(llr)], |_| true);
    assert_eq!(sum(&episodes, 2.25), [(Family::Access, 3.75)]);
    assert_eq!(sum(&episodes, 1.0), [(Family::Access, 3.0)]);
    episodes[0].terms.presence = -1.0;
    assert_eq!(sum(&episodes, 2.0), [(Family::Access, 5.0)]);
}

/// Weights of the pieces that access evidence of all these episodes makes, strongest first.
fn pieces(episodes: &[Episode]) -> Vec<f64> {
    let all: Vec<Evidence> = (0..episodes.len()).map(|i| access(u32::try_from(i).unwrap(), 1.0)).collect();
    let mut got: Vec<f64> = groups(&account(episodes), &all, |_| true).into_iter().map(|g| g.1).collect();
    got.sort_by(|a, b| b.total_cmp(a));
    got
}

#[test]
fn one_stay_is_one_piece_by_its_strongest_line() {
    // Thirty days at home, of no weight.
    let home = visit(0.0, b"FR", 1, 0, 30 * 24);
    let at = |score: f64, country: &[u8; 2], network: u32, from: i64, to: i64| visit(score, country, network, from, to);
    // Abroad: whichever network, a week's pause and no more, from the end of the longest.
    let week = 7 * 24;
    assert_eq!(pieces(&[home.clone(), at(2.0, b"NL", 5, 0, 9), at(3.0, b"NL", 6, 9 + week, 200)]), [3.0, 0.0]);
    assert_eq!(pieces(&[home.clone(), at(2.0, b"NL", 5, 0, 9), at(3.0, b"NL", 6, 10 + week, 200)]), [3.0, 2.0, 0.0]);
    assert_eq!(pieces(&[home.clone(), at(2.0, b"NL", 5, 0, 9), at(3.0, b"DE", 5, 9, 10)]), [3.0, 2.0, 0.0]);
    let long = [home.clone(), at(2.0, b"NL", 5, 0, 100), at(1.0, b"NL", 6, 1, 2), at(3.0, b"NL", 7, 100 + week, 300)];
    assert_eq!(pieces(&long), [3.0, 0.0]);
    // In the own country, or nobody knows where: the same network within a day.
    for c in [b"FR", &NO_COUNTRY] {
        assert_eq!(pieces(&[home.clone(), at(2.0, c, 5, 0, 9), at(3.0, c, 5, 33, 40)]), [3.0, 0.0]);
        assert_eq!(pieces(&[home.clone(), at(2.0, c, 5, 0, 9), at(3.0, c, 5, 34, 40)]), [3.0, 2.0, 0.0]);
        assert_eq!(pieces(&[home.clone(), at(2.0, c, 5, 0, 9), at(3.0, c, 6, 9, 10)]), [3.0, 2.0, 0.0]);
    }
}

#[test]
fn exits_of_rented_networks_are_one_piece_wherever_they_are() {
    let rented = |score: f64, country: &[u8; 2]| Episode { class: NetClass::Vpn, ..visit(score, country, 9, 0, 1) };
    assert_eq!(pieces(&[rented(2.0, b"NL"), rented(4.0, b"SE"), visit(1.0, b"DE", 3, 0, 1)]), [4.0, 1.0]);
}

#[test]
fn the_intruders_further_visits_are_those_of_the_session_or_network_where_nothing_is_the_persons() {
    let hostile = Episode { lists: in_sessions(&[4, 5]), ..visit(5.0, b"NL", 7, 0, 1) };
    let further = Episode { alien: true, ..visit(-0.5, b"NL", 7, 9, 10) };
    let is_further = |e: Episode| {
        let both = [hostile.clone(), e];
        continued(&account(&both), &BTreeSet::from([0])) == [1]
    };
    assert!(is_further(further.clone()));
    assert!(is_further(Episode { network: 8, lists: in_sessions(&[1, 5]), ..further.clone() }));
    assert!(!is_further(Episode { network: 8, lists: in_sessions(&[1]), ..further.clone() }));
    assert!(!is_further(Episode { reach: Reach::PasswordKnown, ..further.clone() }));
    assert!(!is_further(Episode { native: true, ..further.clone() }));
    assert!(!is_further(Episode { app_only: true, ..further.clone() }));
    let terms = |trust: f64| crate::profile::episode::Terms { trust, ..Default::default() };
    assert!(!is_further(Episode { terms: terms(-1.0), ..further.clone() }));
    assert!(is_further(Episode { terms: terms(-0.99), ..further.clone() }));
    // Not alien: then the network has to be new.
    assert!(is_further(Episode { alien: false, l_net: 0.1, ..further.clone() }));
    assert!(!is_further(Episode { alien: false, l_net: 0.0, ..further }));
}

#[test]
fn verdicts_have_words_that_are_read_back() {
    for v in Verdict::ALL {
        assert_eq!(Verdict::parse(v.as_str()), Some(*v));
    }
    assert_eq!(Verdict::parse("guilty"), None);
    assert!(Verdict::Compromised > Verdict::Suspected && Verdict::Exposed > Verdict::Watch);
}
