//! Unsigned integers of 256 bits: what a product or a dividend of two mantissas needs.
//!
//! Just the operations that [`super::Number`] uses; nothing here overflows on operands of 38
//! digits, because two of them have 76 and 2^256 has 77.

use std::cmp::Ordering;

/// Little-endian limbs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wide([u64; 4]);

/// The largest power of ten that one limb holds.
pub(super) const LIMB_DIGITS: u32 = 19;

impl Wide {
    pub(super) const fn new(value: u128) -> Self {
        Self([value as u64, (value >> 64) as u64, 0, 0])
    }

    pub(super) fn mul(a: u128, b: u128) -> Self {
        let mask = u128::from(u64::MAX);
        let (a0, a1, b0, b1) = (a & mask, a >> 64, b & mask, b >> 64);
        let low = a0 * b0;
        let mid = a0 * b1 + (low >> 64);
        let mid2 = a1 * b0 + (mid & mask);
        let high = a1 * b1 + (mid >> 64) + (mid2 >> 64);
        Self([low as u64, mid2 as u64, high as u64, (high >> 64) as u64])
    }

    /// Times a power of ten; none where 256 bits do not hold it.
    pub(super) fn scaled_up(mut self, mut digits: u32) -> Option<Self> {
        while 0 < digits {
            let step = digits.min(LIMB_DIGITS);
            let mut carry = 0_u128;
            for limb in &mut self.0 {
                let product = u128::from(*limb) * u128::from(10_u64.pow(step)) + carry;
                *limb = product as u64;
                carry = product >> 64;
            }
            if carry != 0 {
                return None;
            }
            digits -= step;
        }
        Some(self)
    }

    /// Quotient and remainder by one limb.
    pub(super) fn div_limb(mut self, by: u64) -> (Self, u64) {
        let mut remainder = 0_u128;
        for limb in self.0.iter_mut().rev() {
            let part = (remainder << 64) | u128::from(*limb);
            *limb = (part / u128::from(by)) as u64;
            remainder = part % u128::from(by);
        }
        (self, remainder as u64)
    }

    /// Quotient and remainder; `by` is not zero.
    pub(super) fn div(self, by: u128) -> (Self, u128) {
        if let Ok(by) = u64::try_from(by) {
            let (quotient, remainder) = self.div_limb(by);
            return (quotient, u128::from(remainder));
        }
        if let Some(value) = self.narrow() {
            return (Self::new(value / by), value % by);
        }
        let (mut quotient, mut remainder) = ([0_u64; 4], 0_u128);
        for bit in (0..256).rev() {
            let carry = remainder >> 127;
            remainder = (remainder << 1) | u128::from((self.0[bit / 64] >> (bit % 64)) & 1);
            // A carried bit means that the remainder is past 2^128 and so past `by`.
            if carry == 1 || by <= remainder {
                remainder = remainder.wrapping_sub(by);
                quotient[bit / 64] |= 1 << (bit % 64);
            }
        }
        (Self(quotient), remainder)
    }

    pub(super) fn add(self, other: Self) -> Self {
        let mut out = [0; 4];
        let mut carry = false;
        for (idx, limb) in out.iter_mut().enumerate() {
            let (sum, first) = self.0[idx].overflowing_add(other.0[idx]);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            *limb = sum;
            carry = first || second;
        }
        Self(out)
    }

    /// The difference; `other` is not larger.
    pub(super) fn sub(self, other: Self) -> Self {
        let mut out = [0; 4];
        let mut borrow = false;
        for (idx, limb) in out.iter_mut().enumerate() {
            let (left, first) = self.0[idx].overflowing_sub(other.0[idx]);
            let (left, second) = left.overflowing_sub(u64::from(borrow));
            *limb = left;
            borrow = first || second;
        }
        Self(out)
    }

    pub(super) fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }

    /// The value, where 128 bits hold it.
    pub(super) fn narrow(self) -> Option<u128> {
        let [a, b, c, d] = self.0;
        (c == 0 && d == 0).then_some(u128::from(a) | (u128::from(b) << 64))
    }

    /// How many decimal digits it has; zero has one.
    pub(super) fn digits(self) -> u32 {
        let (mut rest, mut digits) = (self, 0);
        loop {
            if let Some(value) = rest.narrow() {
                return digits + value.checked_ilog10().unwrap_or(0) + 1;
            }
            rest = rest.div_limb(10_u64.pow(LIMB_DIGITS)).0;
            digits += LIMB_DIGITS;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_divide_back() {
        let values = [1_u128, 7, 10, 1 << 63, 1 << 64, 10_u128.pow(19), 10_u128.pow(38) - 1];
        for a in values {
            for b in values {
                let product = Wide::mul(a, b);
                assert_eq!(product.div(a), (Wide::new(b), 0), "{a} * {b}");
                let (quotient, remainder) = product.add(Wide::new(a - 1)).div(a);
                assert_eq!((quotient, remainder), (Wide::new(b), a - 1), "{a} * {b}");
                assert_eq!(product.add(Wide::new(a)).sub(Wide::new(a)), product);
            }
        }
    }

    #[test]
    fn digits_count() {
        assert_eq!(Wide::new(0).digits(), 1);
        for n in 0..76 {
            let power = Wide::new(1).scaled_up(n).unwrap();
            assert_eq!(power.digits(), n + 1);
        }
        assert!(Wide::new(10).scaled_up(77).is_none());
    }
}
