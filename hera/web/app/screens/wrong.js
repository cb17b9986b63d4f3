// What is wrong in a part of a screen: said there, for as long as she sees that part as it is.

import { say } from "../session.js";
import { html } from "../vendor/preact.js";

/** @type {{name: string, part: Element | null, says: string}} */
const at = { name: "", part: null, says: "" };

/** @param {string} name what the part is called @param {Element} part @param {string} says */
export function tellWrong(name, part, says) {
  Object.assign(at, { name, part, says });
  say("");
}

/** She changes something. */
export function rightAgain() {
  if (!at.part) return;
  Object.assign(at, { name: "", part: null });
  say("");
}

/** @param {string} name */
export function wrong(name) {
  return html`<div role="alert">${at.name === name && at.part && at.part.isConnected && html`<p class="note refused">${at.says}</p>`}</div>`;
}
