// What HERA told her.

import { ago, inHers } from "../dates.js";
import * as facts from "../facts.js";
import { entry } from "../outbox.js";
import { enter, state } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";

export function screen() {
  const shown = facts.notices(state.known, state.entries);
  const hasNew = shown.some((one) => !one.read_at);
  return html`<h1 tabindex="-1">${t("messages")}</h1>
    ${hasNew && html`<p><button type="button" class="button" onClick=${() => enter(read(shown))}>${t("mark_read")}</button></p>`}
    ${shown.length === 0 && html`<p>${t("no_messages")}</p>`}
    ${shown.map((one) => told(one))}`;
}

/**
 * She has read those that she sees; what comes meanwhile is new.
 * @param {Notice[]} shown
 */
function read(shown) {
  const until = shown.map((one) => one.created_at).sort().pop();
  return entry("read", "POST", "/notification_events/mark_all_as_read/", { until });
}

/** @param {Notice} one */
function told(one) {
  return html`<article class=${`message ${one.read_at ? "" : "new"}`} key=${one.id}><h2>${!one.read_at && html`<span class="badge">${t("new")}</span> `}<bdi>${inHers(one.push_title, state.language)}</bdi></h2>
    ${text(one.in_app_content || one.push_body)}<p class="small"><time datetime=${one.created_at}>${ago(one.created_at, state.language)}</time></p></article>`;
}

/**
 * Lines as staff wrote them.
 * @param {string} content
 */
function text(content) {
  return content.split(/\n+/).filter(Boolean).map((line) => html`<p dir="auto">${inHers(line, state.language)}</p>`);
}

/**
 * A message that a link leads to.
 * @param {string} id
 */
export function notice(id) {
  const wanted = facts.notices(state.known, state.entries).find((one) => String(one.id) === id);
  return html`<h1 tabindex="-1">${t("messages")}</h1>${wanted ? told(wanted) : html`<p>${t(state.isLoading ? "loading" : "message_over")}</p>`}<p><a href="#/messages">${t("back")}</a></p>`;
}
