//! A text → a verdict.
//!
//! A panic is caught where it is one of a target's; elsewhere it goes the usual way.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::Duration;

use crate::probe::{Call, Probe};
use crate::target::Target;

/// Why a text is one to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A parser panicked, or what must hold of it does not.
    Panic {
        at: String,
        message: String,
    },
    Slow {
        what: &'static str,
        cpu: Duration,
        bound: Duration,
    },
    Large {
        what: &'static str,
        memory: usize,
        bound: usize,
    },
}

impl Finding {
    /// What two texts with the same fault have in common.
    pub fn key(&self) -> String {
        match self {
            Self::Panic { at, .. } => format!("panic {at}"),
            Self::Slow { what, .. } => format!("slow {what}"),
            Self::Large { what, .. } => format!("large {what}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panic { at, message } => write!(f, "panic at {at}: {message}"),
            Self::Slow { what, cpu, bound } => {
                write!(f, "{what} took {cpu:.1?}, where {bound:.1?} are allowed")
            }
            Self::Large { what, memory, bound } => {
                write!(f, "{what} held {memory} bytes, where {bound} are allowed")
            }
        }
    }
}

/// How much longer everything may take without optimization.
const DEBUG_FACTOR: u32 = if cfg!(debug_assertions) { 40 } else { 1 };

/// What one call may take for a text of so many bytes.
pub fn bounds(n_bytes: usize) -> (Duration, usize) {
    let n = n_bytes.min(1 << 24) as u32;
    let cpu = Duration::from_millis(100) + Duration::from_micros(20) * n;
    (cpu * DEBUG_FACTOR, (32 << 20) + (2 << 10) * n_bytes)
}

/// Tries `text`, and leaves in `probe` what it reached.
pub fn judge(target: &Target, text: &str, probe: &mut Probe) -> Result<(), Finding> {
    attempt(target, text, probe)?;
    let (cpu_max, memory_max) = bounds(text.len());
    if let Some(it) = probe.calls.iter().find(|it| memory_max < it.memory) {
        return Err(Finding::Large { what: it.what, memory: it.memory, bound: memory_max });
    }
    let slow = |calls: &[Call]| calls.iter().copied().find(|it| cpu_max < it.cpu);
    let Some(mut slowest) = slow(&probe.calls) else { return Ok(()) };
    // A page that is touched first, or a machine that does too much, may happen once.
    for _ in 0..2 {
        let mut again = Probe::default();
        attempt(target, text, &mut again)?;
        match slow(&again.calls) {
            Some(it) if it.cpu < slowest.cpu => slowest = it,
            Some(_) => {}
            None => return Ok(()),
        }
    }
    Err(Finding::Slow { what: slowest.what, cpu: slowest.cpu, bound: cpu_max })
}

thread_local! {
    static IS_JUDGING: Cell<bool> = const { Cell::new(false) };
    static PANIC: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

fn attempt(target: &Target, text: &str, probe: &mut Probe) -> Result<(), Finding> {
    keep_panics_quiet();
    IS_JUDGING.set(true);
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(text, probe)));
    IS_JUDGING.set(false);
    outcome.map_err(|_| {
        let (at, message) = PANIC.take().unwrap_or_default();
        Finding::Panic { at, message }
    })
}

/// The first function of ours in a trace.
fn caller(trace: &str) -> Option<String> {
    const OTHERS: &[&str] =
        &["std::", "core::", "alloc::", "fuzz::", "<core", "<alloc", "<std", "__", "rust_"];
    let names = trace.lines().filter_map(|it| it.trim().split_once(": ")).map(|it| it.1);
    let mut ours =
        names.filter(|it| it.contains("::") && !OTHERS.iter().any(|no| it.starts_with(no)));
    ours.next().map(str::to_owned)
}

/// Panics of targets are noted rather than printed.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !IS_JUDGING.get() {
                return usual(panic);
            }
            let mut at = panic.location().map(ToString::to_string).unwrap_or_default();
            if at.starts_with("/rustc/") {
                // What the standard library was asked for is somebody's fault.
                at = caller(&Backtrace::force_capture().to_string()).unwrap_or(at);
            }
            let message = panic.payload_as_str().unwrap_or_default().to_owned();
            PANIC.set(Some((at, message)));
        }));
    });
}
