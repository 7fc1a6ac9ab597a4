//! Which agents count: for what they upload, and for who could still do a task.

use portdelta_core::ids::SiteId;

use crate::App;
use crate::error::AppError;

impl App {
    /// The agents that could work on tasks of a site now, as (id, name).
    #[expect(clippy::unused_async, reason = "the agents are asked once they are stored")]
    pub(crate) async fn able_agents(&self, _site: &SiteId) -> Result<Vec<(String, String)>, AppError> {
        Ok(Vec::new())
    }

    /// Why nothing of this agent is applied; `None` where it is.
    #[expect(clippy::unused_async, reason = "the agents are asked once they are stored")]
    pub(crate) async fn agent_refusal(
        &self,
        _agent: &str,
    ) -> Result<Option<(&'static str, String)>, AppError> {
        Ok(None)
    }
}
