// What surrounds every screen: the way to hide it, what is not sent yet, how old it is, and where else to go.

import { ago, inHers, number } from "./dates.js";
import * as facts from "./facts.js";
import { picture } from "./pictures.js";
import { dismiss, refresh, say, state, waiting } from "./session.js";
import { html } from "./vendor/preact.js";
import { t } from "./words.js";

const OLD = 3600000; // milliseconds: what she sees is said to be as old while it is asked for anew

/** Nothing of her stays on the screen, however long the other page takes, or in the browser's history. */
function hide() {
  document.title = "1 × 1";
  document.body.replaceChildren();
  location.replace("/app/tables/");
}

/** @param {string} here @param {unknown} view */
export function frame(here, view) {
  const isIn = here !== "sign_in" && here !== "about";
  return html`<div class="page">
    <header>
      <a class="mark" href="#/"><span aria-hidden="true">${picture("mark")}</span>HERA</a>
      <button type="button" class="hide" onClick=${hide}>${picture("hide")}<span>${t("hide")}</span></button>
    </header>
    <main>
      ${state.token && notes()}
      <p class="says" role="status">${state.says && html`<span>${inHers(state.says, state.language)}</span> <button type="button" class="plain" onClick=${() => say("")}>${t("ok")}</button>`}</p>
      ${view}
    </main>
    ${isIn && nav(here)}</div>`;
}

function notes() {
  const count = waiting().length;
  const refused = state.entries.filter((one) => one.refused !== undefined);
  const { language, known, isOnline, isBusy, isLoading } = state;
  const age = known.asOf && html` ${t("as_of", { ago: ago(known.asOf, language) })}`;
  const isOld = known.asOf !== undefined && Date.parse(known.asOf) < Date.now() - OLD;
  return html`
    ${!isOnline || isBusy ? html`<p class="note offline" role="status">${picture("offline")} <span>${t(isOnline ? "busy" : "offline")}${age}</span>
      <button type="button" class="plain" onClick=${() => refresh()}>${t("try_again")}</button></p>`
    : isLoading && isOld && html`<p class="note" role="status"><span>${t("loading")}${age}</span></p>`}
    ${count > 0 && html`<p class="note" role="status">${t("not_sent", { count: number(count, language) })}</p>`}
    ${refused.map((one) => html`<p class="note refused" role="alert" key=${one.key}><span>${t("refused")} <bdi>${inHers(one.refused || t("not_done"), language)}</bdi></span>
      <button type="button" class="plain" onClick=${() => dismiss(one)}>${t("ok")}</button></p>`)}`;
}

/** @param {string} here */
function nav(here) {
  const unread = facts.notices(state.known, state.entries).filter((one) => !one.read_at).length;
  /** @param {string} name @param {string} shown @param {string} text @param {boolean} isHere */
  const item = (name, shown, text, isHere) => html`<a href=${`#/${name}`} aria-current=${isHere ? "page" : undefined}>${picture(shown)}<span>${text}</span></a>`;
  return html`<nav aria-label="HERA">
    ${item("", "today", t("today"), !["messages", "notice", "settings"].includes(here))}
    ${item("messages", "messages", unread ? t("messages_new", { count: number(unread, state.language) }) : t("messages"), here === "messages" || here === "notice")}
    ${item("settings", "settings", t("more"), here === "settings")}
  </nav>`;
}
