// Our own pictures, drawn with few lines. They say what a word beside them says, and are hidden from who listens.

import { html } from "./vendor/preact.js";

/** @type {Record<string, unknown>} what is drawn on 48 by 48 */
const DRAWN = {
  mark: html`<path d="M14 10v28M34 10v28M14 24h20" class="stroke thick" />`,
  today: html`<rect x="7" y="10" width="34" height="31" rx="5" class="stroke" /><path d="M7 19h34M16 5v9M32 5v9" class="stroke" /><circle cx="24" cy="30" r="5" class="fill" />`,
  messages: html`<path d="M7 10h34v23H21l-9 8v-8H7z" class="stroke" /><path d="M15 18h18M15 25h12" class="stroke" />`,
  settings: html`<path d="M8 14h32M8 24h32M8 34h32" class="stroke" /><circle cx="17" cy="14" r="4" class="fill" /><circle cx="31" cy="24" r="4" class="fill" /><circle cx="21" cy="34" r="4" class="fill" />`,
  hide: html`<path d="M6 24c8-13 28-13 36 0-8 13-28 13-36 0z" class="stroke" /><path d="M9 41 39 7" class="stroke" />`,
  offline: html`<path d="M8 18c9-8 23-8 32 0M15 26c5-5 13-5 18 0" class="stroke" /><circle cx="24" cy="34" r="3" class="fill" /><path d="M9 41 39 7" class="stroke" />`,
  vaccination: html`<path d="m30 6 12 12M36 12l-6 6M14 22l12 12M27 13 13 27l-2 10 10-2 14-14zM11 37l-6 6M19 21l4 4M25 17l4 4" class="stroke" />`,
  pregnancy: html`<circle cx="22" cy="9" r="5" class="fill" /><path d="M20 17c-5 5-7 12-5 25h16V33c5-3 5-11-3-13-2-2-5-4-8-3z" class="stroke" /><path d="M27 26c-2-2-6 0-4 3l4 4 4-4c2-3-2-5-4-3z" class="fill" />`,
  child: html`<circle cx="24" cy="17" r="9" class="stroke" /><path d="M20 17h.5M27.500 17h.5M21 21c2 2 4 2 6 0M24 8c0-3 3-4 5-3" class="stroke" /><path d="M10 42c0-18 28-18 28 0z" class="stroke" />`,
  place: html`<path d="M24 43c-9-12-14-18-14-24a14 14 0 0 1 28 0c0 6-5 12-14 24z" class="stroke" /><path d="M24 12v13M17.500 18.500h13" class="stroke" />`,
  done: html`<path d="m9 25 10 10 20-22" class="stroke thick" />`,
  late: html`<circle cx="24" cy="24" r="17" class="stroke" /><path d="M24 13v12M24 32v1" class="stroke thick" />`,
  soon: html`<circle cx="24" cy="24" r="17" class="stroke" /><path d="M24 14v10l7 5" class="stroke" />`,
  question: html`<path d="M16 17c0-11 17-11 17 0 0 7-9 6-9 14M24 39v1" class="stroke thick" />`,
  add: html`<path d="M24 9v30M9 24h30" class="stroke thick" />`,
};

/** @param {string} name */
export function picture(name) {
  return html`<svg class="picture" viewBox="0 0 48 48" aria-hidden="true" focusable="false">${DRAWN[name]}</svg>`;
}
