//! What every adapter of a port must do, as tests that take the adapter.
