//! Rounds, medians, and the table: a row as soon as it is measured.

use std::time::Duration;

#[derive(Default)]
pub(crate) struct Table {
    n_rows: usize,
}

impl Table {
    /// Our time as a multiple of the floor's, which may be at most `reach`.
    pub(crate) fn at_most(
        &mut self,
        work: &str,
        ours: &[Duration],
        floor: &[Duration],
        reach: f64,
    ) {
        let ratio = millis(ours) / millis(floor);
        let reached = ratio <= reach;
        let ratio = [format!("{ratio:.2} x"), format!("<= {reach} x")];
        self.push(work, [show(ours), show(floor)], ratio, reached);
    }

    /// How many times faster than the floor, which must be at least `reach`.
    pub(crate) fn at_least(
        &mut self,
        work: &str,
        ours: &[Duration],
        floor: &[Duration],
        reach: f64,
    ) {
        let ratio = millis(floor) / millis(ours);
        let reached = reach <= ratio;
        let ratio = [format!("{ratio:.2} x faster"), format!(">= {reach} x")];
        self.push(work, [show(ours), show(floor)], ratio, reached);
    }

    /// A time without a floor.
    pub(crate) fn within(&mut self, work: &str, ours: &[Duration], reach: Duration) {
        let reached = millis(ours) <= reach.as_secs_f64() * 1000.0;
        let reach = match reach.as_micros() {
            micros @ ..1000 => format!("<= {micros} us"),
            _ => format!("<= {} ms", reach.as_millis()),
        };
        self.push(work, [show(ours), "-".to_owned()], ["-".to_owned(), reach], reached);
    }

    pub(crate) fn memory(&mut self, work: &str, kib: &[u64], reach_kib: u64) {
        let most = kib.iter().copied().max().unwrap_or(0);
        let ours = format!("{:.1} MB", most as f64 / 1024.0);
        let reach = format!("<= {} MB", reach_kib / 1024);
        self.push(work, [ours, "-".to_owned()], ["-".to_owned(), reach], most <= reach_kib);
    }

    #[expect(clippy::print_stdout, reason = "the table is this program's result")]
    fn push(&mut self, work: &str, times: [String; 2], ratio: [String; 2], reached: bool) {
        if self.n_rows == 0 {
            println!("| work | candor (median; least) | floor | ratio | reach | |");
            println!("|---|---|---|---|---|---|");
        }
        self.n_rows += 1;
        let ([ours, floor], [ratio, reach]) = (times, ratio);
        let verdict = if reached { "reached" } else { "missed" };
        println!("| {work} | {ours} | {floor} | {ratio} | {reach} | {verdict} |");
    }
}

fn show(times: &[Duration]) -> String {
    let least = times.iter().min().copied().unwrap_or_default().as_secs_f64() * 1000.0;
    match millis(times) {
        median if median < 0.5 => format!("{:.1} us; {:.1} us", median * 1000.0, least * 1000.0),
        median => format!("{median:.1} ms; {least:.1} ms"),
    }
}

/// The median, in milliseconds.
fn millis(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1000.0
}
