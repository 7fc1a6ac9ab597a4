//! The program as people run it: the real binary, real files, real nmap against real listeners.
//!
//! Tests bind to free ports of loopback addresses of their own, and remember in folders of their own, so that all
//! of them can run at once. What a machine cannot do (raw sockets, namespaces) is skipped with a message.

mod diff;
mod help;
mod hostile;
mod imports;
mod interrupts;
mod loopback;
mod moving;
mod networks;
mod parse;
mod refusals;
mod remote;
mod served;
mod services;
mod storage;
mod support;
