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
import { ask, go, refresh, start, state } from "./session.js";
import { render } from "./vendor/preact.js";

/** @type {Record<string, (id: string) => unknown>} */
const SCREENS = { "": today, child, messages, notice, survey: question, pregnancy, about, settings };

const root = /** @type {Element} */ (document.getElementById("app"));
let shown = "";

function draw() {
  const [name, id = ""] = location.hash.replace(/^#\/?/, "").split("/");
  const isKnown = state.token && (facts.profile(state.known, state.entries) || !state.known.asOf);
  const here = !state.token ? "sign_in" : isKnown ? name : "about";
  const view = !state.token ? signIn() : isKnown ? (SCREENS[name] || today)(decodeURIComponent(id)) : about("new");
  render(frame(here, view), root);
  const place = `${here}/${id}`;
  // Who listens, or reads with large letters, is where the new screen begins.
  if (shown && shown !== place) {
    scrollTo(0, 0);
    const title = /** @type {HTMLElement | null} */ (root.querySelector("h1"));
    if (title) title.focus();
  }
  shown = place;
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[href^='#/']") : null;
  if (!link) return;
  event.preventDefault();
  go(/** @type {string} */ (link.getAttribute("href")));
});
addEventListener("hashchange", draw);
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  state.installing = event;
  draw();
});

/** The link of a text that she followed is counted, once she is signed in. */
async function tellThatSheCame() {
  const code = new URLSearchParams(location.search).get("l");
  if (!code || !state.token) return;
  history.replaceState(null, "", `/app/${location.hash}`);
  await ask({ method: "POST", path: `/links/${encodeURIComponent(code)}/opened/` });
  state.says = "";
}

/** Text becomes an address of a script here alone, and of this script alone. */
function keepShell() {
  if (!("serviceWorker" in navigator)) return;
  const trusted = /** @type {any} */ (self).trustedTypes;
  const worker = trusted ? trusted.createPolicy("hera", { createScriptURL: () => "/app/sw.js" }).createScriptURL("") : "/app/sw.js";
  navigator.serviceWorker.register(worker, { scope: "/app/" }).catch(() => {}); // it works without, but not offline
}

await start(draw);
root.replaceChildren();
draw();
await refresh();
keepShell(); // after what she waits for
await tellThatSheCame();
state.canSubscribe = push.isPossible() && !(await push.isOn());
draw();
