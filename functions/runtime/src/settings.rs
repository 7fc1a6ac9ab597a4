//! What the template tells a function.

use std::collections::BTreeMap;

/// A variable that the template should have set.
#[derive(Debug, thiserror::Error)]
#[error("the environment has no {name}: the function is not set up as template.yaml says")]
pub struct NotSet {
    name: &'static str,
}

/// The variables of a function's environment whose names begin with `PORTDELTA_`.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// Those of this process, and that of an emulator's address.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::of(std::env::vars())
    }

    /// The known ones among these.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let is_ours = |name: &str| name.starts_with("PORTDELTA_") || name == ENDPOINT;
        Self(variables.into_iter().filter(|(name, value)| is_ours(name) && !value.is_empty()).collect())
    }

    fn get(&self, name: &'static str) -> Result<&str, NotSet> {
        self.0.get(name).map(String::as_str).ok_or(NotSet { name })
    }

    /// The name of the stack, which begins the names of its queues.
    pub fn stack(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_STACK")
    }

    /// The table's name.
    pub fn table(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_TABLE")
    }

    /// The bucket's name.
    pub fn bucket(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_BUCKET")
    }

    /// The topic's ARN.
    pub fn topic(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_TOPIC")
    }

    /// The bus's name.
    pub fn bus(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_BUS")
    }

    /// The group of the scans' schedules.
    pub fn schedule_group(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_SCHEDULE_GROUP")
    }

    /// The role by which schedules call.
    pub fn schedule_role(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_SCHEDULE_ROLE")
    }

    /// What schedules call.
    pub fn schedule_target(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_SCHEDULE_TARGET")
    }

    /// Where firings end that nobody took.
    pub fn schedule_dead(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_SCHEDULE_DEAD")
    }

    /// The role that agents take on.
    pub fn agent_role(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_AGENT_ROLE")
    }

    /// Where agents and people reach the API.
    pub fn url(&self) -> Result<&str, NotSet> {
        self.get("PORTDELTA_URL")
    }

    /// What is logged; `info` where nothing is said.
    #[must_use]
    pub fn log_level(&self) -> &str {
        self.get("PORTDELTA_LOG").unwrap_or("info")
    }

    /// The address of an emulator; `None` on AWS.
    #[must_use]
    pub fn emulator(&self) -> Option<&str> {
        self.get(ENDPOINT).ok()
    }
}

/// All SDKs know it.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let of = |pairs: &[(&str, &str)]| {
            Settings::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
        };
        let settings = of(&[("PORTDELTA_TABLE", "t"), ("PORTDELTA_BUCKET", ""), ("SECRET", "s")]);
        assert_eq!(settings.table().expect("it is set"), "t");
        assert_eq!(settings.log_level(), "info");
        assert_eq!(settings.emulator(), None);
        let error = settings.bucket().expect_err("it is empty").to_string();
        assert!(error.contains("PORTDELTA_BUCKET"), "{error}");
        assert_eq!(settings.0.len(), 1);
    }
}
