//! Whether something can be done at a site.

use portdelta_core::ids::SiteId;

use crate::App;
use crate::error::{AppError, Invalid};
use crate::repositories::Site;

impl App {
    /// Refuses a site that is not there or was deactivated.
    pub(crate) async fn active_site(&self, site: &SiteId) -> Result<(), AppError> {
        Ok(check_active("site", site, self.site(site).await?.as_ref())?)
    }
}

/// Refuses a site that is not there or was deactivated; `field` named it, and `known` is what is there.
pub(crate) fn check_active(field: &'static str, id: &SiteId, known: Option<&Site>) -> Result<(), Invalid> {
    match known {
        None => Err(unknown_site(field, id)),
        Some(site) if !site.active => {
            let message = format!("site {id} was deactivated");
            Err(Invalid::field(field, "site_inactive", message, "activate it, or name another site"))
        }
        Some(_) => Ok(()),
    }
}

/// What to say of a site that is not there; `field` named it.
pub(crate) fn unknown_site(field: &'static str, id: &SiteId) -> Invalid {
    let hint = "make the site first, or look for a typing error in its name";
    Invalid::field(field, "site_unknown", format!("there is no site {id}"), hint)
}
