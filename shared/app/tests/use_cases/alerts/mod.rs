//! From results to what people are told.

mod channels;
mod crashes;
mod deliveries;
mod digests;
mod golden;
mod life;
mod lists;
mod networks;
mod office;
mod watched;
