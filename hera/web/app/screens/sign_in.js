// Her number, then the code that comes by SMS.

import { call } from "../api.js";
import { expectCode, lead, say, signedIn, speak, state, why } from "../session.js";
import { html } from "../vendor/preact.js";
import { LANGUAGES, t } from "../words.js";

const at = { number: "", isBusy: false };

/** @param {Event} event @param {string} name */
function typed(event, name) {
  event.preventDefault();
  return String(new FormData(/** @type {HTMLFormElement} */ (event.target)).get(name) || "").trim();
}

/** @param {() => Promise<void>} work */
async function busy(work) {
  if (at.isBusy) return;
  at.isBusy = true;
  say("");
  try {
    await work();
  } catch (problem) {
    say(why(problem));
  } finally {
    at.isBusy = false;
    say(state.says);
  }
}

/** @param {string} number */
async function askForCode(number) {
  await busy(async () => {
    await call({ method: "POST", path: "/otp_auth/request_challenge/", body: { phone_number: number }, language: state.language });
    await expectCode({ number });
  });
  lead("code");
}

/** @param {string} secret */
function tryCode(secret) {
  return busy(async () => {
    const answer = await call({ method: "POST", path: "/otp_auth/attempt_challenge/", body: { phone_number: state.asked.number, secret }, language: state.language });
    at.number = "";
    await signedIn(answer);
  });
}

/**
 * Each by its own name: before she has said who she is, and later.
 * @param {string} label @param {(code: string) => void} choose
 */
export function languages(label, choose) {
  return html`<div class="languages" role="group" aria-label=${label}>
    ${LANGUAGES.map(([code, name]) => html`<button type="button" lang=${code} aria-pressed=${String(code === state.language)} onClick=${() => choose(code)}>${name}</button>`)}</div>`;
}

export function screen() {
  return html`
    ${languages(t("language"), speak)}
    <h1 tabindex="-1">${t("welcome")}</h1>
    ${state.keepsNothing ? html`<p>${t("keeps_nothing")}</p>` : state.asked.number ? code(state.asked.number) : number()}
    <p class="small"><a href="/my_data/">${t("other_ways")}</a></p>`;
}

function number() {
  return html`<form onSubmit=${(/** @type {Event} */ event) => askForCode(typed(event, "number"))}>
    <label for="number">${t("your_number")}</label>
    <input id="number" name="number" type="tel" dir="ltr" required autocomplete="tel" inputmode="tel" placeholder="+90" defaultValue=${at.number} aria-describedby="number-help" />
    <p id="number-help" class="small">${t("number_help")}</p>
    <button class="button" disabled=${at.isBusy}>${t("send_code")}</button>
  </form>`;
}

/** @param {string} asked the number to which it was sent */
function code(asked) {
  return html`<form key="code" onSubmit=${(/** @type {Event} */ event) => tryCode(typed(event, "code"))}>
    <p>${t("code_sent")} <bdi dir="ltr">${asked}</bdi></p>
    <label for="code">${t("code")}</label>
    <input id="code" name="code" class="code" dir="ltr" required inputmode="numeric" autocomplete="one-time-code" />
    <button class="button" disabled=${at.isBusy}>${t("go_on")}</button>
    <p><button type="button" class="plain" onClick=${() => askForCode(asked)}>${t("code_again")}</button>
      <button type="button" class="plain" onClick=${async () => { at.number = asked; await expectCode({}); say(""); }}>${t("other_number")}</button></p>
  </form>`;
}
