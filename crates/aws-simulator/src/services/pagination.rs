//! Pagination: a token continues only the request that it was issued for.

use crate::ids;

/// One page of the items and the token of the next; `None` when the token belongs to no such request.
pub(crate) fn paginate<T>(
    items: Vec<T>,
    token: Option<&str>,
    size: usize,
    request: &str,
) -> Option<(Vec<T>, Option<String>)> {
    let bound = ids::hex32(request);
    let start = match token {
        None => 0,
        Some(token) => token
            .strip_prefix(&bound)?
            .strip_prefix('.')?
            .parse::<usize>()
            .ok()?,
    };
    if start > 0 && start >= items.len() {
        return None;
    }
    let end = start + size;
    let next = (end < items.len()).then(|| format!("{bound}.{end}"));
    Some((items.into_iter().skip(start).take(size).collect(), next))
}

#[cfg(test)]
mod tests {
    use super::paginate;

    #[test]
    fn pages_follow_each_other_and_tokens_are_bound() {
        let items = || vec![1, 2, 3, 4, 5];
        let (page, token) = paginate(items(), None, 2, "a").unwrap();
        assert_eq!(page, [1, 2]);
        assert!(paginate(items(), token.as_deref(), 2, "b").is_none());
        let (page, token) = paginate(items(), token.as_deref(), 2, "a").unwrap();
        assert_eq!(page, [3, 4]);
        let (page, token) = paginate(items(), token.as_deref(), 2, "a").unwrap();
        assert_eq!((page, token), (vec![5], None));
        assert!(paginate(items(), Some("x"), 2, "a").is_none());
        assert_eq!(
            paginate(Vec::<u8>::new(), None, 2, "a"),
            Some((vec![], None))
        );
    }
}
