//! Passwords. A right one is computed once, then known by a keyed hash. Wrong ones cost one thread at most, however many come,
//! and take as long for a user that does not exist.
use arc_swap::ArcSwapOption;
use bcrypt::HashParts;
use hmac::{Hmac, KeyInit, Mac};
use rustls::crypto::ring;
use serde::{Deserialize, Deserializer, de::Error};
use sha2::Sha256;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

/// One more doubles the time of a guess: about 4 s at this.
const MAX_COST: u32 = 16;
/// Requests that may wait for their turn; the next are turned away.
const QUEUE: usize = 128;
/// How long they wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// A password's hash, by bcrypt.
#[derive(Clone)]
pub(super) struct Hash {
    text: String,
    cost: u32,
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let parts: HashParts = text.parse().map_err(|_| {
            D::Error::custom("a user has no bcrypt hash here: make one with `htpasswd -nBC 10 ''`")
        })?;
        let cost = parts.get_cost();
        if cost > MAX_COST {
            return Err(D::Error::custom(format!(
                "a hash of cost {cost} takes longer than a scrape may: at most {MAX_COST} is taken, 10 is usual"
            )));
        }
        Ok(Self { text, cost })
    }
}

/// Who may read.
pub(super) struct Users {
    by_name: BTreeMap<String, User>,
    /// What the password of a user that does not exist is compared with.
    nobody: Arc<str>,
    key: [u8; 32],
}

struct User {
    hash: Arc<str>,
    /// The keyed hash of the password that was right.
    verified: ArcSwapOption<[u8; 32]>,
}

impl Users {
    /// Fails only if the system has no randomness.
    pub(super) fn new(written: BTreeMap<String, Hash>) -> Result<Self, String> {
        let cost = written.values().map(|hash| hash.cost).max().unwrap_or(10);
        let mut key = [0; 32];
        let random = ring::default_provider().secure_random;
        random
            .fill(&mut key)
            .map_err(|_| "the system gives no random numbers".to_owned())?;
        let user = |(name, hash): (String, Hash)| {
            let user = User {
                hash: hash.text.into(),
                verified: ArcSwapOption::empty(),
            };
            (name, user)
        };
        Ok(Self {
            by_name: written.into_iter().map(user).collect(),
            nobody: format!("$2b${cost:02}${}", ".".repeat(53)).into(),
            key,
        })
    }

    /// Without users everybody may read.
    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    fn keyed(&self, credentials: &Credentials) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(credentials.password.as_bytes());
        Some(mac)
    }

    /// Whether exactly this was right before.
    fn remembers(&self, credentials: &Credentials) -> bool {
        let mac = self.keyed(credentials);
        let user = self.by_name.get(&credentials.name);
        let known = user.and_then(|user| user.verified.load_full());
        // Compares in constant time.
        mac.zip(known)
            .is_some_and(|(mac, known)| mac.verify_slice(&*known).is_ok())
    }

    fn remember(&self, credentials: &Credentials) {
        let user = self.by_name.get(&credentials.name);
        if let Some((user, mac)) = user.zip(self.keyed(credentials)) {
            let tag = mac.finalize().into_bytes().into();
            user.verified.store(Some(Arc::new(tag)));
        }
    }
}

/// A name and a password, as somebody claims.
pub(super) struct Credentials {
    name: String,
    password: String,
}

impl Credentials {
    /// From the header `Authorization`.
    pub(super) fn parse(header: &str) -> Option<Self> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let (scheme, encoded) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (name, password) = text.split_once(':')?;
        Some(Self {
            name: name.to_owned(),
            password: password.to_owned(),
        })
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// Too many are guessing.
    Busy,
}

/// Where passwords are computed: one after the other.
pub(super) struct Gate {
    turn: Arc<Semaphore>,
    queue: Semaphore,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            queue: Semaphore::new(QUEUE),
        }
    }
}

