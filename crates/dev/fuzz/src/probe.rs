//! What a call costs, and what shapes come of it.
//!
//! Shapes stand in for the coverage that instrumented code would tell. They are read off the
//! `Debug` form of trees and errors: each name in it next to the one before it, and how often,
//! by order of magnitude. Texts and numbers in it do not count.

use std::collections::HashMap;
use std::fmt::{Debug, Write};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::MEMORY;
use crate::dice::mixed;

/// What of a `Debug` form is read: the first part of a large tree says enough.
const DEBUG_BYTES: usize = 32 * 1024;

/// A measured call.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub what: &'static str,
    /// The thread's own time, whatever else the machine does.
    pub cpu: Duration,
    /// The bytes that it held at once, beyond those that were held before.
    pub memory: usize,
}

/// What one text has led to.
#[derive(Debug, Default)]
pub struct Probe {
    pub calls: Vec<Call>,
    shapes: HashMap<u64, u32>,
}

impl Probe {
    pub fn measure<T>(&mut self, what: &'static str, work: impl FnOnce() -> T) -> T {
        let held = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let start = thread_time();
        let value = work();
        let cpu = thread_time().saturating_sub(start);
        let memory = MEMORY.peak_usage().saturating_sub(held);
        self.calls.push(Call { what, cpu, memory });
        value
    }

    /// Counts the shapes of `tree`.
    pub fn see(&mut self, tree: &dyn Debug) {
        let mut reader = Reader {
            shapes: &mut self.shapes,
            left: DEBUG_BYTES,
            before: 0,
            name: 0,
            quote: None,
            escaped: false,
        };
        let _full = write!(reader, "{tree:?}");
        reader.end_name();
    }

    /// Counts a fact.
    pub fn note(&mut self, fact: &str, n: u64) {
        *self.shapes.entry(mixed(crate::dice::hash(fact) ^ n)).or_default() += 1;
    }

    /// The shapes that were counted, each with the order of magnitude of its number.
    pub fn shapes(&self) -> impl Iterator<Item = u64> {
        self.shapes.iter().map(|(shape, n)| mixed(shape ^ u64::from(n.ilog2())))
    }
}

/// The time that this thread has run.
pub fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Reads a `Debug` form as it is written.
struct Reader<'a> {
    shapes: &'a mut HashMap<u64, u32>,
    left: usize,
    /// The name before, and the one that is being read; 0 where there is none.
    before: u64,
    name: u64,
    /// The quote of the text that is being read.
    quote: Option<char>,
    escaped: bool,
}

impl Reader<'_> {
    fn end_name(&mut self) {
        if self.name != 0 {
            let pair = mixed(self.before.rotate_left(17) ^ self.name);
            *self.shapes.entry(pair).or_default() += 1;
            self.before = self.name;
            self.name = 0;
        }
    }

    fn read(&mut self, char: char) {
        if let Some(quote) = self.quote {
            let ends = char == quote && !self.escaped;
            self.escaped = char == '\\' && !self.escaped;
            if ends {
                self.quote = None;
            }
        } else if char.is_ascii_alphabetic() || (self.name != 0 && char == '_') {
            self.name = mixed(self.name ^ u64::from(char)) | 1;
        } else {
            self.end_name();
            if char == '"' || char == '\'' {
                (self.quote, self.escaped) = (Some(char), false);
            }
        }
    }
}

impl Write for Reader<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.left = self.left.checked_sub(text.len()).ok_or(std::fmt::Error)?;
        text.chars().for_each(|it| self.read(it));
        Ok(())
    }
}
