//! Chance that a seed repeats: SplitMix64.

use anyhow::Result;
use std::io::Read as _;

pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `least` up to, and without, `end`.
    pub(super) fn within(&mut self, least: u64, end: u64) -> u64 {
        least + self.next() % (end - least)
    }

    /// A number whose order of magnitude is as likely as any other between two powers of two.
    pub(super) fn magnitude(&mut self, least_bits: u64, end_bits: u64) -> u64 {
        let bits = self.within(least_bits, end_bits);
        self.within(1 << bits, 2 << bits)
    }
}

/// A seed that was not used before, short enough to be typed.
pub(super) fn fresh() -> Result<u64> {
    let mut bytes = [0_u8; 4];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(u64::from(u32::from_le_bytes(bytes)))
}
