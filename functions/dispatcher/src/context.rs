//! What the function works with.

use lambda_runtime::Error;
use portdelta_app::Service;
use portdelta_function_runtime::Stack;

/// What the function works with.
pub struct Context {
    /// The use cases.
    pub service: Service,
}

impl Context {
    /// As the template set it up.
    pub fn from_environment() -> Result<Self, Error> {
        Ok(Self { service: Stack::from_environment()?.plain_service()? })
    }
}
