// What the page's address asks for, as far as it must be known before anything else has arrived.

/** Whether the address carries somebody's settings: those may not start a download by themselves. @param {string} hash */
export const isShareLink = (hash) => hash.startsWith("#lab=") || /[#&](lab|v|text)=/.test(hash.slice(0, 200));

/** Whether a question stands before the lab that the address opens. @param {string} hash */
export const isQuestion = (hash) => isShareLink(hash) && /[#&]q=/.test(hash);
