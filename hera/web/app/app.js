// The page: which screen stands at which address, and what surrounds it.

import * as push from "./push.js";
import { screen as about } from "./screens/about.js";
import { screen as child } from "./screens/child.js";
import { screen as messages, notice } from "./screens/messages.js";
import { screen as pregnancy } from "./screens/pregnancy.js";
import { screen as settings } from "./screens/settings.js";
import { screen as signIn } from "./screens/sign_in.js";
import { question, screen as today } from "./screens/today.js";
import { frame } from "./frame.js";
import * as facts from "./facts.js";
import { call, Unreachable } from "./api.js";
import { go, refresh, renewSubscription, start, state } from "./session.js";
import { html, render } from "./vendor/preact.js";
import { t } from "./words.js";

/** @type {Record<string, (id: string) => unknown>} */
const SCREENS = { "": today, child, messages, notice, survey: question, pregnancy, about, settings };

const root = /** @type {Element} */ (document.getElementById("app"));
let shown = "";

function draw() {
  const [name, id = ""] = location.hash.replace(/^#\/?/, "").split("/");
  const isKnown = state.token && (facts.profile(state.known, state.entries) || !state.known.asOf);
  const here = !state.token ? "sign_in" : isKnown ? name : "about";
  const view = state.isLeaving ? html`<h1 tabindex="-1">${t("loading")}</h1>` : !state.token ? signIn() : isKnown ? (SCREENS[name] || today)(decodeURIComponent(id)) : about("new");
  render(frame(here, view), root);
  const place = `${here}/${id}`;
  // Who listens, or reads with large letters, is where the new screen begins.
  if (shown && shown !== place) {
    scrollTo(0, 0);
    const title = /** @type {HTMLElement | null} */ (root.querySelector("h1"));
    if (title) title.focus();
  }
  shown = place;
  if (followed) tellThatSheCame();
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href^='#/']") : null;
  if (!link) return;
  event.preventDefault();
  go(/** @type {string} */ (link.getAttribute("href")));
});
// What is missing in a form is said in her language, and not in the browser's.
document.addEventListener("invalid", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  field.setCustomValidity("");
  if (!field.validity.valid) field.setCustomValidity(t(field.validity.valueMissing ? "missing" : "not_right"));
}, true);
for (const name of ["input", "click"]) document.addEventListener(name, saidNoMore, true);

/**
 * A field of which something is said counts as wrong until nothing is.
 * @param {Event} event
 */
function saidNoMore(event) {
  const form = event.target instanceof Element && event.target.closest("form");
  if (form) for (const field of form.querySelectorAll("input")) field.setCustomValidity("");
}

addEventListener("hashchange", draw);
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  state.installing = event;
  draw();
});

/** The code of the link of a text that she followed, until that is counted. */
let followed = new URLSearchParams(location.search).get("l");
if (followed) state.cameBy = `/app/${location.search}${location.hash}`;

/** It is counted once she is signed in, and there is a network. */
async function tellThatSheCame() {
  const code = followed;
  if (!code || !state.token || !state.isOnline) return;
  followed = null;
  state.cameBy = "";
  const answer = await call({ method: "POST", path: `/links/${encodeURIComponent(code)}/opened/`, token: state.token }).catch((problem) => problem);
  if (answer instanceof Unreachable) followed = code;
}

/** Text becomes an address of a script here alone, and of this script alone. */
function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  const trusted = /** @type {any} */ (self).trustedTypes;
  const worker = trusted ? trusted.createPolicy("hera", { createScriptURL: () => "/app/sw.js" }).createScriptURL("") : "/app/sw.js";
  navigator.serviceWorker.register(worker, { scope: "/app/" }).catch(() => {}); // it works without, but not offline
}

if ("serviceWorker" in navigator) navigator.serviceWorker.onmessage = (said) => { if (said.data && said.data.url) location.replace(said.data.url); };
await start(draw);
if (followed) history.replaceState(null, "", `/app/${location.hash}`);
root.replaceChildren();
draw();
await refresh();
keepShell(); // after what she waits for
renewSubscription().catch(() => {});
state.canSubscribe = push.isPossible() && !(await push.isOn());
draw();
