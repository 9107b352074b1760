// One file over the network, or an error that says what went wrong.

/** @param {string} url @returns {Promise<Uint8Array>} */
export async function fetchBytes(url) {
  const response = await arrived(fetch(url), url);
  if (!response.ok) throw { kind: "network", message: `status ${response.status} for ${url}`, detail: { url, status: response.status } };
  return new Uint8Array(await arrived(response.arrayBuffer(), url));
}

/** @template T @param {Promise<T>} answer @param {string} url @returns {Promise<T>} */
const arrived = (answer, url) => answer.catch((error) => {
  throw { kind: "network", message: `no answer for ${url}: ${error.message}`, detail: { url } };
});
