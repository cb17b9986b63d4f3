// A visit, as a card that is read at a glance, and what she may tell of it.

import { far, inHers, number, parts, short, today } from "../dates.js";
import * as facts from "../facts.js";
import { picture } from "../pictures.js";
import { entry } from "../outbox.js";
import { enter, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";
import { inTwoTaps } from "./ending.js";
import { rightAgain, tellWrong, wrong } from "./wrong.js";

/** Today where she lives. */
export function now() {
  const profile = facts.profile(state.known, state.entries);
  return today(profile ? profile.timezone : undefined);
}

/**
 * A dose as she reads it: its vaccine, and which one it is.
 * @param {VaccineDose} dose
 */
export function nameOf(dose) {
  const vaccine = `\u2068${inHers(dose.vaccine_name, state.language)}\u2069`;
  return dose.number === null ? vaccine : t("dose_of", { vaccine, number: number(dose.number, state.language) });
}

/**
 * What these doses are called; `unknown` where a phone does not know them.
 * @param {number[]} doses @param {string[]} [unknown]
 */
function namesOf(doses, unknown = []) {
  const found = doses.map((dose) => facts.doseOf(state.known, dose));
  return found.every(Boolean) ? found.map((one) => nameOf(/** @type {VaccineDose} */ (one))).join(" · ") : unknown.join(", ");
}

/**
 * Doses of a visit were given: on a day, or on one that she does not know.
 * @param {Visit} visit @param {Element} part of the screen, with what she has ticked @param {string | null} day
 */
function given(visit, part, day) {
  const { known, entries } = state;
  const child = Number(visit.child_id), place = `given/${visit.event_key}`;
  const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (part.querySelectorAll("[name=dose]"));
  const doses = boxes.length > 0 ? [...boxes].filter((one) => one.checked).map((one) => Number(one.value)) : open(visit);
  if (doses.length === 0) return tellWrong(place, part, t("none_ticked"));
  const vaccine = facts.twiceOn(known, entries, child, doses, day);
  if (vaccine) return tellWrong(place, part, t("twice_a_day", { vaccine: `\u2068${vaccine}\u2069` }));
  return enter(...doses.map((dose) => entry("dose", "POST", `/children/${child}/doses/`, { vaccine_dose: dose, date: day }, { child })));
}

/**
 * Those of its doses that she may tell of.
 * @param {Visit} visit
 */
function open(visit) {
  const left = facts.left(state.known, state.entries, visit);
  return left.length > 0 ? left : visit.dose_ids || [];
}

/**
 * They were not. What she told and the server does not have yet is taken back; where there is none, what the server has.
 * @param {Visit} visit
 */
export function notGiven(visit) {
  const child = Number(visit.child_id);
  const hers = facts.hers(state.known, state.entries, visit).filter((one) => visit.isGiven || one.vaccine_dose !== null);
  const made = hers.filter((one) => one.isWaiting);
  return enter(...(made.length > 0
    ? made.map((one) => entry("undose", "DELETE", `/children/${child}/doses/{${one.id}}/`, null, { child, dose: one.vaccine_dose, made: one.id }))
    : hers.map((one) => entry("undose", "DELETE", `/children/${child}/doses/${one.id}/`, null, { child, dose: one.vaccine_dose, vaccine: one.vaccine_dose === null && one.vaccine }))));
}

/**
 * What is taken as given was not: the server plans it.
 * @param {Visit} visit
 */
function missing(visit) {
  const child = Number(visit.child_id);
  const told = new Set(facts.doses(state.known, state.entries, child).map((one) => one.vaccine_dose));
  const doses = (visit.dose_ids || []).filter((dose) => !told.has(dose));
  return enter(entry("missing", "POST", `/children/${child}/doses_not_given/`, { doses }, { child }));
}

/**
 * The day that a card shows large, and in words what more is known of when its doses were given. By a country's pack it stands
 * on that day already.
 * @param {Visit} visit
 */
function dayOf(visit) {
  const known = visit.isGiven ? facts.daysGiven(state.known, state.entries, visit) : [];
  const day = known.includes(visit.date) ? visit.date : known.filter((one) => one.length === visit.date.length).pop() || visit.date;
  return { day, others: known.every((one) => one === day) ? "" : days(visit) };
}

/** @param {Visit} visit @param {boolean} [isOfChild] on the child's own page its name is above */
export function card(visit, isOfChild = false) {
  const { language, known } = state;
  const isVaccination = visit.event_type === "vaccination", isAfterBirth = visit.event_type === facts.AFTER_BIRTH;
  const { day, others } = dayOf(visit);
  const shown = parts(day, now(), language);
  const standing = visit.isAssumed ? "assumed" : visit.isGiven ? "done" : visit.isLate ? "late" : "soon";
  const isTold = visit.isGiven === (visit.status === "given") && !visit.isAssumed; // else the server's sentence is of before
  return html`<article class=${`visit ${standing}`} key=${visit.event_key}>
    <time class="day" datetime=${day}><span class="weekday">${shown.weekday}</span><span class="number">${shown.day}</span><span class="month">${shown.month}</span></time>
    <div>
      <h3>${picture(isVaccination ? "vaccination" : isAfterBirth ? "child" : "pregnancy")}
        <span>${isVaccination ? !isOfChild && html`<bdi>${visit.person_name}</bdi>: ` : isAfterBirth ? t("postnatal_visit") : t("antenatal_visit")}
        ${isVaccination && html`<bdi>${namesOf(visit.dose_ids || [], visit.vaccine_names)}</bdi>`}</span></h3>
      <p class="standing">${picture(visit.isAssumed ? "question" : standing)} <span>${visit.isAssumed ? t("is_assumed") : visit.isGiven ? `${t("was_given")} ${others}` : html`${t(visit.isLate ? "is_late" : "is_next")} ${far(visit.date, now(), language)}`}
        ${visit.isWaiting && html` <small>${t("is_waiting")}</small>`}</span></p>
      ${isVaccination && !visit.isGiven && partly(visit)}
      ${isOfChild && visit.why && isTold && html`<p class="small"><bdi>${inHers(visit.why, language)}</bdi></p>`}
      ${known.center && !visit.isGiven && !isOfChild && html`<p class="where">${picture("place")} <span><bdi>${known.center.name}</bdi><br /><small><bdi>${known.center.address}</bdi></small></span></p>`}
      ${isVaccination && deeds(visit)}
    </div>
  </article>`;
}

/** @param {Visit} visit */
function deeds(visit) {
  const today = now();
  if (visit.isAssumed) return inTwoTaps(`given/${visit.event_key}`, t("not_given"), () => missing(visit), "");
  if (visit.isGiven) {
    const isHers = facts.hers(state.known, state.entries, visit).length > 0;
    return isHers && inTwoTaps(`given/${visit.event_key}`, t("not_given"), () => notGiven(visit), "");
  }
  // What is planned in its place is told of there, once it may be.
  const isToldThere = facts.visits(state.known, state.entries, today).some((one) => (one.earliest || one.date) <= today && facts.takesThePlace(one, visit));
  if ((visit.earliest || visit.date) > today || isToldThere) return null;
  const child = facts.children(state.known, state.entries).find((one) => one.id === visit.child_id);
  const born = child && child.date_of_birth;
  const doses = open(visit);
  /** @param {Event} event @param {string | null} day */
  const tell = (event, day) => given(visit, /** @type {Element} */ (/** @type {Element} */ (event.target).closest(".deeds")), day);
  return html`<div class="deeds" onInput=${rightAgain}>
    ${doses.length > 1 && html`<fieldset><legend>${t("which_given")}</legend>${doses.map((dose, place) => html`<label class="tick" key=${dose}>
      <input type="checkbox" name="dose" value=${dose} defaultChecked=${isFirst(doses, place)} /> <span><bdi>${namesOf([dose], visit.vaccine_names)}</bdi></span></label>`)}</fieldset>`}
    ${wrong(`given/${visit.event_key}`)}
    <button type="button" class="button" onClick=${(/** @type {Event} */ event) => tell(event, today)}>${picture("done")} ${t("given_today")}</button>
    <details><summary>${t("given_another_day")}</summary>
      <form onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); tell(event, String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get("day")) || null); }}>
        <label>${t("which_day")} <input type="date" name="day" min=${born} max=${today} /></label>
        <p class="small">${t("day_unknown")}</p>
        <button class="button">${t("keep")}</button>
      </form></details>
  </div>`;
}

/**
 * Of two doses of one vaccine the first is ticked: they are not given on one day.
 * @param {number[]} doses @param {number} place
 */
function isFirst(doses, place) {
  const vaccines = doses.map((dose) => (facts.doseOf(state.known, dose) || { vaccine: -dose }).vaccine);
  return vaccines.indexOf(vaccines[place]) === place;
}

/**
 * Of a visit that is not over, what was given already; what she told of it, she may take back.
 * @param {Visit} visit
 */
function partly(visit) {
  const left = facts.left(state.known, state.entries, visit);
  const had = (visit.dose_ids || []).filter((dose) => !left.includes(dose));
  if (had.length === 0 || left.length === 0) return null;
  const hers = facts.hers(state.known, state.entries, visit).flatMap((one) => (one.vaccine_dose === null ? [] : one.vaccine_dose));
  return html`<p class="small">${t("was_given")}: <bdi>${namesOf(had)}</bdi></p>
    ${hers.length > 0 && inTwoTaps(`given/${visit.event_key}`, `${t("not_given")}: ${namesOf([...new Set(hers)])}`, () => notGiven(visit), "")}`;
}

/**
 * When a dose was given, by what the child's records and she say.
 * @param {Visit} visit
 */
function days(visit) {
  return facts.daysGiven(state.known, state.entries, visit).map((day) => short(day, state.language)).join(" · ");
}
