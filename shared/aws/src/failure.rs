//! What an SDK's error means for who asked.

use std::error::Error;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Codes with which services refuse for the moment: nothing was done.
const THROTTLES: [&str; 16] = [
    "BandwidthLimitExceeded",
    "KMSThrottling",
    "KMSThrottlingException",
    "KmsThrottled",
    "OverLimit",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    // SNS; the second is the name of the same in its model.
    "Throttled",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Other codes of what passes by itself; whether something was done is unknown. Credentials that have run out are
/// among them: they are renewed by whoever lends them.
const PASSING: [&str; 12] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "OperationAborted",
    "RequestExpired",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "TransactionInProgressException",
    "ConditionalRequestConflict",
];

/// Whether a service refused without having done anything, because it had too much to do.
pub(crate) fn is_throttle(code: &str) -> bool {
    THROTTLES.contains(&plain(code))
}

/// SQS puts its name before some codes.
fn plain(code: &str) -> &str {
    code.trim_start_matches("AWS.SimpleQueueService.")
}

/// Whether the same call may succeed later.
pub(crate) fn passes<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => false,
        SdkError::ServiceError(refusal) => {
            let known = |code: &str| is_throttle(code) || PASSING.contains(&plain(code));
            refusal.err().code().is_some_and(known) || matches!(refusal.raw().status().as_u16(), 429 | 500..)
        }
        // Timeouts, broken connections, answers that are cut off.
        _ => true,
    }
}

/// The code of a refusal, such as `NoSuchKey`; empty where there was no answer.
pub(crate) fn code<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> &str {
    error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default()
}

/// What the service said besides the code.
pub(crate) fn message<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> &str {
    error.as_service_error().and_then(ProvideErrorMetadata::message).unwrap_or_default()
}

/// As the cause of an error of a port. The whole chain in one line: the SDK's own text is only "service error".
pub(crate) fn cause<E>(error: SdkError<E, HttpResponse>) -> Box<dyn Error + Send + Sync>
where
    E: Error + Send + Sync + 'static,
{
    Box::new(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_its_own_word_for_too_much() {
        for code in ["Throttled", "SlowDown", "RequestThrottled", "AWS.SimpleQueueService.RequestThrottled"] {
            assert!(is_throttle(code), "{code}");
        }
        assert!(!is_throttle("AccessDenied") && !is_throttle(""));
    }
}
