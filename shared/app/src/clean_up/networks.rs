//! What is known of networks as a whole: the last that a clean-up goes over, for it follows from all else.

use crate::App;
use crate::error::AppError;
use crate::repositories::{CleanUp, CleanUpScope};
use crate::steps::Steps;

/// What stands before the position of a card; those of runs come behind all of them.
const CARD: &str = "card:";
/// What stands before the position of a run.
const RUN: &str = "run:";

impl App {
    /// Removes the cards of a site that goes as a whole, and works out anew what is left; `false` where it could not come
    /// to the end.
    pub(super) async fn clean_networks(
        &self,
        clean_up: &mut CleanUp,
        steps: &mut Steps<'_>,
    ) -> Result<bool, AppError> {
        let at = |kind: &str| clean_up.from.as_deref().and_then(|from| from.strip_prefix(kind));
        let run = at(RUN);
        if clean_up.scope == CleanUpScope::Site
            && run.is_none()
            && let Some(last) = self.remove_cards(&clean_up.site, clean_up.at, at(CARD), steps).await?
        {
            clean_up.from = Some(format!("{CARD}{last}"));
            return Ok(false);
        }
        let networks = self.networks().await?;
        let last = self.note_some_anew(&clean_up.site, &networks, run, steps).await?;
        clean_up.from = last.map(|last| format!("{RUN}{last}"));
        Ok(clean_up.from.is_none())
    }
}
