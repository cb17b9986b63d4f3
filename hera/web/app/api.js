// The same calls that the phone apps make.

/** The server could not be reached: the call may be made again. */
export class Unreachable extends Error {}

/** The server could not do it now: the call may be made again, a little later. */
export class Busy extends Unreachable {}

/** The token is none any more. */
export class SignedOut extends Error {}

/** The server says no, in a sentence. */
export class Refused extends Error {
  /** @param {number} status @param {string} says */
  constructor(status, says) {
    super(says);
    this.status = status;
  }
}

/** What a list answers where this phone has it as it is. */
export const UNCHANGED = Symbol("unchanged");

const LATER = [408, 425, 429];
const PATIENCE = 30000; // milliseconds; a slow network takes ten

/**
 * One call.
 * @param {{method?: string, path: string, body?: any, token?: string | null, language?: string, key?: string, asText?: boolean, tag?: string, onTag?: (tag: string | null) => void}} wanted
 *   `tag` is that of the answer which this phone has; `onTag` is told that of the new one
 * @returns {Promise<any>} what it answers; null where that is nothing; UNCHANGED where it is what this phone has
 * @throws {Unreachable | Busy | SignedOut | Refused}
 */
export async function call({ method = "GET", path, body, token, language, key, asText, tag, onTag }) {
  /** @type {Record<string, string>} */
  const headers = { Accept: asText ? "text/html" : "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  if (language) headers["Accept-Language"] = language === "prs" ? "fa-AF" : language;
  if (key) headers["Idempotency-Key"] = key;
  if (tag) headers["If-None-Match"] = tag;
  const patience = new AbortController();
  const ends = setTimeout(() => patience.abort(), PATIENCE);
  let answer, text;
  try {
    answer = await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "omit", redirect: "error", signal: patience.signal,
    });
    text = await answer.text();
  } catch {
    throw new Unreachable();
  } finally {
    clearTimeout(ends);
  }
  if (answer.status === 304) return UNCHANGED;
  if (answer.status === 401 && token) throw new SignedOut();
  if (answer.status >= 500) throw new Busy();
  if (answer.ok && asText) return text;
  let content = null;
  try {
    content = text ? JSON.parse(text) : null;
  } catch {
    // A network that wants her to sign in first answers with a page of its own.
    throw new Unreachable();
  }
  if (answer.ok && onTag) onTag(answer.headers.get("ETag"));
  if (answer.ok) return content;
  if (LATER.includes(answer.status) && token) throw new Busy();
  throw new Refused(answer.status, sentence(content));
}

/**
 * The first sentence of an error.
 * @param {any} content @returns {string}
 */
function sentence(content) {
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map(sentence).find(Boolean) || "";
  if (content && typeof content === "object") return content.detail ? String(content.detail) : sentence(Object.values(content));
  return "";
}
