//! A model hub for tests. It answers as public hubs do: an API that lists a repository at a pinned commit, addresses that redirect to a
//! store on another origin, ranges, entity tags, CORS. And it misbehaves when it is told to: see [`faults::Fault`].
//!
//! HTTP is written here by hand, since a server library would repair most of what the tests need broken.

mod answer;
mod faults;
mod http;
mod repository;

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;

use answer::{Hub, Role};

#[derive(Parser)]
#[command(about, version)]
struct Options {
    /// Folder of repositories: `owner/name/files`.
    #[arg(long)]
    root: PathBuf,
    /// Port of the hub; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let hub = TcpListener::bind(("127.0.0.1", options.port)).context("port of the hub")?;
    let store = TcpListener::bind(("127.0.0.1", 0)).context("port of the store")?;
    let address = |listener: &TcpListener| -> Result<String> { Ok(format!("http://{}", listener.local_addr()?)) };
    let state = Arc::new(Hub::new(options.root, address(&store)?));
    // One line of JSON: what the tests wait for.
    println!("{}", serde_json::json!({ "hub": address(&hub)?, "store": address(&store)? }));
    let beside = Arc::clone(&state);
    std::thread::spawn(move || serve(&store, &beside, Role::Store));
    serve(&hub, &state, Role::Hub);
    Ok(())
}

fn serve(listener: &TcpListener, hub: &Arc<Hub>, role: Role) {
    for stream in listener.incoming().flatten() {
        let hub = Arc::clone(hub);
        // A connection that breaks is the client's affair, or what a fault wanted.
        std::thread::spawn(move || drop(hub.answer(stream, role)));
    }
}
