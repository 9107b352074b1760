//! Requests to answers.

use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use crate::faults::{self, Fault, Rule};
use crate::http::{self, Request};
use crate::repository::{self, Entry, Repositories};

/// Which of the two servers is asked.
#[derive(Clone, Copy, PartialEq)]
pub enum Role {
    /// API, addresses of files, and the handles of the tests.
    Hub,
    /// Where large files lie.
    Store,
}

/// One answer that went out.
#[derive(Serialize)]
struct Logged {
    method: String,
    path: String,
    range: Option<String>,
    status: u16,
    /// Bytes of the body.
    bytes: u64,
}

/// The state of both servers.
pub struct Hub {
    repositories: Repositories,
    /// Address of the store.
    store: String,
    rules: Mutex<Vec<Rule>>,
    log: Mutex<Vec<Logged>>,
}

/// An answer before it is written.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn text(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![header("Content-Type", kind)], body: body.into() }
    }
}

fn header(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// Over a folder of repositories.
    pub fn new(root: PathBuf, store: String) -> Self {
        Self { repositories: Repositories::new(root), store, rules: Mutex::default(), log: Mutex::default() }
    }

    /// Reads one request and answers it.
    pub fn answer(&self, mut stream: TcpStream, role: Role) -> Result<()> {
        let request = Request::read(&stream)?;
        if role == Role::Hub
            && let Some(answer) = self.handle(&request)
        {
            return write(&mut stream, &request, answer, None).map(drop);
        }
        if request.method == "OPTIONS" {
            return write(&mut stream, &request, Answer::text(204, "text/plain", ""), None).map(drop);
        }
        let (answer, fault) = self.file(&request, role);
        let status = answer.status;
        let range = request.headers.get("range").cloned();
        let bytes = write(&mut stream, &request, answer, fault.as_ref());
        let logged = Logged {
            method: request.method,
            path: request.path,
            range,
            status,
            bytes: bytes.as_ref().map_or(0, |b| *b),
        };
        locked(&self.log).push(logged);
        bytes.map(drop)
    }

    /// The handles of the tests: `/faults` and `/log`.
    fn handle(&self, request: &Request) -> Option<Answer> {
        let json = |value| Some(Answer::text(200, "application/json", serde_json::Value::to_string(&value)));
        match (request.method.as_str(), request.path.as_str()) {
            ("PUT", "/faults") => match serde_json::from_slice(&request.body) {
                Ok(rules) => {
                    *locked(&self.rules) = rules;
                    json(json!(true))
                }
                Err(error) => Some(Answer::text(400, "text/plain", error.to_string())),
            },
            ("GET", "/log") => json(json!(*locked(&self.log))),
            ("DELETE", "/log") => {
                locked(&self.log).clear();
                json(json!(true))
            }
            _ => None,
        }
    }

    /// The rule for a file; an answer with a body uses it up.
    fn fault(&self, request: &Request, path: &str) -> Option<Fault> {
        let mut rules = locked(&self.rules);
        let at = rules.iter().position(|rule| path.contains(&rule.path))?;
        let fault = rules[at].fault.clone();
        match rules[at].times {
            _ if request.method == "HEAD" => {}
            0 => {}
            1 => drop(rules.remove(at)),
            _ => rules[at].times -= 1,
        }
        Some(fault)
    }

    fn file(&self, request: &Request, role: Role) -> (Answer, Option<Fault>) {
        let missing = || Answer::text(404, "application/json", json!({ "error": "not found" }).to_string());
        let parts: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        if role == Role::Store {
            return match parts[..] {
                ["lfs", sha256] => self
                    .repositories
                    .by_content(sha256)
                    .map_or_else(|| (missing(), None), |entry| self.deliver(request, &entry)),
                _ => (missing(), None),
            };
        }
        match parts[..] {
            ["api", "models", owner, name, ref rest @ ..] => {
                let fault = self.fault(request, &request.path);
                let answer = self.api(&format!("{owner}/{name}"), rest).unwrap_or_else(missing);
                (spoil(answer, fault.as_ref()), fault)
            }
            // A folder of any static host: no listing, no redirect.
            ["files", owner, name, ref path @ ..] => {
                let entry = self.entry(&format!("{owner}/{name}"), &path.join("/"));
                entry.map_or_else(|| (missing(), None), |entry| self.deliver(request, &entry))
            }
            [owner, name, "resolve", revision, ref path @ ..] => self
                .resolve(request, &format!("{owner}/{name}"), revision, &path.join("/"))
                .unwrap_or_else(|| (missing(), None)),
            _ => (missing(), None),
        }
    }

    fn entry(&self, id: &str, path: &str) -> Option<Entry> {
        self.repositories.list(id)?.into_iter().find(|entry| entry.path == path)
    }

    /// `/api/models/{id}` and `/api/models/{id}/revision/{revision}`.
    fn api(&self, id: &str, rest: &[&str]) -> Option<Answer> {
        let entries = self.repositories.list(id)?;
        let known = match rest {
            [] => true,
            ["revision", revision] => *revision == "main" || *revision == repository::commit(&entries),
            _ => false,
        };
        let body = repository::describe(id, &entries).to_string();
        known.then(|| Answer::text(200, "application/json; charset=utf-8", body))
    }

    /// A file of a repository: small ones at once, large ones at another origin.
    fn resolve(&self, request: &Request, id: &str, revision: &str, path: &str) -> Option<(Answer, Option<Fault>)> {
        let entries = self.repositories.list(id)?;
        let commit = repository::commit(&entries);
        if revision != "main" && revision != commit {
            return None;
        }
        let entry = entries.into_iter().find(|entry| entry.path == path)?;
        let (mut answer, fault) = if entry.large() {
            let mut answer = Answer::text(302, "text/plain", "");
            answer.headers.push(header("Location", format!("{}/lfs/{}", self.store, entry.sha256)));
            answer.headers.push(header("X-Linked-Size", entry.size));
            answer.headers.push(header("X-Linked-Etag", format!("\"{}\"", entry.sha256)));
            (answer, None)
        } else {
            self.deliver(request, &entry)
        };
        answer.headers.push(header("X-Repo-Commit", commit));
        Some((answer, fault))
    }

    fn deliver(&self, request: &Request, entry: &Entry) -> (Answer, Option<Fault>) {
        let fault = self.fault(request, &entry.path);
        (part(request, entry, fault.as_ref()), fault)
    }
}

