// A visit, as a card that is read at a glance, and what she may tell of it.

import { far, parts, short, today } from "../dates.js";
import * as facts from "../facts.js";
import { picture } from "../pictures.js";
import { entry } from "../outbox.js";
import { enter, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";

/** Today where she lives. */
export function now() {
  const profile = facts.profile(state.known, state.entries);
  return today(profile ? profile.timezone : undefined);
}

/**
 * All doses of a visit were given: on a day, or on one that she does not know.
 * @param {Visit} visit @param {string | null} day
 */
export function given(visit, day) {
  const child = visit.child_id;
  const isTakenBack = (/** @type {number | null} */ dose) => state.entries.some((one) => one.refused === undefined && one.kind === "undose" && !one.about.made && one.about.child === Number(child) && one.about.dose === dose);
  const told = new Set(((state.known.doses || {})[Number(child)] || []).map((one) => one.vaccine_dose).filter((dose) => !isTakenBack(dose)));
  const doses = visit.dose_ids || [];
  const left = doses.filter((dose) => !told.has(dose));
  return enter(...(left.length > 0 ? left : doses).map((dose) => entry("dose", "POST", `/children/${child}/doses/`, { vaccine_dose: dose, date: day }, { child })));
}

/**
 * They were not. What she told and the server does not have yet is taken back; where there is none, what the server has.
 * @param {Visit} visit
 */
export function notGiven(visit) {
  const child = Number(visit.child_id);
  const doses = visit.dose_ids || [];
  const undone = new Set(state.entries.filter((one) => one.refused === undefined && one.kind === "undose").map((one) => one.about.made));
  const made = state.entries.filter((one) => one.refused === undefined && one.kind === "dose" && one.about.child === child && doses.includes(one.body.vaccine_dose) && !undone.has(one.key));
  const vaccines = (state.known.vaccines || []).filter((one) => (visit.vaccine_names || []).includes(one.name)).map((one) => one.id);
  const kept = ((state.known.doses || {})[child] || []).filter((one) => (one.vaccine_dose === null ? vaccines.includes(Number(one.vaccine)) : doses.includes(one.vaccine_dose)));
  return enter(
    ...made.map((one) => entry("undose", "DELETE", `/children/${child}/doses/{${one.key}}/`, null, { child, dose: one.body.vaccine_dose, made: one.key })),
    ...(made.length > 0 ? [] : kept).map((one) => entry("undose", "DELETE", `/children/${child}/doses/${one.id}/`, null, { child, dose: one.vaccine_dose, vaccine: one.vaccine_dose === null && one.vaccine })),
  );
}

/** @param {Visit} visit @param {boolean} [isOfChild] on the child's own page its name is above */
export function card(visit, isOfChild = false) {
  const { language, known } = state;
  const isVaccination = visit.event_type === "vaccination";
  const { day, month, weekday } = parts(visit.date, language);
  const standing = visit.isGiven ? "done" : visit.isLate ? "late" : "soon";
  return html`<article class=${`visit ${standing}`} key=${visit.event_key}>
    <time class="day" datetime=${visit.date}><span class="weekday">${weekday}</span><span class="number">${day}</span><span class="month">${month}</span></time>
    <div>
      <h3>${picture(isVaccination ? "vaccination" : "pregnancy")}
        <span>${isVaccination ? !isOfChild && html`<bdi>${visit.person_name}</bdi>: ` : t("antenatal_visit")}
        ${isVaccination && html`<bdi>${(visit.dose_names || visit.vaccine_names || []).join(", ")}</bdi>`}</span></h3>
      <p class="standing">${picture(standing)} <span>${visit.isGiven ? t("was_given") : html`${t(visit.isLate ? "is_late" : "is_next")} ${far(visit.date, now(), language)}`}
        ${visit.isWaiting && html` <small>${t("is_waiting")}</small>`}</span></p>
      ${isOfChild && visit.why && html`<p class="small"><bdi>${visit.why}</bdi></p>`}
      ${known.center && !visit.isGiven && !isOfChild && html`<p class="where">${picture("place")} <span><bdi>${known.center.name}</bdi><br /><small><bdi>${known.center.address}</bdi></small></span></p>`}
      ${isVaccination && deeds(visit)}
    </div>
  </article>`;
}

/** @param {Visit} visit */
function deeds(visit) {
  const today = now();
  if (visit.isGiven) return html`<p class="deeds"><button type="button" class="plain" onClick=${() => notGiven(visit)}>${t("not_given")}</button></p>`;
  if ((visit.earliest || visit.date) > today) return null;
  return html`<div class="deeds">
    <button type="button" class="button" onClick=${() => given(visit, today)}>${picture("done")} ${t("given_today")}</button>
    <details><summary>${t("given_another_day")}</summary>
      <form onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); given(visit, String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("day")) || null); }}>
        <label>${t("which_day")} <input type="date" name="day" max=${today} /></label>
        <p class="small">${t("day_unknown")}</p>
        <button class="button">${t("keep")}</button>
      </form></details>
  </div>`;
}

/**
 * When a dose was given, by what the child's records say.
 * @param {Visit} visit
 */
export function days(visit) {
  const known = ((state.known.doses || {})[Number(visit.child_id)] || []).filter((one) => (visit.dose_ids || []).includes(/** @type {number} */ (one.vaccine_dose)));
  return [...new Set(known.map((one) => (one.date ? short(one.date, state.language) : "")).filter(Boolean))].join(", ");
}
