// Who she is: at the beginning, and when she corrects it.

import * as facts from "../facts.js";
import { today } from "../dates.js";
import { entry } from "../outbox.js";
import { enter, go, say, speak, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";
import { wayOut } from "./settings.js";
import { languages } from "./sign_in.js";

/** @param {Event} event */
async function save(event) {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const told = { name: String(form.get("name")).trim(), date_of_birth: String(form.get("born")) };
  const before = facts.profile(state.known, state.entries);
  /** @type {boolean} */
  let isKept;
  if (before) {
    // What she leaves as it is may have been corrected by staff meanwhile.
    const changed = Object.fromEntries(Object.entries(told).filter(([name, text]) => text !== before[/** @type {keyof told} */ (name)]));
    isKept = Object.keys(changed).length === 0 || await enter(entry("profile", "PATCH", `/user_profiles/${state.userId}/`, changed));
  } else {
    const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const body = { ...told, gender: "FEMALE", agree_to_terms_at: new Date().toISOString(), language_code: state.language, timezone };
    // The phone apps begin where these say.
    const progress = { has_filled_profile: true, has_filled_pregnancy_status: true, has_filled_children_info: true };
    isKept = await enter(entry("profile", "POST", "/user_profiles/", body), entry("progress", "POST", "/onboarding_progresses/", progress));
  }
  if (isKept) go(before ? "#/settings" : "#/");
}

/** @param {string} id `new` at the beginning */
export function screen(id) {
  const before = facts.profile(state.known, state.entries);
  const isNew = id === "new" && !before;
  return html`${isNew && languages(t("language"), speak)}
    <h1 tabindex="-1">${t("who_are_you")}</h1>
    <form onSubmit=${save}>
      <label for="name">${t("your_name")}</label>
      <input id="name" name="name" required maxlength="255" autocomplete="name" defaultValue=${before ? before.name : ""} />
      <label for="born">${t("your_birth_date")}</label>
      <input id="born" name="born" type="date" required max=${today(undefined)} defaultValue=${before ? before.date_of_birth : ""} />
      ${!before && html`<label class="tick"><input type="checkbox" name="agreed" required /> <span>${t("i_agree")}</span></label><p class="small"><a href="/privacy/" target="_blank">${t("kept_of_me")}</a></p>`}
      <button class="button">${t("keep")}</button>
      ${id !== "new" && html`<p><a href="#/settings">${t("back")}</a></p>`}
    </form>
    ${isNew && html`<p class="small"><a href="/my_data/" onClick=${() => say("")}>${t("earlier_records")}</a></p>
      <section><h2>${t("leave")}</h2>${state.known.me && html`<p>${t("signed_in_with")} <bdi dir="ltr">${state.known.me.phone_full_number}</bdi></p>`}${wayOut()}</section>`}`;
}
