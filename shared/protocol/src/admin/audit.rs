//! What people changed.

use serde::{Deserialize, Serialize};

use super::Time;

/// Something that somebody changed, by the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// A UUID.
    pub id: String,
    /// When.
    pub time: Time,
    /// Who: `user anna`, or `token` and its id.
    pub who: String,
    /// What: `scan.created`, `alert.acted`, `user.removed`, ...
    pub what: String,
    /// The thing that was changed, by its id or name; empty where there is one of its kind.
    pub object: String,
    /// What else is good to know: `name=Weekly`, `role=admin`; never a secret.
    pub detail: String,
}
