//! A seeded stream of numbers (splitmix64), the sample data's only source of chance.
//!
//! Each part of the data draws from a stream of its own, named after it, so that a change to one
//! part leaves the others as they were.

/// A position in a stream.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of this name.
    pub(super) fn of(seed: u64, name: &str) -> Self {
        // FNV-1a spreads the name over the state; splitmix64 does the rest.
        let spread = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        Self(name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, spread))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 where `bound` is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // The upper half of the product is even enough: bounds are tiny beside 2^64.
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// A number from `low` to `high`, both included; `low` where the range is empty.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = usize::try_from(i64::from(high) - i64::from(low) + 1).unwrap_or(0);
        low + self.below(width) as i32
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *self.one_of(from)
    }

    pub(super) fn one_of<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of `from`, each as likely as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(usize, T)]) -> T {
        let mut left = self.below(from.iter().map(|it| it.0).sum());
        for (weight, it) in from {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *it,
            }
        }
        from[from.len() - 1].1
    }

    /// `pattern` with `#` replaced by digits and `@` by capital letters.
    pub(super) fn fill(&mut self, pattern: &str) -> String {
        let mut filled = |char| match char {
            '#' => (b'0' + self.below(10) as u8) as char,
            '@' => (b'A' + self.below(26) as u8) as char,
            other => other,
        };
        pattern.chars().map(&mut filled).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn streams_are_their_own_and_repeat() {
        let draw = |seed, name| {
            let mut random = Random::of(seed, name);
            [random.below(1000), random.below(1000), random.below(1000)]
        };
        assert_eq!(draw(1, "accounts"), draw(1, "accounts"));
        assert_ne!(draw(1, "accounts"), draw(1, "contacts"));
        assert_ne!(draw(1, "accounts"), draw(2, "accounts"));
    }

    #[test]
    fn draws_stay_in_range_and_follow_their_weights() {
        let mut random = Random::of(7, "range");
        let mut rare = 0;
        for _ in 0..10_000 {
            assert!((-3..=4).contains(&random.between(-3, 4)));
            rare += usize::from(random.weighted(&[(9, false), (1, true)]));
        }
        assert!((800..1200).contains(&rare), "{rare}");
        assert_eq!(random.fill("+1 555 01").as_str(), "+1 555 01");
    }
}
