//! Making the files: day by day, in time order, steering towards the wanted size.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::mpsc::Sender;

use super::behaviour::{self, Presence};
use super::clients::LEGACY;
use super::clock::paris_to_utc_ms;
use super::event::{Event, Op};
use super::filler::{self, Family};
use super::rng::Rng;
use super::shapes::{Context, entra, google, purview, ual, zimbra};
use super::siege::Vendor;
use super::{FileReport, Shape, World, acts, census, signins, target};

/// Events held at a time for one file; a busier day is made in several parts.
const PART: f64 = 200_000.0;
/// Bytes gathered before a write.
const BLOCK: usize = 1 << 20;
/// Assumed bytes of a sign-in record when the common number of sign-ins is fixed.
const ENTRA_RECORD: f64 = 4600.0;
/// Share of the sign-in log that is interactive.
const INTERACTIVE: f64 = 0.25;
/// One audit record in this many is delivered again.
const DUPLICATE_ONE_IN: u64 = 50;

/// Estimates the activity of each day from a sample of accounts and fixes the number of sign-ins,
/// which is the same for all shapes whichever are written.
pub(super) fn survey(world: &mut World<'_>) {
    let opts = world.opts;
    let step = (opts.users / 3000).max(1);
    let mut presences = Vec::new();
    let mut logins = 0.0;
    let days = opts.days as u16;
    let mut weights = Vec::with_capacity(usize::from(days));
    for n in 0..days {
        let mut sum = 0.0;
        let mut u = 0;
        while u < opts.users {
            behaviour::day(&world.pop, opts.seed, u, world.first_day, n, &mut presences);
            for p in &presences {
                sum += p.weight;
                logins += signins::share(p);
            }
            u += step;
        }
        weights.push(sum * f64::from(step));
    }
    let wanted = target(opts, Shape::EntraNdjson) as f64 * INTERACTIVE / ENTRA_RECORD;
    let total = logins * f64::from(step) * signins::RECORDS_PER_LOGIN;
    world.rate = if total > 0.0 { wanted / total } else { 0.0 };
    if opts.hard {
        // What people do does not depend on how large the files should be. Google keeps its
        // sessions for weeks; others ask nearly every time.
        world.rate = match opts.shapes[0].vendor() {
            Vendor::Microsoft => 0.9,
            Vendor::Google => 0.3,
            Vendor::Zimbra => 1.1,
        };
    }
    world.day_weights = weights;
}

/// Writes one file.
pub(super) fn write_file(world: &World<'_>, shape: Shape, progress: &Sender<u64>) -> io::Result<FileReport> {
    let path = world.opts.out.join(shape.file_name());
    let mut writer = Writer {
        cx: Context { pop: &world.pop },
        shape,
        file: File::create(&path)?,
        buffer: Vec::with_capacity(BLOCK + (1 << 16)),
        scratch: Vec::new(),
        ring: Vec::new(),
        pick: Rng::keyed(&[world.opts.seed, 0xD0B]),
        bytes: 0,
        records: 0,
        duplicates: 0,
        shown: 1.0,
        progress,
    };
    if shape == Shape::PurviewCsv {
        writer.buffer.extend_from_slice(purview::HEADER.as_bytes());
    }
    let mut day = Day::default();
    let mut fill = Mean::default();
    let mut core = Mean::default();
    for n in 0..world.opts.days as u16 {
        day.prepare(world, n);
        if n == 0 {
            writer.calibrate(world, &day, &mut fill, &mut core);
        }
        writer.day(world, &mut day, n, &mut fill, &mut core)?;
    }
    writer.flush()?;
    writer.file.flush()?;
    Ok(FileReport { shape, path, bytes: writer.bytes, records: writer.records, duplicates: writer.duplicates })
}

/// Running mean size of a class of records.
#[derive(Default)]
struct Mean {
    bytes: u64,
    count: u64,
}

impl Mean {
    fn get(&self) -> f64 {
        if self.count == 0 { 2000.0 } else { self.bytes as f64 / self.count as f64 }
    }
}

/// One day of all accounts.
#[derive(Default)]
struct Day {
    presences: Vec<Presence>,
    /// End of each account's presences in the list above, and the sum of their weights.
    users: Vec<(u32, f64)>,
    /// Sign-ins and hostile events.
    fixed: Vec<Event>,
    weight: f64,
    start: i64,
    end: i64,
}

