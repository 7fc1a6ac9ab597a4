//! The table as DynamoDB must have it.

use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use portdelta_app::ports::table::names;

use crate::client::SdkConfig;

/// The name of the index.
pub const INDEX: &str = "by-index-key";

/// Makes an empty table: what the template declares, for tests and experiments.
///
/// Partition and sort key `pk` and `sk`, an index with all attributes by `ipk` and `isk`, all texts; `ttl` ends
/// items; paid by request. Without the stream and the backups of the template.
pub async fn create(config: &SdkConfig, table: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let client = Client::new(config);
    let texts = [names::PARTITION, names::SORT, names::INDEX_PARTITION, names::INDEX_SORT];
    let definitions = texts.map(|name| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        definition.attribute_type(ScalarAttributeType::S).build()
    });
    let whole = Projection::builder().projection_type(ProjectionType::All).build();
    let index = GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .set_key_schema(Some(keys(names::INDEX_PARTITION, names::INDEX_SORT)?))
        .projection(whole)
        .build()?;
    client
        .create_table()
        .table_name(table)
        .set_attribute_definitions(Some(definitions.into_iter().collect::<Result<_, _>>()?))
        .set_key_schema(Some(keys(names::PARTITION, names::SORT)?))
        .global_secondary_indexes(index)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await?;
    let expiry = TimeToLiveSpecification::builder().attribute_name(names::EXPIRES).enabled(true).build()?;
    client.update_time_to_live().table_name(table).time_to_live_specification(expiry).send().await?;
    Ok(())
}

fn keys(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok(vec![element(partition, KeyType::Hash)?, element(sort, KeyType::Range)?])
}
