// A static server such as any host of plain files is, with handles to make it misbehave.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
  ".md": "text/markdown; charset=utf-8",
};

/**
 * @typedef {(request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => void} Handler
 * @typedef {{
 *   url: string,
 *   requests: string[],
 *   fault(path: string, handler: Handler | null): void,
 *   heal(): void,
 *   serve(path: string, response: import("node:http").ServerResponse): void,
 *   stop(): Promise<void>,
 *   start(): Promise<void>,
 * }} Server
 */

/**
 * Serves folders below paths: `{"/": "dist", "/pkg/": "node_modules/kindling"}`. The page is put
 * under a folder of its own, because a page that works at the root alone breaks on many hosts.
 * @param {Record<string, string>} mounts from path to folder, the longest match wins
 * @param {string} [home] the path that `url` names
 * @returns {Promise<Server>}
 */
export async function serve(mounts, home = Object.keys(mounts)[0]) {
  /** @type {string[]} */
  const requests = [];
  /** @type {Map<string, Handler>} */
  const faults = new Map();
  const paths = Object.keys(mounts).sort((a, b) => b.length - a.length);

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    requests.push(path);
    const fault = [...faults].find(([end]) => path.endsWith(end));
    if (fault) fault[1](request, response);
    else answer(path, response);
  });
  /** @param {string} path @param {import("node:http").ServerResponse} response */
  function answer(path, response) {
    const mount = paths.find((start) => path.startsWith(start));
    if (!mount) return refuse(response);
    const inside = normalize(path.slice(mount.length) + (path.endsWith("/") ? "index.html" : ""));
    if (inside.startsWith("..")) return refuse(response);
    void send(join(mounts[mount], inside), response);
  }

  let port = 0;
  const start = () =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        port = /** @type {import("node:net").AddressInfo} */ (server.address()).port;
        resolve(undefined);
      });
    });
  await start();
  return {
    url: `http://127.0.0.1:${port}${home}`,
    requests,
    fault: (path, handler) => void (handler ? faults.set(path, handler) : faults.delete(path)),
    heal: () => faults.clear(),
    serve: answer,
    start: async () => void (await start()),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** @param {string} file @param {import("node:http").ServerResponse} response */
async function send(file, response) {
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) return refuse(response);
  response.writeHead(200, {
    "Content-Type": /** @type {Record<string, string>} */ (TYPES)[extname(file)] ?? "application/octet-stream",
    "Content-Length": found.size,
    "Cache-Control": "no-cache",
    ETag: `"${found.size}-${found.mtimeMs}"`,
  });
  // A folder may be taken away while somebody still asks.
  createReadStream(file).on("error", () => response.destroy()).pipe(response);
}

/** @param {import("node:http").ServerResponse} response */
function refuse(response) {
  response.writeHead(404, { "Content-Type": "text/plain" });
  response.end("not here");
}
