//! Repeats only calls that certainly did nothing.

use std::fmt;
use std::marker::PhantomData;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::failure::is_throttle;

/// For calls that say by an error whether they changed something, such as a create-only put.
///
/// Where such a call took effect and its answer was lost, a second attempt would be refused, and who asked would
/// believe that somebody else was first. So a call whose outcome is unknown ends with that, and is not tried again.
#[derive(Clone, Copy)]
pub(crate) struct RefusedOnly<E>(PhantomData<fn() -> E>);

impl<E> RefusedOnly<E> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E> fmt::Debug for RefusedOnly<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefusedOnly")
    }
}

impl<E> ClassifyRetry for RefusedOnly<E>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let refusal =
            OrchestratorError::as_operation_error(error).and_then(|error| error.downcast_ref::<E>());
        match refusal.and_then(ProvideErrorMetadata::code) {
            Some(code) if is_throttle(code) => RetryAction::throttling_error(),
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "only what was refused"
    }

    /// Before all others: forbidding ends the search.
    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_before(RetryClassifierPriority::http_status_code_classifier())
    }
}
