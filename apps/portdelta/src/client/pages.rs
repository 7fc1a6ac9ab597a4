//! Lists that come in pages.

use portdelta_protocol::admin::{MAX_PAGE, Page};
use serde::de::DeserializeOwned;

use super::Call;
use crate::failure::{Failure, warn};

/// More pages than any list has: a server that never ends is not followed for ever.
const MOST_PAGES: usize = 100_000;

/// A list that is read page by page.
pub struct Pages<'a, T> {
    call: Call<'a>,
    cursor: Option<String>,
    read: usize,
    ended: bool,
    kind: std::marker::PhantomData<T>,
}

impl<'a, T: DeserializeOwned> Pages<'a, T> {
    /// The list that a request gives.
    pub fn of(call: Call<'a>) -> Self {
        Self { call, cursor: None, read: 0, ended: false, kind: std::marker::PhantomData }
    }

    /// The next page of at most `limit` things; `None` behind the last one.
    pub async fn next(&mut self, limit: usize) -> Result<Option<Vec<T>>, Failure> {
        if self.ended {
            return Ok(None);
        }
        let limit = limit.clamp(1, MAX_PAGE as usize);
        let page: Page<T> = self.call.page(limit, self.cursor.as_deref()).answer().await?;
        self.read += 1;
        let repeats = page.next.is_some() && page.next == self.cursor;
        if repeats || self.read >= MOST_PAGES {
            return Err(Failure::new("endless_list", "the server's list does not end")
                .hint("That is a mistake of the server; try again, or ask for less."));
        }
        self.ended = page.next.is_none();
        self.cursor = page.next;
        Ok(Some(page.items))
    }

    /// All of it.
    pub async fn all(mut self) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        while let Some(items) = self.next(MAX_PAGE as usize).await? {
            all.extend(items);
        }
        Ok(all)
    }

    /// The first of it; says so on standard error where there is more.
    pub async fn first(mut self, most: usize) -> Result<Vec<T>, Failure> {
        let mut first = Vec::new();
        while first.len() < most {
            let Some(items) = self.next(most - first.len()).await? else { break };
            first.extend(items);
        }
        if !self.ended || first.len() > most {
            first.truncate(most);
            warn(&format!("there are more than these {most}: see --limit"));
        }
        Ok(first)
    }
}
