//! What the function works with.

use std::sync::Arc;

use lambda_runtime::Error;
use portdelta_app::Service;
use portdelta_function_runtime::{Absent, Stack};

/// What the function works with.
pub struct Context {
    /// The use cases.
    pub service: Service,
    /// The name of the stack.
    pub stack: String,
}

impl Context {
    /// As the template set it up.
    pub fn from_environment() -> Result<Self, Error> {
        let stack = Stack::from_environment()?;
        let service = stack.service(Arc::new(Absent), stack.channels(), Arc::new(Absent))?;
        Ok(Self { service, stack: stack.settings.stack()?.to_owned() })
    }
}
