//! As much of HTTP/1.1 as a hub's clients use: one request a connection.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};

/// Longest request body: faults are told in one.
const MAX_BODY: usize = 1 << 20;

/// A request.
pub struct Request {
    /// `GET`, `HEAD`, …
    pub method: String,
    /// Path, without the query, decoded.
    pub path: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads one.
    pub fn read(stream: &TcpStream) -> Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let method = words.next().context("no method")?.to_owned();
        let target = words.next().context("no target")?;
        let path = decode(target.split('?').next().unwrap_or_default())?;
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            ensure!(reader.read_line(&mut line)? > 0, "no end of headers");
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').context("a header without a colon")?;
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").map_or(Ok(0), |text| text.parse::<usize>())?;
        ensure!(length <= MAX_BODY, "a body of {length} bytes");
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Self { method, path, headers, body })
    }

    /// The first byte and the last of `Range: bytes=a-b`, cut to a file of `size` bytes; `Err` where it cannot be served.
    pub fn range(&self, size: u64) -> Option<Result<(u64, u64)>> {
        let text = self.headers.get("range")?.strip_prefix("bytes=")?;
        let (first, last) = text.split_once('-')?;
        let parse = || -> Result<(u64, u64)> {
            if first.is_empty() {
                return Ok((size.saturating_sub(last.parse()?), size.saturating_sub(1)));
            }
            let first: u64 = first.parse()?;
            let last =
                if last.is_empty() { size.saturating_sub(1) } else { last.parse::<u64>()?.min(size.saturating_sub(1)) };
            ensure!(first < size && first <= last, "beyond the end");
            Ok((first, last))
        };
        Some(parse())
    }
}

/// Percent signs out of a path.
fn decode(path: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let hex = tail.get(..2).context("a percent sign without digits")?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(hex)?, 16)?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    let path = String::from_utf8(bytes)?;
    if path.split('/').any(|part| part == "..") {
        bail!("a path that leaves the folder");
    }
    Ok(path)
}

/// Status line and headers.
pub fn head(stream: &mut TcpStream, status: u16, headers: &[(String, String)]) -> Result<()> {
    let mut text = format!("HTTP/1.1 {status} {}\r\nConnection: close\r\n", reason(status));
    headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    text.push_str("\r\n");
    Ok(stream.write_all(text.as_bytes())?)
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        206 => "Partial Content",
        302 => "Found",
        404 => "Not Found",
        416 => "Range Not Satisfiable",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str, size: u64) -> Option<(u64, u64)> {
        let headers = HashMap::from([("range".to_owned(), text.to_owned())]);
        let request = Request { method: "GET".into(), path: "/".into(), headers, body: Vec::new() };
        request.range(size)?.ok()
    }

    #[test]
    fn ranges_are_cut_to_the_file() {
        assert_eq!(range("bytes=0-0", 10), Some((0, 0)));
        assert_eq!(range("bytes=4-", 10), Some((4, 9)));
        assert_eq!(range("bytes=4-99", 10), Some((4, 9)));
        assert_eq!(range("bytes=-3", 10), Some((7, 9)));
        assert_eq!(range("bytes=10-", 10), None);
        assert_eq!(range("bytes=0-", 0), None);
    }

    #[test]
    fn paths_are_decoded_and_stay_inside() {
        assert_eq!(decode("/a%20b/%E8%8C%B6").ok().as_deref(), Some("/a b/茶"));
        assert!(decode("/a/../b").is_err());
        assert!(decode("/a/%2E%2E/b").is_err());
    }
}
