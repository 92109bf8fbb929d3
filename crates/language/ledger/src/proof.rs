//! Inclusion and consistency proofs: RFC 9162, sections 2.1.3 and 2.1.4 (the hashes are those
//! of RFC 6962).
//!
//! A proof is a list of roots of subtrees. Which subtrees follows from indexes alone, so the
//! `…_ranges` functions name them as ranges of leaves, and whoever holds the leaves computes
//! their roots: from a slice here, or from rows or tiles elsewhere.
//!
//! A checker is given the size and root of each tree from a source that it trusts: a root alone
//! does not say how many leaves are below it.

use std::ops::Range;

use crate::Error;
use crate::tree::{self, Hash, Head, node_hash};

/// The subtrees whose roots prove that leaf `index` is in the tree of the first `size` leaves.
pub fn inclusion_ranges(index: u64, size: u64) -> Result<Vec<Range<u64>>, Error> {
    if size <= index {
        return Err(Error::OutOfRange { index, size });
    }
    let mut path = Vec::new();
    let mut tree = 0..size;
    while 1 < tree.end - tree.start {
        let middle = split(&tree);
        if index < middle {
            path.push(middle..tree.end);
            tree.end = middle;
        } else {
            path.push(tree.start..middle);
            tree.start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The subtrees whose roots prove that the tree of the first `old` leaves is a prefix of the
/// tree of the first `new`. None are needed where the two are the same, or the old is empty.
pub fn consistency_ranges(old: u64, new: u64) -> Result<Vec<Range<u64>>, Error> {
    if new < old {
        return Err(Error::NotOlder { old, new });
    }
    let mut path = Vec::new();
    if old == 0 {
        return Ok(path);
    }
    let mut tree = 0..new;
    while old < tree.end {
        let middle = split(&tree);
        if old <= middle {
            path.push(middle..tree.end);
            tree.end = middle;
        } else {
            path.push(tree.start..middle);
            tree.start = middle;
        }
    }
    // A subtree that starts at 0 is the whole old tree, whose root the checker has.
    if 0 < tree.start {
        path.push(tree);
    }
    path.reverse();
    Ok(path)
}

/// Proves that leaf `index` is in the tree over `leaves`.
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Result<Vec<Hash>, Error> {
    let ranges = inclusion_ranges(index, leaves.len() as u64)?;
    Ok(roots_of(leaves, ranges))
}

/// Proves that the tree over the first `old` leaves is a prefix of the tree over `leaves`.
pub fn consistency_proof(leaves: &[Hash], old: u64) -> Result<Vec<Hash>, Error> {
    let ranges = consistency_ranges(old, leaves.len() as u64)?;
    Ok(roots_of(leaves, ranges))
}

/// Checks that `leaf` is leaf `index` of the tree with `head`.
pub fn verify_inclusion(leaf: &Hash, index: u64, head: &Head, proof: &[Hash]) -> Result<(), Error> {
    if head.size <= index {
        return Err(Error::OutOfRange { index, size: head.size });
    }
    let mut place = Place { node: index, last: head.size - 1 };
    let mut root = *leaf;
    for sibling in proof {
        root = match place.climb()? {
            Side::Left => node_hash(sibling, &root),
            Side::Right => node_hash(&root, sibling),
        };
    }
    place.must_be_top()?;
    if root == head.root { Ok(()) } else { Err(Error::ProofRoot) }
}

/// Checks that the tree with head `old` is a prefix of the tree with head `new`.
pub fn verify_consistency(old: &Head, new: &Head, proof: &[Hash]) -> Result<(), Error> {
    if new.size < old.size {
        return Err(Error::NotOlder { old: old.size, new: new.size });
    }
    if old.size == 0 || old.size == new.size {
        let root = if old.size == new.size { new.root } else { tree::empty_root() };
        return match proof {
            [] if old.root == root => Ok(()),
            [] => Err(Error::ProofRoot),
            [..] => Err(Error::ProofLength),
        };
    }
    // The first hash is the old tree's last perfect subtree. Where that is the whole old tree,
    // it is the old root and the proof leaves it out.
    let (first, rest) = if old.size.is_power_of_two() {
        (&old.root, proof)
    } else {
        proof.split_first().ok_or(Error::ProofLength)?
    };
    let mut place = Place { node: old.size - 1, last: new.size - 1 };
    place.shift(place.node.trailing_ones());
    let (mut old_root, mut new_root) = (*first, *first);
    for sibling in rest {
        match place.climb()? {
            Side::Left => {
                old_root = node_hash(sibling, &old_root);
                new_root = node_hash(sibling, &new_root);
            }
            Side::Right => new_root = node_hash(&new_root, sibling),
        }
    }
    place.must_be_top()?;
    if old_root == old.root && new_root == new.root { Ok(()) } else { Err(Error::ProofRoot) }
}

/// Where a range of two or more leaves divides: after the largest power of two below its length.
fn split(tree: &Range<u64>) -> u64 {
    let below = tree.end - tree.start - 1;
    tree.start + (1 << below.ilog2())
}

fn roots_of(leaves: &[Hash], ranges: Vec<Range<u64>>) -> Vec<Hash> {
    let root =
        |it: Range<u64>| tree::root(leaves[it.start as usize..it.end as usize].iter().copied());
    ranges.into_iter().map(root).collect()
}

/// A node on the way up, and the last node of its level (`fn` and `sn` in RFC 9162).
struct Place {
    node: u64,
    last: u64,
}

/// On which side the next hash of the proof stands.
enum Side {
    Left,
    Right,
}

impl Place {
    /// Goes up to the next node that has a sibling, and past it.
    fn climb(&mut self) -> Result<Side, Error> {
        if self.last == 0 {
            return Err(Error::ProofLength);
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // The last node of an odd level has no sibling there and rises unchanged.
            self.shift(self.node.trailing_zeros());
            Side::Left
        } else {
            Side::Right
        };
        self.shift(1);
        Ok(side)
    }

    fn shift(&mut self, levels: u32) {
        self.node = self.node.checked_shr(levels).unwrap_or(0);
        self.last = self.last.checked_shr(levels).unwrap_or(0);
    }

    fn must_be_top(&self) -> Result<(), Error> {
        if self.last == 0 { Ok(()) } else { Err(Error::ProofLength) }
    }
}