impl Day {
    fn prepare(&mut self, world: &World<'_>, n: u16) {
        self.presences.clear();
        self.users.clear();
        self.fixed.clear();
        self.weight = 0.0;
        let date = world.first_day + i64::from(n);
        self.start = paris_to_utc_ms(date, 0);
        self.end = paris_to_utc_ms(date + 1, 0);
        let mut today = Vec::new();
        for u in 0..world.opts.users {
            behaviour::day(&world.pop, world.opts.seed, u, world.first_day, n, &mut today);
            let user = &world.pop.users[u as usize];
            signins::day(world.opts.seed, user, u, n, world.rate, &today, &mut self.fixed);
            if world.opts.hard {
                let before = |d| census::worked(&world.pop, world.opts.seed, world.first_day, u, d);
                acts::day(&world.pop, world.opts.seed, u, n, &today, before, &mut self.fixed);
            }
            let weight: f64 = today.iter().map(|p| p.weight).sum();
            self.presences.extend_from_slice(&today);
            self.users.push((self.presences.len() as u32, weight));
            self.weight += weight;
        }
        let from = world.timeline.partition_point(|e| e.t < self.start);
        let to = world.timeline.partition_point(|e| e.t < self.end);
        self.fixed.extend_from_slice(&world.timeline[from..to]);
        // A retry may run past midnight; the day it began in keeps it.
        for e in &mut self.fixed {
            e.t = e.t.clamp(self.start, self.end - 1);
        }
    }
}

struct Writer<'a> {
    cx: Context<'a>,
    shape: Shape,
    file: File,
    buffer: Vec<u8>,
    scratch: Vec<u8>,
    /// Recent records that may be delivered again.
    ring: Vec<Vec<u8>>,
    pick: Rng,
    bytes: u64,
    records: u64,
    duplicates: u64,
    /// Share of the filler events that leave a record in this shape.
    shown: f64,
    progress: &'a Sender<u64>,
}

