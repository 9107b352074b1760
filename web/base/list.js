// A list that is published beside the page and fetched when it is first wanted.

/**
 * @template Item
 * @param {string} url
 * @param {string} key what the list is called in its file
 */
export function listAt(url, key) {
  /** @type {Promise<Item[]> | null} */
  let loading = null;
  /** @type {Item[]} */
  let items = [];
  return {
    /** Asked again after a failure: the network may be back. @returns {Promise<Item[]>} */
    load: () => (loading ??= fetch(url)
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(`status ${response.status}`))))
      .then((found) => (items = found[key]))
      .catch(() => {
        loading = null;
        return [];
      })),
    /** What has arrived. */
    now: () => items,
  };
}
