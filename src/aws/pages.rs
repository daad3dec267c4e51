//! Lists that AWS answers in pages.
use crate::observation::Failure;

/// Where a list goes on.
#[derive(Debug)]
pub struct Pages {
    call: &'static str,
    token: Option<String>,
}

impl Pages {
    /// At its first page. `call` is the action, as IAM spells it.
    #[must_use]
    pub fn of(call: &'static str) -> Self {
        Self { call, token: None }
    }

    /// The token to send with the next request.
    #[must_use]
    pub fn token(&self) -> Option<String> {
        self.token.clone()
    }

    /// Turns to the page with this token; false after the last. A page may be empty and not the last.
    ///
    /// # Errors
    /// If the token is the last one again: the pages would never end.
    pub fn turn(&mut self, next: Option<String>) -> Result<bool, Failure> {
        let next = next.filter(|token| !token.is_empty());
        if next.is_some() && next == self.token {
            return Err(Failure::malformed(self.call, "the pages do not end"));
        }
        self.token = next;
        Ok(self.token.is_some())
    }

    /// The same for IAM, which says by itself whether more follows.
    ///
    /// # Errors
    /// If more should follow and there is no marker, or the last one again.
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
    use super::Pages;

    #[test]
    fn to_the_last_page_and_never_around() {
        let token = |text: &str| Some(text.to_owned());
        let mut pages = Pages::of("iam:ListThings");
        assert_eq!(pages.turn(token("a")), Ok(true));
        assert_eq!(pages.token(), token("a"));
        assert!(pages.turn(token("a")).is_err());
        assert_eq!(pages.turn(token("")), Ok(false));
        assert_eq!(pages.turn_if(true, token("b")), Ok(true));
        assert!(pages.turn_if(true, None).is_err());
        assert_eq!(pages.turn_if(false, token("c")), Ok(false));
    }
}