/// The asked part of a file, or what a fault makes of it.
fn part(request: &Request, entry: &Entry, fault: Option<&Fault>) -> Answer {
    let tag = format!("\"{}{}\"", &entry.sha256[..32], if fault == Some(&Fault::Replaced) { "b" } else { "" });
    let same = request.headers.get("if-range").is_none_or(|asked| *asked == tag);
    let whole = (0, entry.size.saturating_sub(1));
    let asked = request.range(entry.size).filter(|_| same && fault != Some(&Fault::NoRange));
    let (status, (first, last)) = match asked {
        None => (200, whole),
        Some(Ok((first, last))) if fault == Some(&Fault::WrongRange) => (206, (first / 2, last)),
        Some(Ok(range)) => (206, range),
        Some(Err(_)) => {
            let mut answer = Answer::text(416, "text/plain", "");
            answer.headers.push(header("Content-Range", format!("bytes */{}", entry.size)));
            return answer;
        }
    };
    let count = if entry.size == 0 { 0 } else { last - first + 1 };
    let mut body = entry.read(first, count).unwrap_or_default();
    match fault {
        Some(Fault::Flip { at }) if (first..=last).contains(at) => body[(at - first) as usize] ^= 1,
        Some(Fault::Replaced) => body.push(0),
        _ => {}
    }
    let kind = if entry.path.ends_with(".json") { "application/json" } else { "application/octet-stream" };
    let mut answer = Answer::text(status, kind, body);
    answer.headers.extend([header("ETag", tag), header("Accept-Ranges", "bytes")]);
    if status == 206 {
        answer.headers.push(header("Content-Range", format!("bytes {first}-{last}/{}", entry.size)));
    }
    spoil(answer, fault)
}

/// Faults that replace the whole answer.
fn spoil(answer: Answer, fault: Option<&Fault>) -> Answer {
    match fault {
        Some(Fault::Status { code }) => Answer::text(*code, "text/plain", "as the test wanted"),
        Some(Fault::Html) => Answer::text(
            200,
            "text/html; charset=utf-8",
            "<!doctype html><title>Sign in</title>Sign in to the network.",
        ),
        _ => answer,
    }
}

/// Writes an answer; returns the bytes of its body that went out.
fn write(stream: &mut TcpStream, request: &Request, answer: Answer, fault: Option<&Fault>) -> Result<u64> {
    let Answer { status, mut headers, body } = answer;
    let by = if let Some(Fault::WrongLength { by }) = fault { *by } else { 0 };
    if status != 204 {
        headers.push(header("Content-Length", body.len() as i64 + by));
    }
    headers.push(header("Cache-Control", "no-store"));
    if fault != Some(&Fault::NoCors) {
        headers.extend([
            header("Access-Control-Allow-Origin", "*"),
            header("Access-Control-Allow-Headers", "*, Range, If-Range"),
            header("Access-Control-Allow-Methods", "GET, HEAD, PUT, DELETE, OPTIONS"),
            header(
                "Access-Control-Expose-Headers",
                "ETag, Content-Range, Content-Length, Accept-Ranges, X-Repo-Commit, X-Linked-Size, X-Linked-Etag",
            ),
        ]);
    }
    http::head(stream, status, &headers)?;
    if request.method == "HEAD" {
        return Ok(0);
    }
    faults::send(stream, &body, fault)
}
