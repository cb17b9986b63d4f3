// What is next and where, what is asked, and who it is about.

import { age, far, inHers, long, number } from "../dates.js";
import * as facts from "../facts.js";
import { picture } from "../pictures.js";
import { entry } from "../outbox.js";
import { enter, go, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";
import { card, now } from "./visits.js";
import { undoLine } from "./ending.js";

const NEXT = 4;
const QUESTIONS = 2; // at once; the others come when these are answered

/** @param {Survey} survey @param {string} code */
async function answer(survey, code) {
  if (await enter(entry("survey", "POST", `/surveys/${survey.id}/response/`, { response: code }, { id: survey.id }))) go("#/");
}

/** @param {Survey} survey */
function asked(survey) {
  return html`<section class="question" key=${survey.id}><h2>${picture("question")} <bdi>${inHers(survey.question, state.language)}</bdi></h2>
    ${survey.options.map((option) => html`<button type="button" class="button answer" onClick=${() => answer(survey, option.code)}><bdi>${inHers(option.translated_text, state.language)}</bdi></button>`)}</section>`;
}

export function screen() {
  const { known, entries, language } = state;
  const today = now();
  const visits = facts.visits(known, entries, today);
  const next = facts.next(visits, today);
  const children = facts.children(known, entries);
  /** @param {Child} child */
  const late = (child) => visits.filter((one) => one.isLate && one.child_id === child.id).length;
  const pregnancy = facts.pregnancy(known, entries, now());
  return html`<h1 tabindex="-1"><time datetime=${today}>${long(today, language)}</time></h1>
    ${undoLine()}
    ${facts.questions(known, entries).slice(0, QUESTIONS).map(asked)}
    <section><h2>${t("what_is_next")}</h2>
      ${next.length === 0 && html`<p>${known.asOf ? t("nothing_next") : t("loading")}</p>`}
      ${next.slice(0, NEXT).map((one) => card(one))}
    </section>
    ${pregnancy && html`<section><h2>${t("pregnancy")}</h2><a class="person" href="#/pregnancy">${picture("pregnancy")}
      <span>${t("expected")} ${pregnancy.estimated_delivery_date ? html`<time datetime=${pregnancy.estimated_delivery_date}>${far(pregnancy.estimated_delivery_date, today, language)}</time>` : t("is_waiting")}</span></a></section>`}
    <section><h2>${t("children")}</h2>
      ${children.map((child) => html`<a class="person" key=${child.id} href=${`#/child/${child.id}`}>${picture("child")}
        <span><bdi>${child.name}</bdi> <small>${age(child.date_of_birth, today, language)}${child.isWaiting && ` · ${t("is_waiting")}`}
          ${late(child) > 0 && html` · ${t("is_late")} ${number(late(child), language)}`}</small></span></a>`)}
      <a class="person add" href="#/child/new">${picture("add")} <span>${t("add_child")}</span></a>
      ${!pregnancy && html`<a class="person add" href="#/pregnancy">${picture("add")} <span>${t("add_pregnancy")}</span></a>`}
    </section>`;
}

/**
 * A question that a link leads to.
 * @param {string} id
 */
export function question(id) {
  const wanted = facts.questions(state.known, state.entries).find((one) => String(one.id) === id);
  return html`<h1 tabindex="-1">${t("question")}</h1>${wanted ? asked(wanted) : html`<p>${t(state.isLoading ? "loading" : "question_over")}</p>`}<p><a href="#/">${t("back")}</a></p>`;
}
