//! Password hashing: Argon2id with the parameters that OWASP recommends.
//!
//! Passwords and client secrets have the same form in storage, a PHC string, so that parameters
//! can rise later: a hash carries its own. Comparison is in constant time, and an unknown user
//! costs the same work as a known one.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::{Error, secret};

/// The fewest characters of a password.
pub const LENGTH_MIN: usize = 8;

/// The most bytes of a password: hashing must not become a way to keep the server busy.
pub const LENGTH_MAX: usize = 1024;

/// OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// A hash of today's parameters that no password has.
const NOBODY: &str = concat!(
    "$argon2id$v=19$m=19456,t=2,p=1$",
    "AAAAAAAAAAAAAAAAAAAAAA$",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
);

/// What a password lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    #[error("it has fewer than {LENGTH_MIN} characters")]
    TooShort,
    #[error("it has more than {LENGTH_MAX} bytes")]
    TooLong,
    #[error("it is the username")]
    IsUsername,
}

/// Checks a new password. Length is what counts (NIST SP 800-63B); no rules of composition.
pub(crate) fn check(password: &str, username: &str) -> Result<(), Weakness> {
    if password.chars().count() < LENGTH_MIN {
        return Err(Weakness::TooShort);
    }
    if LENGTH_MAX < password.len() {
        return Err(Weakness::TooLong);
    }
    if base::fold(password) == base::fold(username) {
        return Err(Weakness::IsUsername);
    }
    Ok(())
}

/// Returns the PHC string of `password` under a new salt.
pub(crate) fn hash(password: &str) -> Result<String, Error> {
    let salt = secret::bytes::<16>()?;
    let hash = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|it| it.to_string()).map_err(|_| Error::Hash)
}

/// Whether `password` is the one that `hash` was made from.
pub(crate) fn verify(password: &str, hash: &str) -> Result<bool, Error> {
    let stored = PasswordHash::new(hash).map_err(|_| Error::Hash)?;
    if LENGTH_MAX < password.len() {
        return Ok(false);
    }
    Ok(argon2()?.verify_password(password.as_bytes(), &stored).is_ok())
}

/// Does the work of [`verify`] for a user who does not exist, so that the time of an answer
/// does not say which usernames do.
pub(crate) fn verify_nobody(password: &str) -> Result<(), Error> {
    verify(password, NOBODY).map(|_| ())
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| Error::Hash)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_knows_its_password_and_its_parameters() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("correct horse", &hash).unwrap());
        assert!(!verify("correct horsE", &hash).unwrap());
        assert!(!verify("", &hash).unwrap());
        assert!(matches!(verify("x", "plain text"), Err(Error::Hash)));
        assert_eq!(
            hash.rsplit_once('$').unwrap().0.len(),
            NOBODY.rsplit_once('$').unwrap().0.len(),
            "the same work for nobody"
        );
        verify_nobody("x").unwrap();
    }

    #[test]
    fn weak_passwords_are_refused() {
        assert_eq!(check("seven77", "a@b.c"), Err(Weakness::TooShort));
        assert_eq!(check(&"x".repeat(1025), "a@b.c"), Err(Weakness::TooLong));
        assert_eq!(check("Admin@Example.com", "admin@example.com"), Err(Weakness::IsUsername));
        assert_eq!(check("long enough", "a@b.c"), Ok(()));
    }
}
