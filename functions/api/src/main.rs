#![doc = include_str!("../README.md")]

mod context;
mod handler;
mod handover;

use lambda_http::{Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let api = context::api()?;
    let api = &api;
    lambda_http::lambda_runtime::run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        Ok::<_, Error>(api.handle(&event.payload, event.context).await?)
    }))
    .await
}
