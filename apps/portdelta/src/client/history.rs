//! The history of a host, which comes in pages with the host on each.

use portdelta_protocol::admin::{History, MAX_PAGE};

use super::Call;
use crate::failure::Failure;

/// More pages than any history has: a server that never ends is not followed for ever.
const MOST_PAGES: usize = 100_000;

/// A history that is read page by page, newest first.
pub struct HistoryPages<'a> {
    call: Call<'a>,
    cursor: Option<String>,
    left: usize,
    ended: bool,
}

impl<'a> HistoryPages<'a> {
    /// The history that a request gives.
    pub fn of(call: Call<'a>) -> Self {
        Self { call, cursor: None, left: MOST_PAGES, ended: false }
    }

    /// The next page of at most `limit` changes, which may be none; `None` behind the last one.
    pub async fn next(&mut self, limit: usize) -> Result<Option<History>, Failure> {
        if self.ended {
            return Ok(None);
        }
        let limit = limit.clamp(1, MAX_PAGE as usize);
        let mut page: History = self.call.page(limit, self.cursor.as_deref()).answer().await?;
        let next = page.next.take();
        self.left -= 1;
        if self.left == 0 || next.is_some() && next == self.cursor {
            return Err(Failure::new("endless_list", "the server's list does not end")
                .hint("That is a mistake of the server; try again, or ask for less."));
        }
        self.ended = next.is_none();
        self.cursor = next;
        Ok(Some(page))
    }

    /// The newest `most` changes, or all, and what is known of the host.
    pub async fn newest(mut self, most: usize) -> Result<Option<History>, Failure> {
        let mut whole: Option<History> = None;
        loop {
            let known = whole.as_ref().map_or(0, |history| history.changes.len());
            if known >= most {
                break;
            }
            let Some(page) = self.next(most - known).await? else { break };
            match &mut whole {
                Some(history) => history.changes.extend(page.changes),
                None => whole = Some(page),
            }
        }
        Ok(whole)
    }
}
