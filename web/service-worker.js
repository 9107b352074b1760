// Keeps what precache.json lists, each file checked against its hash. The page registers this file
// as service-worker.js?v=<version of the list>, so that a new list is a new worker: it is fetched
// beside the old one and waits until the page says "skip-waiting". Nobody's run is cut off.
// Models and the graphics program are kept when the page says that it uses them: {keep: [folder, …]}.
// @ts-check

/** @type {any} */
const worker = self;
const scope = worker.registration.scope;
const version = new URL(worker.location.href).searchParams.get("v") ?? "";
const PREFIX = `kindling ${scope} `;
const CACHE = PREFIX + version;
const LIST = new URL("precache.json", scope);
const AT_ONCE = 6;
/** Folders that not every visitor needs. */
const LATER = /^(\.\/)?(wasm\/webgpu|models\/[^/]+)\//;

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data === "skip-waiting") event.waitUntil(worker.skipWaiting());
  if (Array.isArray(event.data?.keep)) event.waitUntil(keepFolders(event.data.keep).catch(() => {}).then(() => event.source?.postMessage("kept")));
});

/** @returns {Promise<Precache>} */
async function fetchList() {
  const response = await fetch(LIST, { cache: "no-cache" });
  if (!response.ok) throw new Error(`precache list missing, status ${response.status}`);
  const list = await response.json();
  if (list.version !== version) throw new Error(`precache list of version ${list.version} instead of ${version}`);
  return list;
}

async function install() {
  const list = await fetchList();
  const cache = await caches.open(CACHE);
  const older = await olderFiles();
  // What an older version was told to keep is kept on, so that an update does not lose a model.
  await keepFiles(cache, list.files.filter((file) => !LATER.test(file.url) || older.folders.has(folderOf(file.url))), older.files);
  // Last: a cache with its list is a complete one.
  await cache.put(LIST, new Response(JSON.stringify(list), { headers: { "content-type": "application/json" } }));
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** @param {string} url */
const folderOf = (url) => LATER.exec(url)?.[2] ?? "";

/** Copies of files that an older version already holds: an update fetches only what changed. */
async function olderFiles() {
  /** @type {Map<string, () => Promise<Response | undefined>>} */
  const files = new Map();
  /** @type {Set<string>} */
  const folders = new Set();
  for (const name of await caches.keys()) {
    if (!name.startsWith(PREFIX) || name === CACHE) continue;
    const cache = await caches.open(name);
    const list = await readList(cache);
    for (const file of list?.files ?? []) {
      files.set(file.sha256, () => cache.match(new URL(file.url, scope)));
      if (LATER.test(file.url) && (await cache.match(new URL(file.url, scope)))) folders.add(folderOf(file.url));
    }
  }
  return { files, folders };
}

/** Some at a time: most are small, and each waits for the network and then for the disk. @param {Cache} cache @param {PrecacheFile[]} files @param {Map<string, () => Promise<Response | undefined>>} older */
async function keepFiles(cache, files, older) {
  const left = files.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const file of left) await keepFile(cache, file, older);
  }));
}

/** @param {Cache} cache @param {PrecacheFile} file @param {Map<string, () => Promise<Response | undefined>>} older */
async function keepFile(cache, file, older) {
  const url = new URL(file.url, scope);
  if (await cache.match(url)) return;
  const known = await older.get(file.sha256)?.();
  if (known) return cache.put(url, known);
  for (const mode of /** @type {RequestCache[]} */ (["default", "reload"])) {
    const response = await fetch(url, { cache: mode });
    if (!response.ok) throw new Error(`${file.url} missing, status ${response.status}`);
    const bytes = await response.arrayBuffer();
    if ((await sha256(bytes)) !== file.sha256) continue;
    return cache.put(url, new Response(bytes, { headers: plainHeaders(response) }));
  }
  throw new Error(`${file.url} differs from the precache list`);
}

/** The bytes are kept unpacked, so the headers that speak of packing must go. @param {Response} response */
function plainHeaders(response) {
  const headers = new Headers();
  for (const name of ["content-type", "content-security-policy", "x-content-type-options"]) {
    const value = response.headers.get(name);
    if (value) headers.set(name, value);
  }
  return headers;
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Cache} cache @returns {Promise<Precache | undefined>} */
const readList = async (cache) => (await cache.match(LIST))?.json();

/** What the page uses beyond the rest: worth keeping, not worth delaying anything for. @param {unknown[]} folders */
async function keepFolders(folders) {
  const cache = await caches.open(CACHE);
  const list = await readList(cache);
  const asked = (/** @type {string} */ url) => folders.some((folder) => typeof folder === "string" && folder && url.replace(/^\.\//, "").startsWith(folder));
  await keepFiles(cache, (list?.files ?? []).filter((file) => LATER.test(file.url) && asked(file.url)), new Map());
}

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.method !== "GET" || request.headers.has("range")) return;
  if (!request.url.startsWith(scope)) return;
  // The page's look for a new list, and its second try after a bad checksum, must reach the server.
  if (request.mode !== "navigate" && (request.cache === "reload" || request.url === LIST.href)) return;
  event.respondWith(answer(request));
});

/** @param {Request} request @returns {Promise<Response>} */
async function answer(request) {
  const cache = await caches.open(CACHE);
  const page = new URL("index.html", scope).href;
  const home = new URL(request.url).pathname === new URL(scope).pathname;
  const kept = await cache.match(home ? page : request.url, { ignoreSearch: true });
  if (kept) return kept;
  if (request.mode !== "navigate") return fetch(request);
  return fetch(request).catch(async () => (await cache.match(page)) ?? Response.error());
}
