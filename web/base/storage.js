// Settings and drafts. Private windows may throw on any of this; then the page works for this visit only.

/** What could not be kept holds for this visit. @type {Map<string, string>} */
const visit = new Map();

/** @param {string} key @returns {string | null} */
export function setting(key) {
  try {
    return visit.get(key) ?? localStorage.getItem(`kindling.${key}`);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value @returns {boolean} whether it is kept beyond this visit */
export function keep(key, value) {
  try {
    localStorage.setItem(`kindling.${key}`, value);
    visit.delete(key);
    return true;
  } catch {
    visit.set(key, value); // reading the property itself may throw
    return false;
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
