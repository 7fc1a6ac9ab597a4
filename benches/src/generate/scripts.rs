//! What scripts printed: the same text twice, as output and as tables.

use std::io::{self, Write};

use fastrand::Rng;

use super::catalog::{Flavour, Service};
use super::document::time_text;
use super::hosts::HostFacts;
use super::noise::{Stream, push_base64, push_fingerprint, push_hex, random};
use super::plan::Plan;

/// Digits of a certificate in base 64: a short one.
const CERTIFICATE_DIGITS: usize = 1_024;

/// Digits of an RSA host key.
const KEY_DIGITS: usize = 372;

/// Adds the scripts of one port. `texts` is the same in both files, `noise` is not.
pub(crate) fn write_port_scripts(
    service: &Service,
    end: i64,
    texts: &mut Rng,
    noise: &mut Rng,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    match service.flavour {
        Flavour::Plain | Flavour::Unrecognised => Ok(()),
        Flavour::Ssh => write_host_keys(texts, out),
        Flavour::Http => write_web(service, end, texts, noise, out),
        Flavour::Https => {
            write_web(service, end, texts, noise, out)?;
            write_certificate(end, texts, noise, out)?;
            write_tls_clock(end, noise, out)
        }
        Flavour::Tls => {
            write_certificate(end, texts, noise, out)?;
            write_tls_clock(end, noise, out)
        }
    }
}