impl Gate {
    pub(super) async fn check(&self, users: &Users, credentials: Credentials) -> Verdict {
        if users.remembers(&credentials) {
            return Verdict::Right;
        }
        let Ok(_place) = self.queue.try_acquire() else {
            return Verdict::Busy;
        };
        let Ok(Ok(turn)) = timeout(PATIENCE, self.turn.clone().acquire_owned()).await else {
            return Verdict::Busy;
        };
        // Those that came together were right or wrong together.
        if users.remembers(&credentials) {
            return Verdict::Right;
        }
        let user = users.by_name.get(&credentials.name);
        let (exists, hash) = (
            user.is_some(),
            user.map_or(&users.nobody, |user| &user.hash).clone(),
        );
        // Whoever asked may go; the turn ends with the work.
        let work = spawn_blocking(move || {
            let _turn = turn;
            let same = bcrypt::verify(&credentials.password, &hash).unwrap_or(false);
            (same, credentials)
        });
        match work.await {
            Ok((true, credentials)) if exists => {
                users.remember(&credentials);
                Verdict::Right
            }
            _ => Verdict::Wrong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn users(cost: u32) -> Users {
        let text = bcrypt::hash("right", cost).unwrap();
        Users::new([("alice".to_owned(), Hash { text, cost })].into()).unwrap()
    }

    fn claim(name: &str, password: &str) -> Credentials {
        Credentials {
            name: name.to_owned(),
            password: password.to_owned(),
        }
    }

    #[tokio::test]
    async fn right_wrong_and_unknown() {
        let (users, gate) = (users(4), Gate::default());
        for _ in 0..2 {
            assert_eq!(
                gate.check(&users, claim("alice", "right")).await,
                Verdict::Right
            );
        }
        for (name, password) in [("alice", "wrong"), ("bob", "right"), ("", "")] {
            assert_eq!(
                gate.check(&users, claim(name, password)).await,
                Verdict::Wrong
            );
        }
        assert!(users.remembers(&claim("alice", "right")));
        assert!(
            !users.remembers(&claim("alice", "wrong")) && !users.remembers(&claim("bob", "right"))
        );
    }

    #[tokio::test]
    async fn an_unknown_user_takes_as_long() {
        let (users, gate) = (users(8), Gate::default());
        let mut least = [Duration::MAX; 2];
        for _ in 0..5 {
            for (least, name) in least.iter_mut().zip(["alice", "bob"]) {
                let start = Instant::now();
                assert_eq!(
                    gate.check(&users, claim(name, "wrong")).await,
                    Verdict::Wrong
                );
                *least = start.elapsed().min(*least);
            }
        }
        let [known, unknown] = least;
        assert!(known < unknown * 2 && unknown < known * 2, "{least:?}");
    }

    #[tokio::test]
    async fn guesses_wait_in_a_short_queue() {
        let (users, gate) = (Arc::new(users(4)), Arc::new(Gate::default()));
        let _busy = gate.turn.clone().acquire_owned().await.unwrap();
        let places = gate
            .queue
            .acquire_many(u32::try_from(QUEUE).unwrap())
            .await
            .unwrap();
        assert_eq!(
            gate.check(&users, claim("alice", "right")).await,
            Verdict::Busy
        );
        users.remember(&claim("alice", "right"));
        assert_eq!(
            gate.check(&users, claim("alice", "right")).await,
            Verdict::Right
        );
        drop(places);
    }

    #[test]
    fn credentials() {
        let parsed = Credentials::parse("basic YWxpY2U6YTpi").unwrap();
        assert_eq!(
            (parsed.name.as_str(), parsed.password.as_str()),
            ("alice", "a:b")
        );
        for header in [
            "",
            "Basic",
            "Basic !",
            "Basic YWxpY2U=",
            "Bearer YWxpY2U6YTpi",
        ] {
            assert!(Credentials::parse(header).is_none(), "{header}");
        }
    }
}
