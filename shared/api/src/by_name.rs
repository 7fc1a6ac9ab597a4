//! Lists of which a part is wanted, by name.

use serde::Deserialize;

/// `?name=` of lists of things that have a name.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ByName {
    /// Only with this text in the name, whatever its case.
    name: Option<String>,
}

impl ByName {
    /// Whether a thing of these names is wanted; one that fits is enough.
    pub(crate) fn wants(&self, names: &[&str]) -> bool {
        self.name.as_ref().is_none_or(|text| names.iter().any(|name| holds(name, text)))
    }
}

/// Whether a text stands in another, whatever the case of both.
pub(crate) fn holds(whole: &str, text: &str) -> bool {
    whole.to_lowercase().contains(&text.trim().to_lowercase())
}
