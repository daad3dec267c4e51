//! Lists in pages: no token comes twice, and the number of pages is limited.
use super::Call;
use crate::limits::MAX_PAGES;
use root_model::{failure::Failure, id::id};
use std::collections::HashSet;

/// The position in a list.
#[derive(Debug)]
pub struct Paginator {
    call: Call,
    token: Option<String>,
    /// The ids of all tokens so far.
    seen: HashSet<u64>,
}

impl Paginator {
    /// Before the first page.
    #[must_use]
    pub fn new(call: Call) -> Self {
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

    /// Advances to the page with this token; false after the last. A page may be empty and not the last.
    ///
    /// # Errors
    /// If the token was there before, or there are too many pages: the list would never end.
    pub fn advance(&mut self, next: Option<String>) -> Result<bool, Failure> {
        let next = next.filter(|token| !token.is_empty());
        if let Some(token) = &next
            && (!self.seen.insert(id(token)) || self.seen.len() >= MAX_PAGES)
        {
            return Err(self.call.malformed("the list of pages does not end"));
        }
        self.token = next;
        Ok(self.token.is_some())
    }

    /// The same for IAM, which states whether more pages follow.
    ///
    /// # Errors
    /// If more pages should follow and there is no marker, or as for [`Self::advance`].
    pub fn advance_if(&mut self, truncated: bool, marker: Option<String>) -> Result<bool, Failure> {
        let more = self.advance(marker.filter(|_| truncated))?;
        if truncated && !more {
            return Err(self
                .call
                .malformed("the list is truncated, but there is no Marker"));
        }
        Ok(more)
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, MAX_PAGES, Paginator};

    const CALL: Call = Call::new("iam:ListThings");

    #[test]
    fn to_the_last_page_and_no_page_twice() {
        let token = |text: &str| Some(text.to_owned());
        let mut pages = Paginator::new(CALL);
        assert_eq!(pages.advance(token("a")), Ok(true));
        assert_eq!(pages.token(), token("a"));
        assert!(pages.advance(token("a")).is_err());
        assert_eq!(pages.advance(token("b")), Ok(true));
        assert!(pages.advance(token("a")).is_err(), "around by two");
        assert_eq!(pages.advance(token("")), Ok(false));
        assert_eq!(pages.advance_if(true, token("c")), Ok(true));
        assert!(pages.advance_if(true, None).is_err());
        assert_eq!(pages.advance_if(false, token("d")), Ok(false));
    }

    #[test]
    fn a_list_without_end_is_refused() {
        let mut pages = Paginator::new(CALL);
        let advanced =
            (0..).take_while(|page: &usize| pages.advance(Some(page.to_string())).is_ok());
        assert_eq!(advanced.count(), MAX_PAGES - 1);
    }
}
