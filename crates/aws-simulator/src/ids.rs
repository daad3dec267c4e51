//! Identifiers in the formats of AWS. The same seed gives the same identifier.

use sha2::{Digest, Sha256};

/// The digest of a seed, in lower-case hexadecimal.
pub(crate) fn digest(seed: &str) -> String {
    hex::encode(Sha256::digest(seed))
}

/// 32 hexadecimal digits: a detector's or a finding's id.
pub(crate) fn hex32(seed: &str) -> String {
    digest(seed).chars().take(32).collect()
}

/// A UUID: an event's or a request's id.
pub(crate) fn uuid(seed: &str) -> String {
    let hex = hex32(seed);
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// A unique id such as `AIDA` and 17 letters and digits.
pub(crate) fn unique_id(prefix: &str, seed: &str) -> String {
    format!("{prefix}{}", &digest(seed)[..17].to_uppercase())
}

/// What nobody can guess.
pub(crate) fn secret(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}
