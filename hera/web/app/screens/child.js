// A child: what it had and what comes, its card on paper, and the form by which it is told.

import { age, long, short } from "../dates.js";
import * as facts from "../facts.js";
import { entry } from "../outbox.js";
import { picture } from "../pictures.js";
import { enter, go, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";
import { end, inTwoTaps } from "./ending.js";
import { card, nameOf, now } from "./visits.js";

/**
 * What a form of `fields` says.
 * @param {Event} event
 */
export function told(event) {
  event.preventDefault();
  const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
  return { name: String(form.get("name")).trim(), gender: String(form.get("gender")), date_of_birth: String(form.get("born")) };
}

/** @param {Child | null} before */
export function fields(before) {
  return html`
    <label for="child-name">${t("child_name")}</label>
    <input id="child-name" name="name" required maxlength="255" defaultValue=${before ? before.name : ""} />
    <label for="child-born">${t("child_birth_date")}</label>
    <input id="child-born" name="born" type="date" required max=${now()} defaultValue=${before ? before.date_of_birth : ""} />
    <fieldset><legend>${t("girl_or_boy")}</legend>
      ${["FEMALE", "MALE"].map((gender) => html`<label class="tick"><input type="radio" name="gender" value=${gender} required defaultChecked=${Boolean(before && before.gender === gender)} /> <span>${t(gender === "FEMALE" ? "girl" : "boy")}</span></label>`)}
    </fieldset>`;
}

/** @param {Event} event */
async function add(event) {
  if (await enter(entry("child", "POST", "/children/", told(event)))) go("#/");
}

/** @param {Event} event @param {Child} child */
async function correct(event, child) {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const changed = facts.changed(told(event), child);
  // What she typed is what stands there now: it is not told again with the next thing that she corrects.
  if (Object.keys(changed).length > 0 && await enter(entry("edit_child", "PATCH", `/children/${child.id}/`, changed, { id: child.id }))) form.reset();
}

/** A card that is closed is not printed. */
function onPaper() {
  /** @type {HTMLDetailsElement} */ (document.querySelector(".paper")).open = true;
  print();
}

/** @param {string} id a number; an entry's key while the child is not sent; or `new` */
export function screen(id) {
  if (id === "new") {
    return html`<h1 tabindex="-1">${t("add_child")}</h1><form onSubmit=${add}>${fields(null)}<button class="button">${t("keep")}</button></form><p><a href="#/">${t("back")}</a></p>`;
  }
  const { known, entries, language } = state;
  const child = facts.children(known, entries).find((one) => String(one.id) === id);
  if (!child) return html`<h1 tabindex="-1">${t("children")}</h1><p>${t("not_here")}</p><p><a href="#/">${t("back")}</a></p>`;
  const all = facts.visits(known, entries, now());
  const visits = all.filter((one) => one.child_id === child.id);
  const afterBirth = all.filter((one) => (one.child_ids || []).includes(Number(child.id)) && (one.latest || one.date) >= now());
  return html`<h1 tabindex="-1">${picture("child")} <bdi>${child.name}</bdi></h1>
    <p class="lead">${age(child.date_of_birth, now(), language)} <small>${t("born_on", { day: long(child.date_of_birth, language) })}</small></p>
    ${child.isWaiting && html`<p>${t("calendar_later")}</p>`}
    ${afterBirth.map((one) => html`<div class="screen-only">${card(one, true)}</div>`)}
    <section class="screen-only"><h2>${t("calendar")}</h2>${visits.map((one) => card(one, true))}</section>
    ${paper(child, visits)}
    ${!child.isWaiting && html`
      <p class="screen-only"><button type="button" class="button" onClick=${onPaper}>${t("print_card")}</button></p>
      <details class="screen-only"><summary>${t("correct")}</summary><form onSubmit=${(/** @type {Event} */ event) => correct(event, child)}>${fields(child)}<button class="button">${t("keep")}</button></form></details>
      <div class="screen-only">${inTwoTaps(`child/${id}`, t("end_child"), () => end(child, "child"))}</div>`}
    <p class="screen-only"><a href="#/">${t("back")}</a></p>`;
}

/**
 * What was given and what comes, a row for each dose: on paper, and to show.
 * @param {Child} child @param {Visit[]} visits
 */
function paper(child, visits) {
  const { known, entries, language } = state;
  const rows = facts.cardRows(known, entries, child, visits);
  const told = rows.flatMap((row) => [...row.given, ...row.asks]);
  const some = told.some(facts.isHers), all = told.every(facts.isHers);
  const whose = told.length === 0 ? "" : all ? t("card_is_hers") : some ? t("card_is_mixed") : t("card_is_staffs");
  /** @param {Dose} one */
  const mark = (one) => (some && !all && facts.isHers(one) ? " *" : "");
  return html`<details class="paper"><summary>${t("card")}</summary><table>
    <thead><tr><th scope="col">${t("vaccine")}</th><th scope="col">${t("day")}</th><th scope="col">${t("was_given")}</th></tr></thead>
    <tbody>
      ${rows.map((row) => html`<tr><th scope="row">${nameOfRow(row)}</th><td>${row.visit ? short(row.visit.date, language) : "–"}</td><td>
        ${row.given.map((one) => html`<div>✓ ${one.date ? short(one.date, language) : ""}${mark(one)}</div>`)}
        ${row.asks.map((one) => html`<div>${one.date ? short(one.date, language) : ""}${mark(one)} – ${t("card_asks")}</div>`)}
        ${row.given.length + row.asks.length === 0 && (row.isAssumed ? t("is_assumed") : row.isGiven ? "✓" : "–")}</td></tr>`)}
    </tbody></table><p class="small">${whose} ${t("card_proof")}</p></details>`;
}

/** @param {CardRow} row */
function nameOfRow({ dose, visit, of }) {
  const known = facts.doseOf(state.known, dose);
  if (of && of.campaign) return html`<bdi>${of.text || of.product || (known ? known.vaccine_name : "–")}</bdi> (${t("campaign")})`;
  return html`<bdi>${known ? nameOf(known) : of ? of.text || of.product || "–" : visit && (visit.vaccine_names || []).join(", ")}</bdi>`;
}
