// A pregnancy: told by its week or by a date, corrected, born, or ended.

import { far, later, long, number, short } from "../dates.js";
import * as facts from "../facts.js";
import { entry } from "../outbox.js";
import { picture } from "../pictures.js";
import { enter, go, say, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";
import { fields, told as toldOfChild } from "./child.js";
import { end, inTwoTaps } from "./ending.js";
import { card, now } from "./visits.js";
import { rightAgain, tellWrong, wrong } from "./wrong.js";

const WEEKS = Array.from({ length: 42 }, (_, week) => week + 1);
const VISITS = Array.from({ length: 10 }, (_, count) => count);

/** @param {Event} event @param {Pregnancy | null} before */
async function save(event, before) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target), said = new FormData(form);
  const week = String(said.get("week") || ""), day = String(said.get("period") || ""), visits = Number(said.get("visits"));
  const since = { declared_pregnancy_week: week && !day ? Number(week) : null, declared_date_of_last_menstrual_period: day || null };
  if (!before && !week && !day) {
    say(t("week_or_day"));
    return /** @type {HTMLElement} */ (form.elements.namedItem("week")).focus();
  }
  const other = week && day ? facts.otherWeek(Number(week), day, now()) : null;
  if (other) return tellWrong("pregnancy", form, t("week_and_day", { week: number(Number(week), state.language), other: number(other, state.language) }));
  // Of one that is corrected, what she leaves as it is stays.
  const body = { ...(!before || week || day ? since : {}), ...(!before || visits !== visitsOf(before) ? { declared_number_of_prenatal_visits: visits } : {}) };
  if (Object.keys(body).length === 0) return go("#/");
  // A week counts from the day on which she tells it, whenever there is a network.
  const told = { ...body, declared_on: now() };
  if (await enter(before ? entry("pregnancy", "PATCH", `/pregnancies/${before.id}/`, told) : entry("pregnancy", "POST", "/pregnancies/", told))) go("#/");
}

/** @param {Pregnancy} pregnancy */
function visitsOf(pregnancy) {
  return pregnancy.declared_number_of_prenatal_visits || 0;
}

/** @param {Event} event @param {Pregnancy} pregnancy */
async function born(event, pregnancy) {
  const child = toldOfChild(event);
  const outcome = { outcome: "birth", date: child.date_of_birth, children: [child] };
  if (await enter(entry("end_pregnancy", "POST", `/pregnancies/${pregnancy.id}/outcome/`, outcome, { id: pregnancy.id }))) go("#/");
}

export function screen() {
  const { known, entries, language } = state;
  const pregnancy = facts.pregnancy(known, entries, now());
  if (!pregnancy) return html`<h1 tabindex="-1">${t("add_pregnancy")}</h1>${declaration(null)}`;
  const visits = facts.visits(known, entries, now()).filter((one) => one.event_type === "prenatal_checkup");
  const due = pregnancy.estimated_delivery_date, week = facts.week(pregnancy, now());
  return html`<h1 tabindex="-1">${picture("pregnancy")} ${t("pregnancy")}</h1>
    ${week && html`<p class="lead">${t("week_now", { week: number(week, language) })}</p>`}
    ${due && html`<p class="lead">${t("expected")} <time datetime=${due}>${long(due, language)}</time> (${far(due, now(), language)})</p>`}
    ${visits.map((one) => card(one))}
    ${typeof pregnancy.id === "number" && html`
      <details><summary class="button">${t("is_born")}</summary><form onSubmit=${(/** @type {Event} */ event) => born(event, pregnancy)}>${fields(null)}<button class="button">${t("keep")}</button></form></details>
      <details><summary>${t("correct")}</summary>${declaration(pregnancy)}</details>
      ${inTwoTaps("pregnancy", t("end_pregnancy"), () => end(pregnancy, "pregnancy"))}`}
    <p><a href="#/">${t("back")}</a></p>`;
}

/** @param {Pregnancy | null} before */
function declaration(before) {
  const { language } = state;
  const had = before ? visitsOf(before) : 0;
  const earliest = later(now(), -294);
  return html`<form onSubmit=${(/** @type {Event} */ event) => save(event, before)} onInput=${rightAgain}>
    <label for="week">${t("which_week")}</label>
    <select id="week" name="week"><option value="">${t("unknown")}</option>${WEEKS.map((week) => html`<option value=${week}>${number(week, language)}</option>`)}</select>
    <label for="period">${t("or_last_period")}</label>
    <input id="period" name="period" type="date" min=${earliest} max=${now()} aria-describedby="period-help" />
    <p id="period-help" class="small">${t("since", { day: short(earliest, language) })}</p>
    <label for="visits">${t("visits_had")}</label>
    <select id="visits" name="visits">${VISITS.map((count) => html`<option value=${count} selected=${count === had}>${number(count, language)}</option>`)}</select>
    ${wrong("pregnancy")}
    <button class="button">${t("keep")}</button></form>`;
}