fn write_host_keys(texts: &mut Rng, out: &mut Vec<u8>) -> io::Result<()> {
    let mut prints = Vec::new();
    let keys = [("ecdsa-sha2-nistp256", 256_u16, "ECDSA", 140), ("ssh-rsa", 3072, "RSA", KEY_DIGITS)];
    out.extend_from_slice(br#"<script id="ssh-hostkey" output=""#);
    for (_, bits, kind, _) in keys {
        write!(out, "&#xa;  {bits} ")?;
        let start = out.len();
        push_fingerprint(out, texts, 16, b':', 1);
        prints.push(out[start..].to_vec());
        write!(out, " ({kind})")?;
    }
    out.extend_from_slice(b"\">");
    for ((kind, bits, _, digits), print) in keys.into_iter().zip(prints) {
        write!(out, "<table>\n<elem key=\"type\">{kind}</elem>\n<elem key=\"bits\">{bits}</elem>\n")?;
        out.extend_from_slice(b"<elem key=\"fingerprint\">");
        out.extend(print.into_iter().filter(|byte| *byte != b':'));
        out.extend_from_slice(b"</elem>\n<elem key=\"key\">");
        push_base64(out, texts, digits);
        out.extend_from_slice(b"=</elem>\n</table>\n");
    }
    out.extend_from_slice(b"</script>");
    Ok(())
}

fn write_web(
    service: &Service,
    end: i64,
    texts: &mut Rng,
    noise: &mut Rng,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    let titles =
        ["Welcome to nginx!", "Intranet", "Sign in &amp; continue", "Index of /", "R&#xe9;seau local"];
    let title = titles[texts.usize(..titles.len())];
    write!(
        out,
        r#"<script id="http-title" output="{title}&#xa;Requested resource was /login?next=%2F"><elem key="title">{title}</elem>
<elem key="redirect_url">/login?next=%2F</elem>
</script><script id="http-server-header" output="{0}"><elem>{0}</elem>
</script>"#,
        service.product
    )?;
    let date = time_text(end, "%a, %d %b %Y %H:%M:%S GMT");
    let skew = noise.i8(-3..4);
    write!(
        out,
        r#"<script id="http-date" output="{date}; {skew:+}s from local time."><elem key="date">{}</elem>
<elem key="delta">{skew}.0</elem>
</script>"#,
        time_text(end, "%Y-%m-%dT%H:%M:%S+00:00")
    )
}

/// A certificate that its server renews all the time without changing the key: the fingerprints, which tell
/// people what they trust, stay, and the times of validity move with every scan.
fn write_certificate(end: i64, texts: &mut Rng, noise: &mut Rng, out: &mut Vec<u8>) -> io::Result<()> {
    let name = format!("www{}.lab.example", texts.u16(..1000));
    let begin = end - noise.i64(600..80_000);
    let before = time_text(begin, "%Y-%m-%dT%H:%M:%S");
    let after = time_text(begin + 90 * 86_400, "%Y-%m-%dT%H:%M:%S");
    let (mut md5, mut sha1) = (Vec::new(), Vec::new());
    push_fingerprint(&mut md5, texts, 16, b' ', 2);
    push_fingerprint(&mut sha1, texts, 20, b' ', 2);
    write!(
        out,
        r#"<script id="ssl-cert" output="Subject: commonName={name}/organizationName=Lab&#xa;Subject Alternative Name: DNS:{name}, DNS:lab.example&#xa;Not valid before: {before}&#xa;Not valid after:  {after}"><table key="subject">
<elem key="commonName">{name}</elem>
<elem key="organizationName">Lab</elem>
</table>
<table key="issuer">
<elem key="commonName">Lab CA 2</elem>
<elem key="countryName">DE</elem>
</table>
<table key="pubkey">
<elem key="type">rsa</elem>
<elem key="bits">2048</elem>
<elem key="modulus">userdata: 0x5580c0ffee00</elem>
<elem key="exponent">65537</elem>
</table>
<table key="extensions">
<table>
<elem key="name">X509v3 Subject Alternative Name</elem>
<elem key="value">DNS:{name}, DNS:lab.example</elem>
</table>
<table>
<elem key="name">X509v3 Key Usage</elem>
<elem key="value">Digital Signature, Key Encipherment</elem>
<elem key="critical">true</elem>
</table>
</table>
<elem key="sig_algo">sha256WithRSAEncryption</elem>
<table key="validity">
<elem key="notBefore">{before}</elem>
<elem key="notAfter">{after}</elem>
</table>
<elem key="md5">"#
    )?;
    out.extend(md5.into_iter().filter(|byte| *byte != b' '));
    out.extend_from_slice(b"</elem>\n<elem key=\"sha1\">");
    out.extend(sha1.into_iter().filter(|byte| *byte != b' '));
    out.extend_from_slice(
        b"</elem>\n<elem key=\"pem\">-&#45;&#45;&#45;&#45;BEGIN CERTIFICATE-&#45;&#45;&#45;&#45;&#xa;",
    );
    let mut left = CERTIFICATE_DIGITS;
    while left > 0 {
        push_base64(out, texts, left.min(64));
        out.extend_from_slice(b"&#xa;");
        left -= left.min(64);
    }
    out.extend_from_slice(
        b"-&#45;&#45;&#45;&#45;END CERTIFICATE-&#45;&#45;&#45;&#45;&#xa;</elem>\n</script>",
    );
    Ok(())
}

fn write_tls_clock(end: i64, noise: &mut Rng, out: &mut Vec<u8>) -> io::Result<()> {
    let skew = noise.i8(1..9);
    let date = time_text(end, "%Y-%m-%dT%H:%M:%S+00:00");
    write!(
        out,
        r#"<script id="ssl-date" output="{date}; +{skew}s from scanner time."><elem key="date">{date}</elem>
<elem key="delta">{skew}.0</elem>
</script>"#
    )
}

/// Adds the scripts that are about the host as a whole.
pub(crate) fn write_host_scripts(
    plan: &Plan,
    host: u32,
    facts: &HostFacts,
    end: i64,
    noise: &mut Rng,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    // No port has the number 0, so this stream is free.
    let mut texts = random(plan, host, Stream::Port(0));
    let mut guid = Vec::new();
    push_hex(&mut guid, &mut texts, 32);
    let guid = String::from_utf8_lossy(&guid);
    let (skew, date) = (noise.u8(..5), time_text(end, "%Y-%m-%dT%H:%M:%S"));
    let [.., high, low] = facts.address.octets();
    write!(
        out,
        r#"<hostscript><script id="smb2-security-mode" output="&#xa;  311: &#xa;    Message signing enabled but not required"><table key="311">
<elem>Message signing enabled but not required</elem>
</table>
</script><script id="smb2-time" output="&#xa;  date: {date}&#xa;  start_date: N/A"><elem key="date">{date}</elem>
<elem key="start_date">N/A</elem>
</script><script id="clock-skew" output="mean: {skew}s, deviation: 0s, median: {skew}s"><elem key="mean">{skew}</elem>
<elem key="stddev">0</elem>
<elem key="count">3</elem>
<elem key="median">{skew}</elem>
</script><script id="nbstat" output="NetBIOS name: HOST-{high}-{low}, NetBIOS user: &lt;unknown&gt;, NetBIOS MAC: &lt;unknown&gt; (unknown)"/><script id="smb-system-info" output="guid: {guid}"/></hostscript>
"#
    )
}
