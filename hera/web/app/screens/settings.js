// What she may change: how she is reached, language, time zone, number; her data; and the way out.

import * as facts from "../facts.js";
import { entry } from "../outbox.js";
import { ask, enter, erase, expectCode, lead, refresh, say, signOut, speak, state, subscribe, waiting } from "../session.js";
import { html } from "../vendor/preact.js";
import { t } from "../words.js";
import { languages } from "./sign_in.js";

/** @type {Record<string, string>} The countries by which zones are named. */
const ZONES = { "Europe/Istanbul": "TR", "Asia/Damascus": "SY", "Asia/Beirut": "LB", "Asia/Amman": "JO", "Asia/Baghdad": "IQ", "Asia/Kabul": "AF", "Asia/Karachi": "PK", "Asia/Tehran": "IR", "Europe/Athens": "GR", "Europe/Berlin": "DE" };
const at = { isErasing: false, isLeaving: false };

/** @param {Record<string, unknown>} body */
function change(body) {
  return enter(entry("profile", "PATCH", `/user_profiles/${state.userId}/`, body));
}

/**
 * By country and city: the name of its time, such as Eastern European, is that of several.
 * @param {string} zone
 */
function nameOf(zone) {
  const city = zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
  const locale = { prs: "fa-AF", ps: "fa-AF", en: "en-GB" }[state.language] || state.language; // browsers know no Pashto
  try {
    const country = ZONES[zone] && new Intl.DisplayNames(locale, { type: "region" }).of(ZONES[zone]);
    return country ? `${country} · ${city}` : city;
  } catch {
    return city;
  }
}

/** @param {(form: FormData) => Promise<void>} work */
function submitted(work) {
  return (/** @type {Event} */ event) => { event.preventDefault(); return work(new FormData(/** @type {HTMLFormElement} */ (event.target))); };
}

/** @param {FormData} form */
async function askForNumber(form) {
  const answer = await ask({ method: "POST", path: "/phone_number_change_requests/", body: { new_phone_number: String(form.get("number")) } });
  if (!answer) return;
  await expectCode({ change: answer.id });
  say(t("code_sent_new"));
  lead("new-code");
}

/** @param {FormData} form */
async function solve(form) {
  const answer = await ask({ method: "POST", path: `/phone_number_change_requests/${state.asked.change}/attempt_solve/`, body: { guess_secret: String(form.get("code")) } });
  if (!answer) return;
  await expectCode({});
  say(t("number_changed"));
  refresh();
}

async function copyOfAll() {
  const text = await ask({ path: "/users/me/export/?as=html", asText: true });
  if (typeof text !== "string") return;
  const address = URL.createObjectURL(new Blob([text], { type: "text/html" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = "hera-my-data.html";
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

async function askToErase() {
  if (!await ask({ method: "POST", path: "/users/me/erasure_code/" })) return;
  at.isErasing = true;
  say("");
  lead("erase");
}

function leave() {
  if (waiting().length > 0 && !at.isLeaving) {
    at.isLeaving = true;
    say(t("leave_unsent"));
    return;
  }
  signOut();
}

export function screen() {
  const { known, entries } = state;
  const profile = facts.profile(known, entries);
  const channels = facts.channels(known, entries);
  const zones = [...new Set([profile ? profile.timezone : "", Intl.DateTimeFormat().resolvedOptions().timeZone, ...Object.keys(ZONES)].filter(Boolean))];
  return html`<h1 tabindex="-1">${t("more")}</h1>
    <section><h2>${t("language")}</h2>${languages(t("language"), async (code) => { if (await speak(code)) await change({ language_code: code }); })}</section>
    <section><h2>${t("reminders")}</h2>
      ${Object.keys(channels).filter((name) => name !== "web_push" || known.webPush).map((name) => html`<label class="tick" key=${name}><input type="checkbox" checked=${channels[name]} onChange=${(/** @type {Event} */ event) => enter(entry("channels", "PATCH", "/users/me/channels/", { [name]: /** @type {HTMLInputElement} */ (event.target).checked }))} /> <span>${t(`channel_${name}`)}</span></label>`)}
      ${known.webPush && state.canSubscribe && html`<p><button type="button" class="button" onClick=${() => subscribe()}>${t("notify_here")}</button></p>`}
      ${state.installing && html`<p><button type="button" class="button" onClick=${() => { state.installing.prompt(); state.installing = null; say(""); }}>${t("install")}</button></p>`}</section>
    <section><h2>${t("about_me")}</h2>
      ${profile && html`<p><bdi>${profile.name}</bdi> · <a href="#/about">${t("correct")}</a></p>`}
      <label for="zone">${t("time_zone")}</label>
      <select id="zone" onChange=${(/** @type {Event} */ event) => change({ timezone: /** @type {HTMLSelectElement} */ (event.target).value })}>
        ${zones.map((zone) => html`<option value=${zone} selected=${Boolean(profile && profile.timezone === zone)}>${nameOf(zone)}</option>`)}</select>
      <details open=${state.asked.change !== undefined}><summary>${t("change_number")} ${known.me && html`<bdi dir="ltr">${known.me.phone_full_number}</bdi>`}</summary>${numberForms()}</details></section>
    <section><h2>${t("my_data")}</h2>
      <p><a href="/privacy/" target="_blank">${t("kept_of_me")}</a></p>
      <p><button type="button" class="plain" onClick=${copyOfAll}>${t("copy_of_all")}</button></p>
      ${at.isErasing ? html`<form onSubmit=${submitted((form) => erase(String(form.get("code"))))}><p>${t("erase_sure")}</p><label for="erase">${t("code")}</label>
        <input id="erase" name="code" class="code" dir="ltr" required inputmode="numeric" autocomplete="one-time-code" /><button class="button">${t("erase")}</button>
        <button type="button" class="plain" onClick=${() => { at.isErasing = false; say(""); }}>${t("no_go_back")}</button></form>`
    : html`<p><button type="button" class="plain" onClick=${askToErase}>${t("erase")}</button></p>`}</section>
    <section><h2>${t("leave")}</h2>${wayOut()}</section>`;
}

/** From every screen on which she may stand for long. */
export function wayOut() {
  if (at.isLeaving && waiting().length === 0) {
    // It is sent by now: nothing is lost.
    at.isLeaving = false;
    if (state.says === t("leave_unsent")) state.says = "";
  }
  return html`<p class="small">${t("leave_help")}</p>
    <p><button type="button" class="button" onClick=${leave}>${t(at.isLeaving ? "leave_anyway" : "leave")}</button></p>`;
}

function numberForms() {
  if (state.asked.change === undefined) {
    return html`<form onSubmit=${submitted(askForNumber)}><label for="new-number">${t("new_number")}</label>
      <input id="new-number" name="number" type="tel" dir="ltr" required inputmode="tel" placeholder="+90" /><button class="button">${t("send_code")}</button></form>`;
  }
  return html`<form key="solve" onSubmit=${submitted(solve)}><label for="new-code">${t("code")}</label>
    <input id="new-code" name="code" class="code" dir="ltr" required inputmode="numeric" autocomplete="one-time-code" /><button class="button">${t("go_on")}</button>
    <p><button type="button" class="plain" onClick=${async () => { await expectCode({}); say(""); }}>${t("other_number")}</button></p></form>`;
}
