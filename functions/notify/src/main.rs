#![doc = include_str!("../README.md")]

mod context;
mod handler;
mod stream;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use portdelta_function_runtime::TimeLeft;

use crate::context::Context;
use crate::handler::Event;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let context = Context::from_environment()?;
    let context = &context;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Event>| {
        let time = TimeLeft::of(&event.context);
        let (answer, metrics) = handler::handle(&context.service, &context.stack, event.payload, time).await;
        if let Some(metrics) = metrics {
            println!("{}", metrics.line(context.service.app().now().seconds()));
        }
        Ok::<_, Error>(answer)
    }))
    .await
}
