//! Hashing against known answers, and the frontier against the definition.

use proptest::prelude::*;

use super::{KNOWN_ROOTS, from_hex, known_leaves, naive_root, numbered_leaves};
use crate::tree::{self, Frontier, commitment, hex, leaf_hash};
use crate::{Error, Hash};

#[test]
fn hashes_are_those_of_rfc_6962() {
    let leaf = "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56";
    assert_eq!(hex(&leaf_hash(b"L123456")), leaf);
    assert_eq!(hex(&leaf_hash(b"")), KNOWN_ROOTS[1]);
    assert_eq!(hex(&tree::empty_root()), KNOWN_ROOTS[0]);
}

#[test]
fn roots_are_the_known_ones() {
    let mut frontier = Frontier::default();
    assert_eq!(hex(&frontier.root()), KNOWN_ROOTS[0]);
    for (n, leaf) in known_leaves().into_iter().enumerate() {
        frontier.append(leaf);
        assert_eq!(frontier.size(), n as u64 + 1);
        assert_eq!(hex(&frontier.root()), KNOWN_ROOTS[n + 1]);
    }
}

#[test]
fn commitments_are_known() {
    // SHA-256 by another implementation, over `candor/c1`, 00 01 … 1f, 00 00 00 04, `Acme`.
    let nonce: Hash = std::array::from_fn(|it| it as u8);
    let known = "824485cc1b12f09eeff40535df0c7936142dfe1c82703b0ecf1c67f598680ed2";
    assert_eq!(hex(&commitment(&nonce, b"Acme")), known);
    assert_ne!(commitment(&nonce, b"Acme\0"), commitment(&nonce, b"Acme"));
    assert_ne!(commitment(&[0; 32], b"Acme"), commitment(&nonce, b"Acme"));
}

#[test]
fn hex_goes_both_ways() {
    for root in KNOWN_ROOTS {
        assert_eq!(hex(&from_hex(root)), root);
    }
}

#[test]
fn a_frontier_of_another_shape_is_refused() {
    let bytes = |size: u64, hashes: usize, odd: usize| {
        [size.to_be_bytes().to_vec(), vec![7; 32 * hashes + odd]].concat()
    };
    for bad in [
        Vec::new(),
        vec![0; 7],
        bytes(0, 1, 0),
        bytes(1, 0, 0),
        bytes(3, 1, 0),
        bytes(3, 2, 1),
        bytes(4, 2, 0),
        bytes(u64::MAX, 64, 0),
        bytes(1 << 53, 1, 0),
    ] {
        assert_eq!(Frontier::from_bytes(&bad), Err(Error::Frontier));
    }
    let mut largest = Frontier::from_bytes(&bytes((1 << 53) - 1, 53, 0)).unwrap();
    largest.append([0; 32]);
    assert_eq!(largest.size(), 1 << 53);
}

proptest! {
    #[test]
    fn the_frontier_is_the_tree(n in 0_u64..300, cut in any::<prop::sample::Index>()) {
        let leaves = numbered_leaves(n);
        let cut = cut.index(leaves.len() + 1);
        let mut frontier = Frontier::default();
        for leaf in &leaves[..cut] {
            frontier.append(*leaf);
        }
        prop_assert_eq!(frontier.root(), naive_root(&leaves[..cut]));
        let mut restored = Frontier::from_bytes(&frontier.to_bytes()).unwrap();
        prop_assert_eq!(&restored, &frontier);
        for leaf in &leaves[cut..] {
            restored.append(*leaf);
        }
        prop_assert_eq!(restored.root(), naive_root(&leaves));
        prop_assert_eq!(tree::root(leaves), restored.root());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(frontier) = Frontier::from_bytes(&bytes) {
            prop_assert_eq!(frontier.to_bytes(), bytes);
        }
    }
}
