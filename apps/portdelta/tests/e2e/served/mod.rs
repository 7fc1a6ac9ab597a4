//! The command line as people use it beside a server: real servers, real agents, real mail.

mod contract;
mod doctor;
mod entrance;
mod expectations;
mod hostile;
mod large;
mod mail;
mod people;
mod signals;
mod walk;
