//! Records of the table's stream, as far as they are of interest.

use portdelta_app::ports::Key;
use portdelta_app::ports::table::names;
use portdelta_app::repositories::OUTBOX;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Records of one shard, by their sequence numbers.
#[derive(Debug, Deserialize)]
pub struct StreamEvent {
    /// The records.
    #[serde(rename = "Records")]
    pub records: Vec<Record>,
}

/// One item that was written.
#[derive(Debug, Deserialize)]
pub struct Record {
    dynamodb: Change,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    keys: Map<String, Value>,
    #[serde(default)]
    new_image: Map<String, Value>,
    sequence_number: String,
}

impl Record {
    /// The key of the delta batch that was committed; `None` where it was another item, or one that was removed. The
    /// stream's filter lets nothing else through; this does not rely on it.
    pub fn committed_batch(&self) -> Option<Key> {
        let Change { keys, new_image, .. } = &self.dynamodb;
        let text = |name| keys.get(name)?.get("S")?.as_str();
        let is_pending = new_image.get(OUTBOX)?.get("N")?.as_str()? == "1";
        let key = Key::new(text(names::PARTITION)?, text(names::SORT)?);
        is_pending.then_some(key)
    }
}

/// What Lambda is told of a batch of records: it goes on with the first one that failed.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

impl From<Record> for Failures {
    /// It and all that come after it.
    fn from(record: Record) -> Self {
        let failure = Failure { item_identifier: record.dynamodb.sequence_number };
        Self { batch_item_failures: vec![failure] }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(new_image: &Value) -> Record {
        let keys = json!({ "pk": { "S": "BLK#one#192.0.2.0" }, "sk": { "S": "D#1#2" } });
        let change = json!({ "Keys": keys, "NewImage": new_image, "SequenceNumber": "17" });
        serde_json::from_value(json!({ "eventName": "INSERT", "dynamodb": change })).expect("a record")
    }

    #[test]
    fn only_what_is_in_the_outbox_is_told() {
        let told = record(&json!({ "outbox": { "N": "1" } })).committed_batch();
        assert_eq!(told, Some(Key::new("BLK#one#192.0.2.0", "D#1#2")));
        for other in [json!({}), json!({ "outbox": { "N": "0" } }), json!({ "outbox": { "S": "1" } })] {
            assert_eq!(record(&other).committed_batch(), None);
        }
    }

    #[test]
    fn lambda_is_told_where_to_go_on() {
        let failures = Failures::from(record(&json!({})));
        let told = serde_json::to_value(failures).expect("JSON");
        assert_eq!(told, json!({ "batchItemFailures": [{ "itemIdentifier": "17" }] }));
    }
}
