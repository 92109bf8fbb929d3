//! The texts that reached something new, and the loop.

use std::collections::HashSet;

use crate::dice::{Dice, mixed};
use crate::judge::{Finding, judge};
use crate::mutate::{Material, mutate};
use crate::probe::{Call, Probe};
use crate::target::Target;

/// Longer texts are changed seldom: they take as long as thousands of short ones.
const SHORT_BYTES: usize = 2_000;

/// Of longer texts so many are kept.
const LONG_MAX: usize = 60;

/// A run over one target.
#[derive(Debug)]
pub struct Session<'a> {
    target: &'a Target,
    dice: Dice,
    chars_max: usize,
    words: Vec<String>,
    /// To be tried as they are, last first.
    seeds: Vec<String>,
    short: Vec<String>,
    long: Vec<String>,
    seen: HashSet<u64>,
    pub figures: Figures,
}

/// What a run has done so far.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    pub n_inputs: u64,
    pub n_bytes: u64,
    /// The call that took most of what it is allowed, in thousandths, and the largest.
    pub slowest: Option<(Call, u64)>,
    pub largest: Option<(Call, u64)>,
}

impl<'a> Session<'a> {
    /// A run that begins with `seeds`, and changes texts to at most `chars_max` characters.
    pub fn new(target: &'a Target, mut seeds: Vec<String>, chars_max: usize, seed: u64) -> Self {
        seeds.reverse();
        Self {
            target,
            dice: Dice::new(seed),
            chars_max,
            words: (target.words)(),
            seeds,
            short: vec![String::new()],
            long: Vec::new(),
            seen: HashSet::new(),
            figures: Figures::default(),
        }
    }

    /// How many texts to begin with were not tried yet.
    pub fn n_seeds(&self) -> usize {
        self.seeds.len()
    }

    /// How many texts reached something new.
    pub fn n_kept(&self) -> usize {
        self.short.len() + self.long.len()
    }

    /// The next text, to be tried.
    pub fn next_text(&mut self) -> String {
        if let Some(seed) = self.seeds.pop() {
            return seed;
        }
        let mut text = self.any().to_owned();
        let other = self.any().to_owned();
        let (words, chars_max) = (&self.words, self.chars_max);
        mutate(&mut text, &mut self.dice, Material { words, other: &other, chars_max });
        text
    }

    fn any(&mut self) -> &str {
        let pool =
            if self.dice.one_in(100) && !self.long.is_empty() { &self.long } else { &self.short };
        // What came last leads on more often than what was there at first.
        let at = self.dice.below(pool.len());
        let at = if self.dice.one_in(3) { at.max(self.dice.below(pool.len())) } else { at };
        pool.get(at).map_or("", String::as_str)
    }

    /// Tries `text`, and keeps it where it reaches what no text before it did.
    pub fn attempt(&mut self, text: String) -> Result<(), Finding> {
        let mut probe = Probe::default();
        let verdict = judge(self.target, &text, &mut probe);
        self.count(&text, &probe);
        verdict?;
        let length = mixed(u64::from(text.len().checked_ilog2().unwrap_or(0)));
        let mut is_new = self.seen.insert(length);
        for shape in probe.shapes() {
            is_new |= self.seen.insert(shape);
        }
        if is_new && text.len() <= SHORT_BYTES {
            self.short.push(text);
        } else if is_new && self.long.len() < LONG_MAX {
            self.long.push(text);
        } else if is_new {
            let at = self.dice.below(LONG_MAX);
            self.long[at] = text;
        }
        Ok(())
    }

    fn count(&mut self, text: &str, probe: &Probe) {
        let figures = &mut self.figures;
        figures.n_inputs += 1;
        figures.n_bytes += text.len() as u64;
        let (cpu_max, memory_max) = crate::judge::bounds(text.len());
        for call in &probe.calls {
            let slow = (call.cpu.as_nanos() * 1000 / cpu_max.as_nanos()) as u64;
            let large = (call.memory * 1000 / memory_max) as u64;
            for (worst, part) in [(&mut figures.slowest, slow), (&mut figures.largest, large)] {
                if worst.is_none_or(|(_, most)| most < part) {
                    *worst = Some((*call, part));
                }
            }
        }
    }
}

/// Makes `text` smaller for as long as it stays `bad`, trying at most `tries` times.
pub fn minimize(text: &str, mut tries: usize, mut bad: impl FnMut(&str) -> bool) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut size = chars.len() / 2;
    while 0 < size {
        let mut at = 0;
        while at < chars.len() && 0 < tries {
            let end = (at + size).min(chars.len());
            let rest: Vec<char> = [&chars[..at], &chars[end..]].concat();
            tries -= 1;
            if bad(&rest.iter().collect::<String>()) {
                chars = rest;
            } else {
                at = end;
            }
        }
        size /= 2;
    }
    chars.into_iter().collect()
}
