//! A server or agent that is killed after one of its writes, whichever it is, ends in the state of an undisturbed one.
//!
//! Both are processes of their own, and really end. Whoever looks after them starts them again. What outlives a
//! process changes with its writes only, so ending it once after each of them tries all ends there are. How many
//! writes there are is not written down anywhere: a test goes on until nothing died any more.

mod agent;
mod mortal;
mod server;
mod story;
mod view;
