//! Proofs: known ones, all of the small trees, and what must not pass.

use proptest::prelude::*;

use super::{KNOWN_ROOTS, from_hex, known_leaves, naive_root, numbered_leaves};
use crate::tree::{Head, hex};
use crate::{
    Error, Hash, consistency_proof, inclusion_proof, verify_consistency, verify_inclusion,
};

fn head(leaves: &[Hash]) -> Head {
    Head { size: leaves.len() as u64, root: naive_root(leaves) }
}

fn known_head(size: usize) -> Head {
    Head { size: size as u64, root: from_hex(KNOWN_ROOTS[size]) }
}

const N1: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const N23: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const N4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const N45: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const N67: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const N4567: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

#[test]
fn inclusion_proofs_are_the_known_ones() {
    let leaves = known_leaves();
    let known: [(usize, usize, &[&str]); 5] = [
        (0, 1, &[]),
        (0, 8, &[N1, N23, N4567]),
        (5, 8, &[N4, N67, KNOWN_ROOTS[4]]),
        (2, 3, &[KNOWN_ROOTS[2]]),
        (1, 5, &[KNOWN_ROOTS[1], N23, N4]),
    ];
    for (index, size, expected) in known {
        let proof = inclusion_proof(&leaves[..size], index as u64).unwrap();
        assert_eq!(proof.iter().map(hex).collect::<Vec<_>>(), expected);
        let verified = verify_inclusion(&leaves[index], index as u64, &known_head(size), &proof);
        assert_eq!(verified, Ok(()));
    }
}

#[test]
fn consistency_proofs_are_the_known_ones() {
    let leaves = known_leaves();
    let known: [(usize, usize, &[&str]); 4] = [
        (1, 1, &[]),
        (1, 8, &[N1, N23, N4567]),
        (6, 8, &[N45, N67, KNOWN_ROOTS[4]]),
        (2, 5, &[N23, N4]),
    ];
    for (old, new, expected) in known {
        let proof = consistency_proof(&leaves[..new], old as u64).unwrap();
        assert_eq!(proof.iter().map(hex).collect::<Vec<_>>(), expected);
        assert_eq!(verify_consistency(&known_head(old), &known_head(new), &proof), Ok(()));
    }
}

#[test]
fn every_small_tree_proves_every_leaf_and_prefix() {
    let leaves = numbered_leaves(40);
    for size in 0..=leaves.len() {
        let new = head(&leaves[..size]);
        for index in 0..size {
            let proof = inclusion_proof(&leaves[..size], index as u64).unwrap();
            assert_eq!(verify_inclusion(&leaves[index], index as u64, &new, &proof), Ok(()));
        }
        for old in 0..=size {
            let proof = consistency_proof(&leaves[..size], old as u64).unwrap();
            assert_eq!(verify_consistency(&head(&leaves[..old]), &new, &proof), Ok(()));
        }
    }
}

#[test]
fn what_no_tree_can_prove_is_refused() {
    let leaves = numbered_leaves(5);
    let (three, five) = (head(&leaves[..3]), head(&leaves));
    let outside = Error::OutOfRange { index: 5, size: 5 };
    assert_eq!(inclusion_proof(&leaves, 5), Err(outside));
    assert_eq!(verify_inclusion(&leaves[0], 5, &five, &[]), Err(outside));
    let not_older = Error::NotOlder { old: 6, new: 5 };
    assert_eq!(consistency_proof(&leaves, 6), Err(not_older));
    let not_older = Error::NotOlder { old: 5, new: 3 };
    assert_eq!(verify_consistency(&five, &three, &[]), Err(not_older));
    assert_eq!(verify_consistency(&three, &five, &[]), Err(Error::ProofLength));
    assert_eq!(verify_consistency(&five, &five, &[[0; 32]]), Err(Error::ProofLength));
    let empty = Head { size: 0, root: [1; 32] };
    assert_eq!(verify_consistency(&empty, &five, &[]), Err(Error::ProofRoot));
}

/// Where and how to damage something.
fn damage() -> impl Strategy<Value = (prop::sample::Index, u8)> {
    (any::<prop::sample::Index>(), 1_u8..)
}

proptest! {
    #[test]
    fn a_proof_holds_for_its_leaf_only(
        n in 1_u64..200,
        index in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        (place, bits) in damage(),
    ) {
        let leaves = numbered_leaves(n);
        let head = head(&leaves);
        let (index, other) = (index.index(leaves.len()), other.index(leaves.len()));
        let mut proof = inclusion_proof(&leaves, index as u64).unwrap();
        let verify = |leaf: usize, at: usize, proof: &[Hash]| {
            verify_inclusion(&leaves[leaf], at as u64, &head, proof)
        };
        prop_assert_eq!(verify(index, index, &proof), Ok(()));
        if other != index {
            prop_assert!(verify(other, index, &proof).is_err());
            prop_assert!(verify(index, other, &proof).is_err());
        }
        let absent = crate::leaf_hash(b"not in the log");
        let verified = verify_inclusion(&absent, index as u64, &head, &proof);
        prop_assert_eq!(verified, Err(Error::ProofRoot));
        proof.push([0; 32]);
        prop_assert_eq!(verify(index, index, &proof), Err(Error::ProofLength));
        proof.pop();
        if !proof.is_empty() {
            let mut damaged = proof.clone();
            let bytes = damaged.as_flattened_mut();
            bytes[place.index(bytes.len())] ^= bits;
            prop_assert_eq!(verify(index, index, &damaged), Err(Error::ProofRoot));
            proof.pop();
            prop_assert_eq!(verify(index, index, &proof), Err(Error::ProofLength));
        }
    }

    #[test]
    fn a_rewritten_past_is_inconsistent(
        old in 1_u64..120,
        more in 1_u64..120,
        place in any::<prop::sample::Index>(),
    ) {
        let leaves = numbered_leaves(old + more);
        let before = head(&leaves[..old as usize]);
        let mut rewritten = leaves.clone();
        rewritten[place.index(old as usize)] = [0; 32];
        let honest = consistency_proof(&leaves, old).unwrap();
        let forged = consistency_proof(&rewritten, old).unwrap();
        prop_assert_eq!(verify_consistency(&before, &head(&leaves), &honest), Ok(()));
        for proof in [honest, forged] {
            prop_assert!(verify_consistency(&before, &head(&rewritten), &proof).is_err());
        }
    }

    #[test]
    fn any_proof_is_judged(
        (size, index, old) in (any::<u64>(), any::<u64>(), any::<u64>()),
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
    ) {
        let (new, old) = (Head { size, root: [0; 32] }, Head { size: old, root: [1; 32] });
        prop_assert!(verify_inclusion(&[2; 32], index, &new, &proof).is_err());
        prop_assert!(verify_consistency(&old, &new, &proof).is_err());
    }

    #[test]
    fn huge_trees_need_short_proofs(index in any::<u64>(), size in any::<u64>()) {
        for ranges in [
            crate::proof::inclusion_ranges(index, size),
            crate::proof::consistency_ranges(index, size),
        ].into_iter().flatten() {
            prop_assert!(ranges.len() <= 65);
        }
    }
}
