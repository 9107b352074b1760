// Settings and drafts. Private windows may throw on any of this; then the page works for this visit only.

/** @param {Storage} storage @param {string} key @param {string} value */
function put(storage, key, value) {
  try {
    storage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} key @returns {string | null} */
export function setting(key) {
  try {
    return localStorage.getItem(`kindling.${key}`);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
export function keep(key, value) {
  try {
    return put(localStorage, `kindling.${key}`, value);
  } catch {
    return false; // reading the property itself may throw
  }
}

/** Whether anything will still be here next time. */
export async function storageWorks() {
  if (!keep("probe", "1")) return false;
  try {
    localStorage.removeItem("kindling.probe");
    if (!("serviceWorker" in navigator) || !("caches" in self)) return false;
    await caches.has("kindling-probe");
    return true;
  } catch {
    return false;
  }
}

/** What was typed survives a reload of this tab, and nothing else. @param {unknown} draft */
export function keepDraft(draft) {
  try {
    sessionStorage.setItem("kindling.draft", JSON.stringify(draft));
  } catch {
    // no draft then
  }
}

/** @returns {Record<string, unknown> | null} */
export function takeDraft() {
  try {
    const draft = JSON.parse(sessionStorage.getItem("kindling.draft") ?? "null");
    sessionStorage.removeItem("kindling.draft");
    return typeof draft === "object" ? draft : null;
  } catch {
    return null;
  }
}

/** The page is up: the guard against reload loops may arm again. */
export function clearReloadGuard() {
  try {
    sessionStorage.removeItem("kindling.reloaded");
  } catch {
    // nothing to clear
  }
}