impl Writer<'_> {
    fn family(&self) -> Family {
        if matches!(self.shape, Shape::EntraNdjson | Shape::ZimbraAudit) { Family::SignIns } else { Family::Audit }
    }

    fn shows(&self, e: &Event) -> bool {
        self.shape.shows(e)
    }

    /// One record in this many is delivered again.
    fn repeats(&self) -> Option<u64> {
        match &self.cx.pop.hard {
            Some(hard) => matches!(self.shape, Shape::UalNdjson | Shape::GoogleNdjson).then_some(hard.duplicate_one_in),
            None => (self.shape == Shape::UalNdjson).then_some(DUPLICATE_ONE_IN),
        }
    }

    fn render(&mut self, e: &Event) -> u64 {
        let before = self.buffer.len();
        match self.shape {
            Shape::UalNdjson => {
                ual::write(&self.cx, e, &mut self.buffer);
                self.buffer.push(b'\n');
            }
            Shape::PurviewCsv => purview::write(&self.cx, e, &mut self.scratch, &mut self.buffer),
            Shape::EntraNdjson => {
                entra::write(&self.cx, e, &mut self.buffer);
                self.buffer.push(b'\n');
            }
            Shape::GoogleNdjson => {
                google::write(&self.cx, e, &mut self.buffer);
                self.buffer.push(b'\n');
            }
            Shape::ZimbraAudit => {
                zimbra::audit(&self.cx, e, &mut self.buffer);
                self.buffer.push(b'\n');
            }
            Shape::ZimbraMailbox => {
                zimbra::mailbox(&self.cx, e, &mut self.buffer);
                self.buffer.push(b'\n');
            }
        }
        (self.buffer.len() - before) as u64
    }

    /// Measures a sample of records before the first day is planned.
    fn calibrate(&mut self, world: &World<'_>, day: &Day, fill: &mut Mean, core: &mut Mean) {
        let kept = self.buffer.len();
        // Shared out over the accounts as the file itself is: record sizes differ between people.
        let factor = if day.weight > 0.0 { 6000.0 / day.weight } else { 0.0 };
        let mut sample = Vec::new();
        self.fill(world, day, 0, factor, (day.start, day.end), &mut sample);
        // Products that tell less show a part only of what is made.
        if self.shape.vendor() != Vendor::Microsoft {
            self.shown = (sample.len() as f64 / 6000.0).clamp(0.01, 1.0);
        }
        for e in &sample {
            fill.bytes += self.render(e);
            fill.count += 1;
            self.buffer.truncate(kept);
        }
        let step = day.fixed.len() / 2000 + 1;
        for e in day.fixed.iter().step_by(step).filter(|e| e.op == Op::SignIn) {
            core.bytes += self.render(e);
            core.count += 1;
            self.buffer.truncate(kept);
        }
    }

    /// Writes one day, with as many filler records as bring the file back on course.
    fn day(&mut self, world: &World<'_>, day: &mut Day, n: u16, fill: &mut Mean, core: &mut Mean) -> io::Result<()> {
        let rest: f64 = world.day_weights[usize::from(n) + 1..].iter().sum();
        let left = target(world.opts, self.shape) as f64 - (self.bytes + self.buffer.len() as u64) as f64;
        let share = if rest + day.weight > 0.0 { day.weight / (rest + day.weight) } else { 0.0 };
        let fixed = day.fixed.iter().filter(|e| self.shows(e)).count() as f64 * core.get();
        let repeat = self.repeats().map_or(1.0, |n| 1.0 + 1.0 / n as f64);
        let wanted = ((left * share / repeat - fixed) / fill.get()).max(0.0);
        let wanted = wanted / self.shown;
        let factor = if day.weight > 0.0 { wanted / day.weight } else { 0.0 };
        let parts = (wanted / PART) as i64 + 1;
        let length = day.end - day.start;
        let repeats = self.repeats();
        let mut events = Vec::new();
        for part in 0..parts {
            let from = day.start + length * part / parts;
            let to = day.start + length * (part + 1) / parts;
            events.clear();
            events.extend(day.fixed.iter().filter(|e| (from..to).contains(&e.t) && self.shows(e)));
            self.fill(world, day, n, factor, (from, to), &mut events);
            events.sort_unstable_by_key(Event::order);
            for e in &events {
                let size = self.render(e);
                self.records += 1;
                let class = if e.op == Op::SignIn { &mut *core } else { &mut *fill };
                class.bytes += size;
                class.count += 1;
                if let Some(n) = repeats {
                    self.repeat(size as usize, n);
                }
                if self.buffer.len() >= BLOCK {
                    self.flush()?;
                }
            }
        }
        Ok(())
    }

    /// The filler events of a part of a day.
    fn fill(&self, world: &World<'_>, day: &Day, n: u16, factor: f64, (from, to): (i64, i64), events: &mut Vec<Event>) {
        let family = self.family();
        let mut first = 0;
        let mut sum = 0.0;
        let mut given = 0;
        for (u, &(end, weight)) in day.users.iter().enumerate() {
            let own = &day.presences[first as usize..end as usize];
            first = end;
            // Rounding the running sum shares out exactly the wanted number.
            sum += weight * factor;
            let count = sum as u64 - given;
            given += count;
            if own.is_empty() {
                continue;
            }
            for i in 0..count {
                let mut e = filler::make(family, world.opts.seed, u as u32, n, i, own, weight);
                // An old mail program only fetches and sends.
                if e.client == LEGACY && world.opts.hard && !matches!(e.op, Op::Send | Op::Token) {
                    e.op = Op::Sync;
                }
                if (from..to).contains(&e.t) && self.shows(&e) {
                    events.push(e);
                }
            }
        }
    }

    /// Delivers an earlier record again now and then, as the real export does.
    fn repeat(&mut self, size: usize, one_in: u64) {
        let draw = self.pick.next();
        if draw.is_multiple_of(one_in) && !self.ring.is_empty() {
            let at = (draw >> 32) as usize % self.ring.len();
            self.buffer.extend_from_slice(&self.ring[at]);
            self.records += 1;
            self.duplicates += 1;
        } else if draw & 15 == 1 {
            let record = &self.buffer[self.buffer.len() - size..];
            if self.ring.len() < 64 {
                self.ring.push(record.to_vec());
            } else {
                let slot = &mut self.ring[(draw >> 40) as usize % 64];
                slot.clear();
                slot.extend_from_slice(record);
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.bytes += self.buffer.len() as u64;
        // Nobody listening only means that nobody wants to know.
        let _ = self.progress.send(self.buffer.len() as u64);
        self.buffer.clear();
        Ok(())
    }
}
