//! What people do about alerts.

use portdelta_core::alert::{Action, ActionRefused, Alert, AlertEvent, AlertId, check_action};
use portdelta_core::escape::escape;

use super::happen::Occasion;
use crate::App;
use crate::error::{AppError, Invalid};

/// Most alerts of one bulk action.
const MOST_BULK: usize = 500;

/// What became of one alert of a bulk action.
#[derive(Debug)]
pub struct BulkLine {
    /// The id as it was given.
    pub alert: String,
    /// The alert as it is now, or what went wrong with it.
    pub outcome: Result<Alert, AppError>,
}

impl App {
    /// Does something about an alert for `actor`: the id of a token or user, of at most 200 characters.
    ///
    /// The same action again changes nothing.
    pub async fn act_on_alert(&self, id: &str, actor: &str, action: Action) -> Result<Alert, AppError> {
        let unknown = || AppError::Unknown { what: format!("alert {}", escape(id)) };
        let key: AlertId = id.parse().map_err(|_| unknown())?;
        let alert = self.alert(key).await?.ok_or_else(unknown)?;
        check_action(&alert, &action, self.clock.now()).map_err(refused)?;
        let event = AlertEvent::Person { actor: actor.chars().take(200).collect(), action };
        let occasion = Occasion { only_known: true, ..Occasion::default() };
        let done = self.happen(&alert.subject, &event, occasion).await?;
        done.map(|(alert, _)| alert).ok_or_else(unknown)
    }

    /// Does the same about 1 to 500 alerts; one that goes wrong does not keep the others from it.
    pub async fn act_on_alerts(
        &self,
        ids: &[String],
        actor: &str,
        action: &Action,
    ) -> Result<Vec<BulkLine>, AppError> {
        if ids.is_empty() || ids.len() > MOST_BULK {
            let message = format!("{} alerts are given, and 1 to {MOST_BULK} can be", ids.len());
            return Err(Invalid::field("alerts", "too_many", message, "give fewer at a time").into());
        }
        let mut lines = Vec::with_capacity(ids.len());
        for id in ids {
            let outcome = self.act_on_alert(id, actor, action.clone()).await;
            lines.push(BulkLine { alert: id.clone(), outcome });
        }
        Ok(lines)
    }
}

fn refused(why: ActionRefused) -> AppError {
    let invalid = |field| Invalid::field(field, why.code(), why.to_string(), why.hint()).into();
    match why {
        ActionRefused::Resolved => {
            AppError::Refused { code: why.code(), message: why.to_string(), hint: why.hint() }
        }
        ActionRefused::Until => invalid("until"),
        ActionRefused::NoReason => invalid("reason"),
        ActionRefused::NoteTooLong => invalid("note"),
    }
}
