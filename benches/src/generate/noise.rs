//! Where random numbers come from, and the text that is made of them.

use fastrand::Rng;

use super::plan::{Plan, Side};

/// What a stream of random numbers decides. Facts are the same in both files, noise is not.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// Names, systems, ports, and what becomes of them.
    Facts,
    /// The texts of one port: keys, titles, certificates.
    Port(u16),
    /// Whatever no two scans agree on.
    Noise(Side),
    /// The order in which a group of hosts was finished.
    Order(Side),
}

/// The random numbers of one stream of one host.
pub(crate) fn random(plan: &Plan, host: u32, stream: Stream) -> Rng {
    let stream = match stream {
        Stream::Facts => 1,
        Stream::Noise(Side::Old) => 2,
        Stream::Noise(Side::New) => 3,
        Stream::Order(Side::Old) => 4,
        Stream::Order(Side::New) => 5,
        Stream::Port(port) => 0x1_0000 + u64::from(port),
    };
    // Neighbouring seeds give neighbouring first numbers: spread all of them over the word.
    let seed = plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ (u64::from(host) << 32 | stream).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let mut random = Rng::with_seed(seed ^ seed >> 29);
    random.u64(..);
    random
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Adds `count` digits of base 64.
pub(crate) fn push_base64(out: &mut Vec<u8>, random: &mut Rng, count: usize) {
    push_digits(out, random, count, BASE64, 6);
}

/// Adds `count` hexadecimal digits.
pub(crate) fn push_hex(out: &mut Vec<u8>, random: &mut Rng, count: usize) {
    push_digits(out, random, count, HEX, 4);
}

/// Several digits a random word: certificates are a fifth of a large file.
fn push_digits(out: &mut Vec<u8>, random: &mut Rng, count: usize, alphabet: &[u8], bits: u32) {
    let mut left = count;
    while left > 0 {
        let mut word = random.u64(..);
        for _ in 0..left.min(10) {
            let digit = usize::try_from(word & ((1 << bits) - 1)).unwrap_or(0);
            out.push(alphabet[digit]);
            word >>= bits;
        }
        left -= left.min(10);
    }
}

/// Adds a fingerprint as scripts print it: pairs of hexadecimal digits with a separator.
pub(crate) fn push_fingerprint(
    out: &mut Vec<u8>,
    random: &mut Rng,
    bytes: usize,
    separator: u8,
    every: usize,
) {
    for place in 0..bytes {
        if place > 0 && place % every == 0 {
            out.push(separator);
        }
        push_hex(out, random, 2);
    }
}
