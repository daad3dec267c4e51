//! Basic authentication. A correct password is verified by bcrypt once, then by a MAC. Passwords are verified one at a time, so
//! that brute force uses one thread at most, and an unknown user takes as long as a known one.
use crate::limits::{MAX_BCRYPT_COST, MAX_QUEUED_PASSWORDS, PASSWORD_QUEUE_TIMEOUT};
use arc_swap::ArcSwapOption;
use bcrypt::HashParts;
use hmac::{Hmac, KeyInit, Mac};
use rustls::crypto::ring;
use serde::{Deserialize, Deserializer, de::Error};
use sha2::Sha256;
use std::{collections::BTreeMap, sync::Arc};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

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
            D::Error::custom("not a bcrypt hash: make one with `htpasswd -nBC 10 ''`")
        })?;
        let cost = parts.get_cost();
        if cost > MAX_BCRYPT_COST {
            return Err(D::Error::custom(format!(
                "bcrypt cost {cost} takes longer than a scrape may: at most {MAX_BCRYPT_COST} is supported, 10 is usual"
            )));
        }
        Ok(Self { text, cost })
    }
}

/// The users of the web configuration.
pub(super) struct Users {
    by_name: BTreeMap<String, User>,
    /// Verified for an unknown user, so that it takes as long as for a known one.
    dummy_hash: Arc<str>,
    key: [u8; 32],
}

struct User {
    hash: Arc<str>,
    /// The MAC of the correct password, once it was verified.
    verified: ArcSwapOption<[u8; 32]>,
}

impl Users {
    /// Fails only if the system provides no random numbers.
    pub(super) fn new(written: BTreeMap<String, Hash>) -> Result<Self, String> {
        let cost = written.values().map(|hash| hash.cost).max().unwrap_or(10);
        let mut key = [0; 32];
        let random = ring::default_provider().secure_random;
        random
            .fill(&mut key)
            .map_err(|_| "the system provides no random numbers".to_owned())?;
        let user = |(name, hash): (String, Hash)| {
            let user = User {
                hash: hash.text.into(),
                verified: ArcSwapOption::empty(),
            };
            (name, user)
        };
        Ok(Self {
            by_name: written.into_iter().map(user).collect(),
            dummy_hash: format!("$2b${cost:02}${}", ".".repeat(53)).into(),
            key,
        })
    }

    /// Without users no password is needed.
    pub(super) fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    fn mac(&self, credentials: &Credentials) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(credentials.password.as_bytes());
        Some(mac)
    }

    /// Whether this password was verified before.
    fn was_verified(&self, credentials: &Credentials) -> bool {
        let mac = self.mac(credentials);
        let user = self.by_name.get(&credentials.name);
        let verified = user.and_then(|user| user.verified.load_full());
        // Compares in constant time.
        mac.zip(verified)
            .is_some_and(|(mac, verified)| mac.verify_slice(&*verified).is_ok())
    }

    fn set_verified(&self, credentials: &Credentials) {
        let user = self.by_name.get(&credentials.name);
        if let Some((user, mac)) = user.zip(self.mac(credentials)) {
            let tag = mac.finalize().into_bytes().into();
            user.verified.store(Some(Arc::new(tag)));
        }
    }
}

/// A user name and a password, as a client sent them.
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

/// The result of an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// The password is correct, or none is needed.
    Accepted,
    /// The user or the password is wrong, or missing.
    Refused,
    /// Too many passwords are waiting to be verified.
    Busy,
}

/// Verifies passwords, one at a time.
pub(super) struct PasswordVerifier {
    running: Arc<Semaphore>,
    queue: Semaphore,
}

impl Default for PasswordVerifier {
    fn default() -> Self {
        Self {
            running: Arc::new(Semaphore::new(1)),
            queue: Semaphore::new(MAX_QUEUED_PASSWORDS),
        }
    }
}

impl PasswordVerifier {
    pub(super) async fn verify(&self, users: &Users, credentials: Credentials) -> Authentication {
        if users.was_verified(&credentials) {
            return Authentication::Accepted;
        }
        let Ok(_queued) = self.queue.try_acquire() else {
            return Authentication::Busy;
        };
        let Ok(Ok(permit)) =
            timeout(PASSWORD_QUEUE_TIMEOUT, self.running.clone().acquire_owned()).await
        else {
            return Authentication::Busy;
        };
        // The same password may have been verified meanwhile.
        if users.was_verified(&credentials) {
            return Authentication::Accepted;
        }
        let user = users.by_name.get(&credentials.name);
        let exists = user.is_some();
        let hash = user.map_or(&users.dummy_hash, |user| &user.hash).clone();
        // The client may disconnect: the permit is released when the work ends.
        let work = spawn_blocking(move || {
            let _permit = permit;
            let same = bcrypt::verify(&credentials.password, &hash).unwrap_or(false);
            (same, credentials)
        });
        match work.await {
            Ok((true, credentials)) if exists => {
                users.set_verified(&credentials);
                Authentication::Accepted
            }
            _ => Authentication::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn users(cost: u32) -> Users {
        let text = bcrypt::hash("right", cost).unwrap();
        Users::new([("alice".to_owned(), Hash { text, cost })].into()).unwrap()
    }

    fn credentials_of(name: &str, password: &str) -> Credentials {
        Credentials {
            name: name.to_owned(),
            password: password.to_owned(),
        }
    }

    #[tokio::test]
    async fn right_and_wrong_passwords() {
        let (users, verifier) = (users(4), PasswordVerifier::default());
        for _ in 0..2 {
            assert_eq!(
                verifier
                    .verify(&users, credentials_of("alice", "right"))
                    .await,
                Authentication::Accepted
            );
        }
        for (name, password) in [("alice", "wrong"), ("bob", "right"), ("", "")] {
            assert_eq!(
                verifier
                    .verify(&users, credentials_of(name, password))
                    .await,
                Authentication::Refused
            );
        }
        assert!(users.was_verified(&credentials_of("alice", "right")));
        assert!(
            !users.was_verified(&credentials_of("alice", "wrong"))
                && !users.was_verified(&credentials_of("bob", "right"))
        );
    }

    #[tokio::test]
    async fn an_unknown_user_takes_as_long() {
        let (users, verifier) = (users(8), PasswordVerifier::default());
        let mut least = [Duration::MAX; 2];
        for _ in 0..5 {
            for (least, name) in least.iter_mut().zip(["alice", "bob"]) {
                let start = Instant::now();
                assert_eq!(
                    verifier.verify(&users, credentials_of(name, "wrong")).await,
                    Authentication::Refused
                );
                *least = start.elapsed().min(*least);
            }
        }
        let [known, unknown] = least;
        assert!(known < unknown * 2 && unknown < known * 2, "{least:?}");
    }

    #[tokio::test]
    async fn the_queue_is_limited() {
        let (users, verifier) = (Arc::new(users(4)), Arc::new(PasswordVerifier::default()));
        let _busy = verifier.running.clone().acquire_owned().await.unwrap();
        let queued = verifier
            .queue
            .acquire_many(u32::try_from(MAX_QUEUED_PASSWORDS).unwrap())
            .await
            .unwrap();
        assert_eq!(
            verifier
                .verify(&users, credentials_of("alice", "right"))
                .await,
            Authentication::Busy
        );
        users.set_verified(&credentials_of("alice", "right"));
        assert_eq!(
            verifier
                .verify(&users, credentials_of("alice", "right"))
                .await,
            Authentication::Accepted
        );
        drop(queued);
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
