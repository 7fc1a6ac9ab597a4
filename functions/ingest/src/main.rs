#![doc = include_str!("../README.md")]

mod context;
mod handler;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use portdelta_function_runtime::TimeLeft;

use crate::context::Context;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let context = Context::from_environment()?;
    let context = &context;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let time = TimeLeft::of(&event.context);
        Ok::<_, Error>(handler::handle(&context.service, event.payload, time).await)
    }))
    .await
}
