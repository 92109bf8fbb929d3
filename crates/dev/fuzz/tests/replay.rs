//! Every finding that was ever made, every text that a run begins with, and some changed ones.
//!
//! One test for all parsers, because memory is counted for the process.

use fuzz::probe::Probe;
use fuzz::target::TARGETS;
use fuzz::{Session, judge, on_small_stack, seed};

/// Runs repeat: the seed is fixed.
const SEED: u64 = 1;

/// Longer texts are for longer runs, and for the corpus.
const CHARS_MAX: usize = 2_000;

#[test]
fn no_text_is_a_finding() {
    for target in TARGETS {
        on_small_stack(|| {
            for text in seed::corpus(target) {
                let verdict = judge::judge(target, &text, &mut Probe::default());
                assert_eq!(verdict, Ok(()), "{}: {text:.300}", target.name);
            }
            let seeds = seed::seeds(target);
            let step = seeds.len().div_ceil(target.n_in_tests);
            let seeds: Vec<String> = seeds.into_iter().step_by(step.max(1)).collect();
            let n_texts = seeds.len() + target.n_in_tests;
            let mut session = Session::new(target, seeds, CHARS_MAX, SEED);
            for _ in 0..n_texts {
                let text = session.next_text();
                let verdict = session.attempt(text.clone());
                assert_eq!(verdict, Ok(()), "{}: {text:.1000}", target.name);
            }
            assert!(1 < session.n_kept(), "{}: nothing reached anything", target.name);
        });
    }
}
