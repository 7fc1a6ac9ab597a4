//! Alerts follow what is expected: after edits, and when expectations expire.

use portdelta_core::AddressSet;

use crate::App;
use crate::error::{AppError, During};
use crate::notify::{Judging, Occasion};
use crate::ports::{Action, Item, Key};
use crate::repositories::{Edit, places_of};

/// An edit that alerts did not follow for so long is taken up by the sweep, in seconds.
const LEFT_BEHIND: i64 = 60;

impl App {
    /// Lets alerts follow edits, without a message: whoever edits looks at the list. May be done again.
    pub(crate) async fn follow_edits(&self, edits: &[Edit]) -> Result<(), AppError> {
        let watching = self.watching().await?;
        let live = self.live_alerts().await?;
        self.withdraw_unwatched(&live, &watching.watch()).await?;
        let how = Judging { occasion: Occasion::default(), quiet: true, anew: true };
        for (site, places) in places_of(edits) {
            self.judge_expected(&watching, (&site, Some(&places)), &live, how).await?;
        }
        self.forget_edits(edits).await?;
        self.note_postures().await
    }

    /// Does what a process that died left, and lets alerts follow what expired since the last sweep: that is told, as
    /// nobody is looking.
    pub(crate) async fn sweep_expectations(&self) -> Result<(), AppError> {
        let now = self.now();
        let mut edits = self.expectation_edits().await?;
        edits.retain(|edit| now.since(edit.time) >= LEFT_BEHIND);
        if !edits.is_empty() {
            self.follow_edits(&edits).await?;
        }
        let key = Key::new("SWEEP", "expectations");
        let operation = || "read when expectations were looked at".to_owned();
        let last = self.table.get(&key).await.during(operation)?.and_then(|item| item.number("at"));
        let is_due = |expires: i64| last.is_none_or(|last| expires > last) && expires <= now.seconds();
        let mut due = Vec::new();
        for (one, _) in self.expectations().await? {
            if one.expires.is_some_and(|expires| is_due(expires.seconds())) {
                due.push((one.site, one.addresses));
            }
        }
        if due.is_empty() {
            return Ok(());
        }
        let watching = self.watching().await?;
        let live = self.live_alerts().await?;
        let how = Judging { occasion: Occasion::default(), quiet: false, anew: true };
        let sites: std::collections::BTreeSet<_> = due.iter().map(|(site, _)| site.clone()).collect();
        for site in sites {
            let here = due.iter().filter(|(at, _)| *at == site);
            let places: AddressSet = here.flat_map(|(_, addresses)| addresses.ranges()).copied().collect();
            self.judge_expected(&watching, (&site, Some(&places)), &live, how).await?;
        }
        let done = Action::put(Item::new(key, Vec::new()).with("at", now.seconds()));
        self.table.transact(vec![done]).await.during(|| "note that expectations were looked at".to_owned())
    }
}
