// How reminders of a pregnancy or a child end: in two taps, with no reason asked, and an undo.

import { entry } from "../outbox.js";
import { enter, go, say, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";

/** @type {{path: string, kind: string, about: any, key: string} | null} */
let last = null;
let askedFor = "";

/**
 * The first tap shows the second.
 * @param {string} what a name of our own @param {string} text @param {() => void} end
 */
export function inTwoTaps(what, text, end) {
  if (askedFor !== what) {
    return html`<p class="ending"><button type="button" class="plain" onClick=${() => { askedFor = what; say(""); }}>${text}</button></p>`;
  }
  return html`<div class="ending" role="group" aria-label=${text}><p>${t("no_reason")}</p>
    <button type="button" class="button" onClick=${() => { askedFor = ""; end(); }}>${text}</button>
    <button type="button" class="plain" onClick=${() => { askedFor = ""; say(""); }}>${t("no_go_back")}</button></div>`;
}

/** @param {Child | Pregnancy} whom @param {"child" | "pregnancy"} kind */
export async function end(whom, kind) {
  const isChild = kind === "child";
  const path = isChild ? `/children/${whom.id}/end/` : `/pregnancies/${whom.id}/outcome/`;
  const made = entry(`end_${kind}`, "POST", path, isChild ? { reason: "not_said" } : { outcome: "not_said" }, { id: whom.id });
  last = { path, kind: `undo_${kind}`, about: { id: whom.id }, key: made.key };
  if (await enter(made)) go("#/");
}

/** What was just ended can be had again. */
export function undoLine() {
  const undone = last;
  if (!undone || state.entries.some((one) => one.key === undone.key && one.refused !== undefined)) return null;
  return html`<p class="note" role="status"><span>${t("ended")}</span>
    <button type="button" class="button" onClick=${() => { last = null; enter(entry(undone.kind, "DELETE", undone.path, null, undone.about)); }}>${t("undo")}</button></p>`;
}
