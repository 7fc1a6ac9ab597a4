//! Benchmarks and the generator of scanner outputs.
