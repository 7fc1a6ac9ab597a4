//! Lists that come in pages.

use serde::{Deserialize, Serialize};

/// How many things a page has where the request does not say.
pub const DEFAULT_PAGE: u32 = 100;

/// The most things of one page.
pub const MAX_PAGE: u32 = 500;

/// A stretch of a list. Ask with `?limit=` (1 to 500, else 100) and `?cursor=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The things; may be none although more follow.
    pub items: Vec<T>,
    /// The `cursor` of the next page; absent on the last one. Opaque, and good for the same filters only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
