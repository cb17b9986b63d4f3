// How reminders of a pregnancy or a child end: in two taps, with no reason asked, and an undo.

import { entry } from "../outbox.js";
import { enter, go, say, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";

/** @type {{kind: "child" | "pregnancy", id: number | string, path: string, whose: number | null} | null} */
let last = null;
let askedFor = "";

/**
 * The first tap shows the second.
 * @param {string} what a name of our own @param {string} text @param {() => void} end
 */
export function inTwoTaps(what, text, end, says = t("no_reason")) {
  if (askedFor !== what) {
    return html`<p class="ending"><button type="button" class="plain" onClick=${() => { askedFor = what; say(""); }}>${text}</button></p>`;
  }
  return html`<div class="ending" role="group" aria-label=${text}>${says && html`<p>${says}</p>`}
    <button type="button" class="button" onClick=${() => { askedFor = ""; end(); }}>${text}</button>
    <button type="button" class="plain" onClick=${() => { askedFor = ""; say(""); }}>${t("no_go_back")}</button></div>`;
}

/** @param {Child | Pregnancy} whom @param {"child" | "pregnancy"} kind */
export async function end(whom, kind) {
  const isChild = kind === "child";
  const path = isChild ? `/children/${whom.id}/end/` : `/pregnancies/${whom.id}/outcome/`;
  const made = entry(`end_${kind}`, "POST", path, isChild ? { reason: "not_said" } : { outcome: "not_said" }, { id: whom.id });
  if (!await enter(made)) return;
  last = { kind, id: whom.id, path, whose: state.userId };
  go("#/");
}

/**
 * By what waits, and else by the lists: an end that was refused is none.
 * @param {"child" | "pregnancy"} kind @param {number | string} id
 */
function isOver(kind, id) {
  const { known, entries } = state;
  const said = entries.filter((one) => one.refused === undefined && [`end_${kind}`, `undo_${kind}`].includes(one.kind) && one.about.id === id).pop();
  if (said) return said.kind === `end_${kind}`;
  /** @type {(Child | Pregnancy)[]} */
  const shown = (kind === "child" ? known.children : known.pregnancies) || [];
  return !shown.some((one) => one.id === id);
}

/** What was just ended can be had again. */
export function undoLine() {
  if (!last || last.whose !== state.userId || !isOver(last.kind, last.id)) return null;
  const { kind, id, path } = last;
  return html`<p class="note" role="status"><span>${t("ended")}</span>
    <button type="button" class="button" onClick=${() => enter(entry(`undo_${kind}`, "DELETE", path, null, { id }))}>${t("undo")}</button></p>`;
}
