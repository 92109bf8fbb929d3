//! The Merkle tree of RFC 6962 (section 2.1), and commitments.
//!
//! A leaf is hashed with the prefix 0x00, a node with 0x01, so that neither can pass for the
//! other. Appending needs only the tree's right edge, a [`Frontier`]: one hash for each one-bit
//! of the size, so a log of a billion entries grows from about a kilobyte of state.

use sha2::{Digest, Sha256};

use crate::{Error, entry};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// A tree at one moment: what a verifier must know to check everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub size: u64,
    pub root: Hash,
}

/// The right edge of a tree: the roots of its maximal perfect subtrees, largest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// One for each one-bit of `size`, most significant first.
    roots: Vec<Hash>,
}

/// Hashes the canonical bytes of an entry.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of the tree without leaves.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Commits to `bytes` under a nonce of 32 random bytes.
///
/// While the nonce is kept, the bytes can be shown to be the ones that were committed to; once
/// it is deleted, the commitment says nothing about them, however few values they can have.
///
/// # Panics
///
/// If `bytes` has 4 GiB or more: callers bound what they commit to far below.
pub fn commitment(nonce: &[u8; 32], bytes: &[u8]) -> Hash {
    let len = u32::try_from(bytes.len()).expect("invariant: committed bytes are below 4 GiB");
    Sha256::new()
        .chain_update(b"candor/c1")
        .chain_update(nonce)
        .chain_update(len.to_be_bytes())
        .chain_update(bytes)
        .finalize()
        .into()
}

/// The form in which people and files see a hash: 64 lower-case hexadecimal digits.
pub fn hex(hash: &Hash) -> String {
    hash.iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

/// The root over `leaves`, in order.
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(leaf);
    }
    frontier.root()
}

impl Frontier {
    /// The number of leaves, and so the index of the next.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf; `n` appends cost fewer than `n` node hashes in all.
    pub fn append(&mut self, leaf: Hash) {
        let mut root = leaf;
        // Each trailing one-bit of the size is a perfect subtree that this leaf completes.
        for _ in 0..self.size.trailing_ones() {
            let left = self.roots.pop().expect("invariant: a root for each one-bit of the size");
            root = node_hash(&left, &root);
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// Computes the root, with a hash for each one-bit of the size but the first.
    pub fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        match roots.next() {
            None => empty_root(),
            Some(last) => roots.fold(*last, |right, left| node_hash(left, &right)),
        }
    }

    pub fn head(&self) -> Head {
        Head { size: self.size, root: self.root() }
    }

    /// The form that storage holds: the size in eight bytes, big-endian, then the hashes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + 32 * self.roots.len());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(self.roots.as_flattened());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (size, rest) = bytes.split_first_chunk::<8>().ok_or(Error::Frontier)?;
        let size = u64::from_be_bytes(*size);
        let (roots, odd) = rest.as_chunks::<32>();
        let fits = odd.is_empty() && roots.len() == size.count_ones() as usize;
        // The next leaf's counter is `size`.
        if !fits || entry::COUNTER_MAX < size {
            return Err(Error::Frontier);
        }
        Ok(Self { size, roots: roots.to_vec() })
    }
}
