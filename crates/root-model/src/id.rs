//! Short ids of values that are compared and not shown, such as access keys and page tokens.
use std::hash::{DefaultHasher, Hash, Hasher};

/// The same for equal values, as long as the process lives.
#[must_use]
pub fn id(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
