//! Which share of the accounts this exporter monitors: `--shard i/n`.
use std::str::FromStr;

/// One of several exporters that share the accounts: `i/n`, with i from 0. `auto/n` takes i from the end of the host's
/// name, where a Kubernetes StatefulSet puts the ordinal of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self { index: 0, count: 1 }
    }
}

impl Shard {
    /// Whether this shard monitors the account. It depends only on the id (FNV-1a), so every exporter agrees.
    #[must_use]
    pub fn has(self, account: &str) -> bool {
        let hash = account
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        hash % self.count == self.index
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (index, count) = text.split_once('/')?;
            let index = match index {
                "auto" => ordinal(rustix::system::uname().nodename().to_str().ok()?)?,
                index => index.parse().ok()?,
            };
            let count = count.parse().ok()?;
            (index < count).then_some(Self { index, count })
        };
        parse().ok_or_else(|| {
            "expected i/n with i from 0 to n-1, or auto/n on a host whose name ends in - and such a number".to_owned()
        })
    }
}

/// The number at the end of a pod's name.
fn ordinal(host: &str) -> Option<u64> {
    host.rsplit_once('-')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards() {
        let shard = |text: &str| text.parse::<Shard>();
        assert!(shard("3/3").is_err() && shard("x/2").is_err() && shard("1").is_err());
        assert_eq!(ordinal("aws-root-exporter-12"), Some(12));
        assert_eq!((ordinal("host"), ordinal("a-b1c")), (None, None));
        let ids: Vec<String> = (0..1000).map(|n| format!("{n:012}")).collect();
        let all = ["0/3", "1/3", "2/3"].map(|text| shard(text).unwrap());
        for id in &ids {
            assert_eq!(all.iter().filter(|s| s.has(id)).count(), 1, "{id}");
        }
        for part in all {
            let count = ids.iter().filter(|id| part.has(id)).count();
            assert!((250..450).contains(&count), "{count}");
        }
    }
}
