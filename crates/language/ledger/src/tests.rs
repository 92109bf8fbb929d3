//! What the tests of several modules share.

mod entry;
mod tree;
mod proof;
mod verify;

use base::{DateTime, KeyPrefix, RecordId};

use crate::{Actor, ActorKind, Body, Entry, Hash, Kind, Why};

/// An account, by its sequence.
fn account(sequence: i64) -> RecordId {
    RecordId::new(KeyPrefix::parse("001").unwrap(), sequence)
}

/// The smallest entry of a kind.
fn bare(kind: Kind, counter: u64) -> Entry {
    let object = kind.needs_object().then(|| ("Account".to_owned(), account(7)));
    Entry {
        kind,
        time: DateTime(1_772_366_400_123),
        counter,
        org: "00D000000000001AAA".to_owned(),
        object,
        actor: Actor { kind: ActorKind::User, pseudonym: [0xab; 32] },
        row: None,
        previous: None,
        body: None,
        why: None,
        policy: None,
        request: None,
        fields: Vec::new(),
    }
}

/// An entry with every key.
fn full() -> Entry {
    Entry {
        actor: Actor { kind: ActorKind::Provider, pseudonym: [0x01; 32] },
        row: Some([0x02; 32]),
        previous: Some(3),
        body: Some(Body { commitment: [0x03; 32], len: 812 }),
        why: Some(Why {
            code: "support".to_owned(),
            reference: Some("grant/2026-03:17".to_owned()),
        }),
        policy: Some([0x04; 32]),
        request: Some("0f3c.7-a_b".to_owned()),
        fields: vec!["BillingCity".to_owned(), "Name".to_owned(), "Tier__c".to_owned()],
        ..bare(Kind::RecordUpdate, 4)
    }
}

fn from_hex(text: &str) -> Hash {
    let mut hash = [0; 32];
    assert_eq!(text.len(), 64);
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).unwrap();
    }
    hash
}

/// The eight leaves that implementations of Certificate Transparency test with.
fn known_leaves() -> Vec<Hash> {
    let inputs: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    inputs.into_iter().map(crate::leaf_hash).collect()
}

/// The roots of the first 0, 1, … 8 of [`known_leaves`].
const KNOWN_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Different leaves, as many as asked for.
fn numbered_leaves(n: u64) -> Vec<Hash> {
    (0..n).map(|it| crate::leaf_hash(&it.to_be_bytes())).collect()
}

/// The root as RFC 6962, section 2.1, defines it.
fn naive_root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => crate::tree::empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            crate::node_hash(&naive_root(left), &naive_root(right))
        }
    }
}
