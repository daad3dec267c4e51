//! Identifiers in the formats of AWS. The same seed gives the same identifier.

use sha2::{Digest, Sha256};

/// SHA-256 of a seed, in lower-case hexadecimal.
pub(crate) fn digest(seed: &str) -> String {
    hex::encode(Sha256::digest(seed))
}

/// 32 hexadecimal digits, as for detectors and findings.
pub(crate) fn hex32(seed: &str) -> String {
    digest(seed).chars().take(32).collect()
}

/// A UUID, as for events and requests.
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

/// A unique ID of IAM: a prefix such as `AIDA` and 17 characters.
pub(crate) fn unique_id(prefix: &str, seed: &str) -> String {
    format!("{prefix}{}", &digest(seed)[..17].to_uppercase())
}

/// Random letters and digits.
pub(crate) fn secret(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}
