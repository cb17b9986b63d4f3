// What she entered and the server does not have yet. It is on the disk before the page says that it is done; it is sent in
// her order, once (each entry has a key by which the server knows a repeat), and the server's answer wins.

import { call, Refused } from "./api.js";
import * as store from "./store.js";

/** A part of a path that an earlier entry's answer gives: its id. */
const OF_ENTRY = /\{([0-9a-f-]{36})\}/;

/**
 * A new entry.
 * @param {string} kind @param {string} method @param {string} path @param {any} body @param {any} [about] what screens show while it waits
 * @returns {Entry}
 */
export function entry(kind, method, path, body, about) {
  return { key: newKey(), kind, method, path, body, about, at: new Date().toISOString() };
}

/** @returns {string} a version 4 UUID; also where the page is not served by HTTPS */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @type {Promise<void> | null} */
let sending = null;

/**
 * Send all that waits, unless that is being done. What cannot be sent waits, and all that she entered after it.
 * @param {string} token @param {() => void} changed called after each entry
 * @returns {Promise<void>}
 * @throws {Unreachable | Busy | SignedOut}
 */
export function send(token, changed) {
  sending = sending || alone(() => sendAll(token, changed)).finally(() => { sending = null; });
  return sending;
}

/**
 * One tab of them at a time.
 * @param {() => Promise<void>} work @returns {Promise<void>}
 */
function alone(work) {
  return navigator.locks ? navigator.locks.request("hera-outbox", work) : work();
}

/** @param {string} token @param {() => void} changed */
async function sendAll(token, changed) {
  for (;;) {
    const next = (await store.entries()).find((one) => one.refused === undefined);
    if (!next) return;
    if (!await store.isOf(token)) return; // another window has signed somebody in: these are hers
    await sendOne(next, token);
    changed();
  }
}

/** @param {Entry} one @param {string} token */
async function sendOne(one, token) {
  const earlier = OF_ENTRY.exec(one.path);
  const id = earlier && await store.madeBy(earlier[1]);
  // What it builds on was refused, and is shown to her as that.
  if (earlier && id === undefined) return store.removeEntry(one);
  const path = one.path.replace(OF_ENTRY, String(id));
  try {
    const answer = await call({ method: one.method, path, body: one.body === null ? undefined : one.body, token, key: one.key });
    return await store.removeEntry(one, answer && answer.id);
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    if (one.method === "DELETE" && problem.status === 404) return store.removeEntry(one);
    return store.changeEntry({ ...one, refused: problem.message });
  }
}
