//! A report as one HTML page that needs nothing else, and runs nothing.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use portdelta_core::escape::escape;

use super::by_host::{Direction, by_host, described};
use super::view::{ReportDelta, ReportView};
use super::words::facts;

/// Its hash stands in the content security policy: a page with another style shows none.
const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--dim:#5b6675;--line:#d5dbe3;--came:#b3261e;\
--went:#1b6e3c;--changed:#8a5a00}\
@media(prefers-color-scheme:dark){:root{--ink:#e3e8ef;--paper:#12161c;--dim:#98a3b3;--line:#2d3642;\
--came:#ff8a80;--went:#7ddb9c;--changed:#ffca66}}\
body{margin:2rem auto;max-width:60rem;padding:0 1rem;background:var(--paper);color:var(--ink);\
font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}\
h1{font-size:1.5rem}h2{font-size:1.1rem;border-bottom:1px solid var(--line)}\
h3{font-size:1rem;margin:1rem 0 .25rem;font-family:ui-monospace,monospace}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt,.why{color:var(--dim)}dd{margin:0}\
ul{list-style:none;margin:0;padding-left:1rem}.why{font-size:.85rem}\
.came{color:var(--came)}.went{color:var(--went)}.changed{color:var(--changed)}.first{color:var(--dim)}";

/// SHA-256 of [`STYLE`] in base64; a test computes it.
const STYLE_HASH: &str = "tsdCgGD47K0fRqGdW196UDCg/d6KMi+gSg507RtLszc=";

/// Text of others as content of an element or of a quoted attribute: what is invisible or steers the direction of
/// reading is written as a visible escape, mark-up as entities.
struct Html<'a>(&'a str);

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0).chars().try_for_each(|character| match character {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            _ => f.write_char(character),
        })
    }
}

/// Begins a report as one page of HTML: no scripts, nothing from elsewhere, light and dark as the reader's system is.
pub(super) fn begin(view: &ReportView, out: &mut impl Write) -> io::Result<()> {
    let title = Html(&view.title);
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; \
         base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – Portdelta report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<dl>"
    )?;
    for (name, value) in facts(view) {
        writeln!(out, "<dt>{name}</dt><dd>{}</dd>", Html(&value))?;
    }
    writeln!(out, "</dl>")
}

/// Writes changes host by host.
pub(super) fn changes(deltas: &[ReportDelta], out: &mut impl Write) -> io::Result<()> {
    for host in by_host(deltas) {
        writeln!(out, "<h3>{}</h3>\n<ul>", Html(host.address))?;
        for delta in host.changes {
            let direction = Direction::of(delta);
            let class = match direction {
                Direction::Came => "came",
                Direction::Went => "went",
                Direction::Changed => "changed",
                Direction::FirstLook => "first",
            };
            let (sign, what) = (direction.sign(), described(delta));
            let why = Html(&delta.why.sentence);
            writeln!(
                out,
                "<li><span class=\"{class}\">{sign} {}</span><div class=\"why\">why: {why}</div></li>",
                Html(&what)
            )?;
        }
        for line in host.with_it {
            writeln!(out, "<li class=\"why\">{}</li>", Html(&line))?;
        }
        writeln!(out, "</ul>")?;
    }
    Ok(())
}

/// Writes what stands below the changes.
pub(super) fn end(view: &ReportView, out: &mut impl Write) -> io::Result<()> {
    list(out, "Not covered", view.coverage.missing.iter().map(String::as_str))?;
    list(out, "Warnings", view.warnings.iter().map(|warning| warning.message.as_str()))?;
    writeln!(out, "</body>\n</html>")
}

fn list<'a>(out: &mut impl Write, heading: &str, items: impl Iterator<Item = &'a str>) -> io::Result<()> {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "<h2>{heading}</h2>\n<ul>")?;
    for item in items {
        writeln!(out, "<li>{}</li>", Html(item))?;
    }
    writeln!(out, "</ul>")
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_policy_names_the_style() {
        assert_eq!(STYLE_HASH, data_encoding::BASE64.encode(&Sha256::digest(STYLE)));
        assert!(!STYLE.contains('<') && !STYLE.contains("url("));
    }

    #[test]
    fn nothing_of_others_is_mark_up() {
        assert_eq!(
            Html("<b a='\"'>&\u{202e}\n").to_string(),
            "&lt;b a=&#39;&quot;&#39;&gt;&amp;\\u{202e}\\n"
        );
    }
}
