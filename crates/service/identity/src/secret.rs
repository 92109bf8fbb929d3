//! Random secrets: generated passwords, tokens, nonces.
//!
//! Alphabets have 64, 32 or 16 letters wherever a byte must become a letter, so that masking
//! bits is uniform and nothing has to be rejected.

use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};

use crate::Error;

/// A SHA-256 digest, the only form in which a token is stored.
pub(crate) type Digest = [u8; 32];

/// The letters of tokens: what a header, a cookie, XML and a shell take without quoting.
const TOKEN: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.";

/// The letters of security tokens, without those that are mistaken for another.
const READABLE: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";

/// The length of a security token.
pub(crate) const SECURITY_TOKEN_LEN: usize = 24;

/// Fills an array with random bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut out = [0; N];
    SystemRandom::new().fill(&mut out).map_err(|_| Error::Randomness)?;
    Ok(out)
}

/// 64 letters: 384 random bits.
pub(crate) fn token() -> Result<String, Error> {
    Ok(bytes::<64>()?.iter().map(|byte| letter(TOKEN, *byte)).collect())
}

/// 24 letters that can be read aloud: 120 random bits.
pub(crate) fn security_token() -> Result<String, Error> {
    Ok(bytes::<SECURITY_TOKEN_LEN>()?.iter().map(|byte| letter(READABLE, *byte)).collect())
}

/// A password that can be typed from paper: `kuvam-nodip-hafor-latuz-muzil`, 80 random bits.
pub(crate) fn password() -> Result<String, Error> {
    let random = bytes::<25>()?;
    let mut out = String::with_capacity(29);
    for (syllable_idx, group) in random.chunks(5).enumerate() {
        if 0 < syllable_idx {
            out.push('-');
        }
        for (place, byte) in group.iter().enumerate() {
            let vowel = place % 2 == 1;
            out.push(if vowel { letter(VOWELS, *byte) } else { letter(CONSONANTS, *byte) });
        }
    }
    Ok(out)
}

/// The form in which a token is stored and looked up.
pub(crate) fn digest(token: &str) -> Digest {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    out
}

/// Whether two secrets are the same, in a time that does not depend on where they differ.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    // Only the comparison of tags is in constant time, so the secrets are made into tags. Their
    // key has nothing to hide.
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]);
    hmac::verify(&key, a, hmac::sign(&key, b).as_ref()).is_ok()
}

fn letter<const N: usize>(alphabet: &[u8; N], byte: u8) -> char {
    // The lengths are powers of two: the remainder is uniform.
    char::from(alphabet[usize::from(byte) % N])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_is_equal() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd"));
        assert!(!same(b"abc", b"ab"));
    }

    #[test]
    fn secrets_have_their_form_and_differ() {
        let (one, two) = (token().unwrap(), token().unwrap());
        assert_eq!(one.len(), 64);
        assert_ne!(one, two);
        assert!(one.bytes().all(|it| TOKEN.contains(&it)), "{one}");

        let password = password().unwrap();
        assert_eq!(password.len(), 29, "{password}");
        assert_eq!(password.matches('-').count(), 4, "{password}");

        let token = security_token().unwrap();
        assert_eq!(token.len(), 24, "{token}");
        assert!(token.bytes().all(|it| it.is_ascii_alphanumeric()), "{token}");
    }
}
