//! Lists that AWS answers in pages: each token leads on, and there are not endlessly many.
use root_model::failure::Failure;
use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// The longest list is that of an organization's accounts, of which there are 20 on a page.
const MOST: usize = 5_000;

/// Where a list goes on.
#[derive(Debug)]
pub struct Pages {
    call: &'static str,
    token: Option<String>,
    /// Every token so far, hashed.
    seen: HashSet<u64>,
}

impl Pages {
    /// At its first page. `call` is the action, as IAM spells it.
    #[must_use]
    pub fn of(call: &'static str) -> Self {
        Self {
            call,
            token: None,
            seen: HashSet::new(),
        }
    }

    /// The token to send with the next request.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Turns to the page with this token; false after the last. A page may be empty and not the last.
    ///
    /// # Errors
    /// If the token is one of those before, or there are far too many: the pages would never end.
    pub fn turn(&mut self, next: Option<String>) -> Result<bool, Failure> {
        let next = next.filter(|token| !token.is_empty());
        if let Some(token) = &next {
            let mut hash = DefaultHasher::new();
            token.hash(&mut hash);
            if !self.seen.insert(hash.finish()) || self.seen.len() >= MOST {
                return Err(Failure::malformed(self.call, "the pages do not end"));
            }
        }
        self.token = next;
        Ok(self.token.is_some())
    }

    /// The same for IAM, which says by itself whether more follows.
    ///
    /// # Errors
    /// If more should follow and there is no marker, or if the pages would never end.
    pub fn turn_if(&mut self, truncated: bool, marker: Option<String>) -> Result<bool, Failure> {
        let more = self.turn(marker.filter(|_| truncated))?;
        if truncated && !more {
            return Err(Failure::malformed(
                self.call,
                "more should follow, but there is no Marker",
            ));
        }
        Ok(more)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, Pages};

    #[test]
    fn to_the_last_page_and_never_around() {
        let token = |text: &str| Some(text.to_owned());
        let mut pages = Pages::of("iam:ListThings");
        assert_eq!(pages.turn(token("a")), Ok(true));
        assert_eq!(pages.token(), token("a"));
        assert!(pages.turn(token("a")).is_err());
        assert_eq!(pages.turn(token("b")), Ok(true));
        assert!(pages.turn(token("a")).is_err(), "around by two");
        assert_eq!(pages.turn(token("")), Ok(false));
        assert_eq!(pages.turn_if(true, token("c")), Ok(true));
        assert!(pages.turn_if(true, None).is_err());
        assert_eq!(pages.turn_if(false, token("d")), Ok(false));
    }

    #[test]
    fn not_endlessly_far() {
        let mut pages = Pages::of("iam:ListThings");
        let turned = (0..).take_while(|page: &usize| pages.turn(Some(page.to_string())).is_ok());
        assert_eq!(turned.count(), MOST - 1);
    }
}
