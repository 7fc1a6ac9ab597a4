//! Times as administrators read them.

use std::fmt;
use std::str::FromStr;

use portdelta_core::UnixTime;
use serde::{Deserialize, Serialize};

/// A second, as RFC 3339 writes it: `2026-01-31T12:00:00Z`. Read with any offset, written in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Time(pub UnixTime);

/// 9999-12-30T22:00:00Z
const LAST: i64 = 253_402_207_200;

/// The text is no time, or one outside of the years 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time such as 2026-01-31T12:00:00Z")]
pub struct NotATime;

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // jiff's times end a day before ours do, and something must be printed for "never".
        let time = jiff::Timestamp::from_second(self.0.seconds());
        write!(f, "{}", time.unwrap_or(jiff::Timestamp::from_second(LAST).unwrap_or_default()))
    }
}

impl FromStr for Time {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let time: jiff::Timestamp = text.parse().map_err(|_| NotATime)?;
        UnixTime::from_seconds(time.as_second()).map(Self).ok_or(NotATime)
    }
}

impl From<Time> for String {
    fn from(time: Time) -> Self {
        time.to_string()
    }
}

impl TryFrom<String> for Time {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        text.parse()
    }
}

impl From<UnixTime> for Time {
    fn from(time: UnixTime) -> Self {
        Self(time)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Time {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-01-31T12:00:00Z"])
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_any_offset_and_written_in_utc() {
        let time: Time = "2026-01-31T13:00:00+01:00".parse().expect("a time");
        assert_eq!(time.to_string(), "2026-01-31T12:00:00Z");
        assert_eq!(Time(UnixTime::MAX).to_string(), "9999-12-30T22:00:00Z");
        for text in ["", "2026-01-31", "yesterday", "1969-12-31T23:59:59Z"] {
            assert_eq!(text.parse::<Time>(), Err(NotATime), "{text}");
        }
    }
}
