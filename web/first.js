// Runs before the first paint: language, theme and lab, so that none flips under the reader's eyes,
// and the guard against a part of the page that is missing after an update.
(() => {
  const root = document.documentElement;
  /** @param {string} key */
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const asked = new URLSearchParams(location.hash.slice(1)).get("lang");
  const lang = asked ?? kept("kindling.lang") ?? (navigator.languages ?? [navigator.language]).find((tag) => /^(en|zh)\b/i.test(tag)) ?? "en";
  root.lang = /^zh/i.test(lang) ? "zh-CN" : "en";
  // The lab that the address names is the one that is painted first; main.js takes over from there.
  const [, named] = /^#(?:lab=)?(images|generate|overfit|map|digits|models)\b/.exec(location.hash) ?? [];
  const [, lesson] = /^#lesson=(embedding|overfitting|digits)\b/.exec(location.hash) ?? [];
  if (named) root.dataset.lab = named;
  else if (lesson) root.dataset.lab = lesson === "embedding" ? "map" : lesson === "digits" ? "digits" : "overfit";
  const theme = kept("kindling.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  /** A missing script or style: reload once, never offline, never in a loop. */
  function missingPart() {
    try {
      if (navigator.onLine && !sessionStorage.getItem("kindling.reloaded")) {
        sessionStorage.setItem("kindling.reloaded", "1");
        return location.reload();
      }
    } catch {
      // Without storage there is no guard against a loop, so do not reload at all.
    }
    const show = () => {
      const note = document.getElementById("broken");
      if (note) note.hidden = false;
    };
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", show);
    else show();
  }
  addEventListener("error", (event) => {
    if (event.target instanceof HTMLScriptElement || event.target instanceof HTMLLinkElement && event.target.rel === "stylesheet") missingPart();
  }, true);
  addEventListener("kindling-missing-part", missingPart);
  // Last in the head, so that nothing waits for it to be asked for; it runs when the styles have come or failed to.
  const styles = /** @type {NodeListOf<HTMLLinkElement>} */ (document.querySelectorAll("link[rel=stylesheet]"));
  if ([...styles].some((style) => !style.sheet?.cssRules.length)) missingPart();
})();
