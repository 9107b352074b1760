// A static server for the bench: mounts folders, logs what was asked for.
import { createReadStream, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/**
 * Finds the file that a URL path names, or null. The longest mount wins; nothing above a mount is served.
 * @param {Record<string, string>} mounts URL prefix (with both slashes) → folder
 * @param {string} url
 */
function locate(mounts, url) {
  const name = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  const prefix = Object.keys(mounts)
    .filter((mount) => name.startsWith(mount))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix === undefined) return null;
  const inside = path.normalize('/' + name.slice(prefix.length));
  const file = path.join(mounts[prefix], inside.endsWith('/') ? inside + 'index.html' : inside);
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? { file, name, bytes: stat.size } : null;
}

/**
 * Every file goes out whole, uncompressed and uncached, to ours and peers alike. The two isolation
 * headers give the page precise clocks.
 * @param {Record<string, string>} mounts
 */
export async function serve(mounts) {
  /** @type {{ name: string, file: string, bytes: number }[]} */
  const log = [];
  const server = http.createServer((request, response) => {
    const found = locate(mounts, request.url ?? '/');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    response.setHeader('Cache-Control', 'no-store');
    if (!found) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('Content-Type', TYPES[path.extname(found.file)] ?? 'application/octet-stream');
    response.setHeader('Content-Length', found.bytes);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    log.push(found);
    createReadStream(found.file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { origin: `http://127.0.0.1:${port}`, log, close: () => server.close() };
}
