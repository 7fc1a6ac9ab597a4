//! DynamoDB's errors as errors of the port.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use portdelta_app::ports::TableError;

use crate::failure::{cause, code, passes};

/// An error that says nothing about conditions or items.
pub(super) fn of<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> TableError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    // A plain write met a transaction about the same item.
    if matches!(code(&error), "TransactionConflictException") {
        return TableError::Conflict;
    }
    if passes(&error) {
        return TableError::Unavailable { operation, source: cause(error) };
    }
    TableError::Backend { operation, source: cause(error) }
}

/// Whether a refusal says that a counter would make its item too large.
pub(super) fn is_too_large(code: &str, message: &str) -> bool {
    matches!(code, "ValidationException" | "ValidationError") && message.contains("Item size")
}
