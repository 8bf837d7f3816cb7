//! Renders the raw result on each line of stdin, for the comparison with mcporter: `T` and the text in UTF-16 as hexadecimal digits, `I` where
//! JavaScript must print, `E` where the line is not JSON.

use std::io::{self, BufRead, Write};

use procman::mcp::output::{Rendered, Text, render};

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        match render(&line?) {
            Ok(Rendered::Text(text)) => {
                out.write_all(b"T")?;
                for unit in units(&text) {
                    write!(out, "{unit:04x}")?;
                }
            }
            Ok(Rendered::InPlace(_) | Rendered::Inspect) => out.write_all(b"I")?,
            Err(_) => out.write_all(b"E")?,
        }
        out.write_all(b"\n")?;
    }
    out.flush()
}

fn units(text: &Text) -> Vec<u16> {
    match text {
        Text::Ascii(bytes) => bytes.iter().copied().map(u16::from).collect(),
        Text::Utf8(text) => text.encode_utf16().collect(),
        Text::Utf16(units) => units.clone(),
    }
}
