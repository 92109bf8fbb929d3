//! Throws made-up texts at every parser of what people write, and judges what comes of them.
//!
//! In: a [`Target`], texts to begin with, a seed. Out: [`Finding`]s, each with the text that it
//! takes, made as small as it gets. It runs on the compiler as it is: what a text reaches is told
//! from the trees and errors that come of it, not from instrumented code.
//!
//! | module      | what                                                                     |
//! |-------------|--------------------------------------------------------------------------|
//! | [`dice`]    | chance that a seed repeats                                               |
//! | [`probe`]   | what a call costs, and what shapes a tree has                            |
//! | [`target`]  | the parsers, and what must hold of each                                  |
//! | [`judge`]   | a text → a verdict                                                       |
//! | [`mutate`]  | a text → another that resembles it                                       |
//! | [`seed`]    | texts to begin with: our cases, the shared ones, the corpus of findings  |
//! | [`session`] | the texts that reached something new, and the loop                       |
//!
//! **What is judged.** No text panics; no call takes more than [`judge::bounds`] allow, in the
//! thread's time and in memory, which are linear in the text; what a target asserts. A stack that
//! overflows ends the process: the program runs sessions in a child process, which writes each
//! text down before it is tried.
//!
//! **Absent on purpose.** No services and no engines: what is fuzzed are functions of texts.

pub mod dice;
pub mod probe;
pub mod target;
pub mod judge;
pub mod mutate;
pub mod seed;
pub mod session;

pub use judge::Finding;
pub use session::Session;
pub use target::Target;

/// Counts what is allocated, so that a call can be told what it held.
#[global_allocator]
static MEMORY: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

/// The stack on which texts are tried: half of what the server's worker threads have, the other
/// half being what stands below a parser there.
pub const STACK_BYTES: usize = 1 << 20;

/// The same without optimization, where a frame takes several times as much.
pub const STACK_BYTES_DEBUG: usize = 2 << 20;

/// Runs `work` on a stack of the size that texts are tried on.
///
/// # Panics
///
/// When `work` does, or no thread can be started.
pub fn on_small_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let bytes = if cfg!(debug_assertions) { STACK_BYTES_DEBUG } else { STACK_BYTES };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(bytes).spawn_scoped(scope, work);
        let thread = thread.expect("invariant: the system has a thread to give");
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
