//! What goes wrong, on demand: told as JSON to `PUT /faults`, a list of rules; the first that fits a request is applied.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;

/// When, and how often.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Part of the file's path in its repository (or of the request's path where it names no file).
    pub path: String,
    /// How many answers are spoilt; 0 is every one.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens.
    pub fault: Fault,
}

fn once() -> u32 {
    1
}

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The connection ends after so many bytes of the body.
    Cut {
        /// Bytes of this answer.
        after: u64,
    },
    /// Nothing more comes after so many bytes, and the connection stays open.
    Stall {
        /// Bytes of this answer.
        after: u64,
        /// How long.
        millis: u64,
    },
    /// Few bytes at a time.
    Drip {
        /// Bytes in one go.
        bytes: usize,
        /// Rest between two.
        millis: u64,
    },
    /// Another status, with a short text.
    Status {
        /// The status.
        code: u16,
    },
    /// The whole file with status 200, whatever range was asked.
    NoRange,
    /// A range, but not the one that was asked.
    WrongRange,
    /// One byte of the file is another.
    Flip {
        /// Which byte of the file.
        at: u64,
    },
    /// A page with status 200 instead of the file.
    Html,
    /// A `Content-Length` that is this much more (or less) than what comes.
    WrongLength {
        /// Bytes.
        by: i64,
    },
    /// The file under another tag and one byte longer, as if it had been replaced.
    Replaced,
    /// No CORS headers.
    NoCors,
}

/// Writes a body as a fault wants it. Returns how many bytes went out.
pub fn send(stream: &mut TcpStream, body: &[u8], fault: Option<&Fault>) -> Result<u64> {
    let mut sent = 0;
    let (piece, rest) = match fault {
        Some(Fault::Drip { bytes, millis }) => ((*bytes).max(1), Duration::from_millis(*millis)),
        _ => (1 << 16, Duration::ZERO),
    };
    for part in body.chunks(piece) {
        let room = match fault {
            Some(Fault::Cut { after } | Fault::Stall { after, .. }) => (after - sent).min(part.len() as u64),
            _ => part.len() as u64,
        };
        stream.write_all(&part[..room as usize])?;
        sent += room;
        if room < part.len() as u64 {
            break;
        }
        if !rest.is_zero() {
            stream.flush()?;
            std::thread::sleep(rest);
        }
    }
    stream.flush()?;
    if let Some(Fault::Stall { millis, .. }) = fault {
        std::thread::sleep(Duration::from_millis(*millis));
    }
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
