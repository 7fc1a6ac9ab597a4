#![doc = include_str!("../README.md")]

mod context;
mod handler;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use portdelta_function_runtime::TimeLeft;
use serde::de::IgnoredAny;

use crate::context::Context;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let context = Context::from_environment()?;
    let context = &context;
    // Whoever calls, it is the same sweep.
    lambda_runtime::run(service_fn(async |event: LambdaEvent<IgnoredAny>| {
        let time = TimeLeft::of(&event.context);
        let (done, metrics) = handler::handle(&context.service, &context.stack, time).await;
        if let Some(metrics) = metrics {
            println!("{}", metrics.line(context.service.app().now().seconds()));
        }
        Ok::<(), Error>(done?)
    }))
    .await
}
