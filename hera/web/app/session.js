// Who is signed in on this phone, what is known of her, and every way in which that changes.

import { Busy, call, Refused, SignedOut, Unreachable } from "./api.js";
import { everything } from "./lists.js";
import * as outbox from "./outbox.js";
import * as push from "./push.js";
import * as store from "./store.js";
import { load, ofPhone, t } from "./words.js";

/** @type {State} */
export const state = {
  language: "en", token: null, userId: null, known: {}, entries: [], isOnline: navigator.onLine, isBusy: false, isLoading: false, isLeaving: false, keepsNothing: false, cameBy: "", asked: {}, says: "", installing: null, canSubscribe: false,
};
const SOON = 20000, LATER = 640000; // milliseconds until what waits is tried again; a busy server has twice as long each time
const OF_A_CODE = 600000; // milliseconds for which a code by SMS is good
const SETTLED = 60000; // milliseconds after which the server has done, or not done, what it was asked
const GOODBYE = 5000; // milliseconds that the server has to be told of a sign-out
const tabs = typeof BroadcastChannel === "function" ? new BroadcastChannel("hera") : null;

let draw = () => {};
/** @type {Entry[]} those that the server has and the lists do not show yet */
let justSent = [];
/** @type {Promise<void> | null} */
let refreshing = null;
let isWantedAgain = false;
let isToldFull = false;
let pause = SOON;
/** @type {Promise<void> | null} */
let leaving = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

// Where the page begins anew once she and all her data are erased: it says so, once.
const ERASED = "/app/?erased";

/** @param {() => void} render called whenever something changed */
export async function start(render) {
  draw = render;
  const kept = await Promise.all([store.all("me"), store.all("known"), store.entries()]).catch(() => null);
  const [me, known] = kept || [/** @type {Record<string, any>} */ ({}), {}];
  state.keepsNothing = !kept;
  state.token = me.token || null;
  state.userId = me.userId || null;
  state.language = me.language || ofPhone(navigator.languages) || document.documentElement.lang || "en";
  state.known = known;
  state.asked = me.asked && me.asked.until > Date.now() ? me.asked : {};
  if (kept && me.asked && !state.asked.until) await store.keep("me", { asked: null }).catch(full);
  // Where hers cannot be had now, those that came with the page.
  await load(state.language).catch(() => {
    state.language = document.documentElement.lang;
    return load(state.language);
  });
  if (location.search === "?erased") {
    history.replaceState(null, "", "/app/");
    if (!state.token) state.says = t("erased");
  }
  if (kept) await readEntries();
  if (tabs) tabs.onmessage = (said) => { if (said.data === "signed out" || said.data === "signed in") location.replace("/app/"); else refresh(); };
  addEventListener("online", () => refresh());
  addEventListener("offline", () => { state.isOnline = false; draw(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
}

/** What she sees is made of: what waits, and what has just been sent. */
async function readEntries() {
  const before = state.entries;
  const kept = await store.entries();
  const keys = new Set(kept.map((one) => one.key));
  justSent.push(...before.filter((one) => !keys.has(one.key) && one.refused === undefined && !justSent.includes(one)));
  state.entries = [...justSent.filter((one) => !keys.has(one.key)), ...kept];
}

/** Those that the server does not have. */
export function waiting() {
  return state.entries.filter((one) => one.refused === undefined && !justSent.includes(one));
}

/**
 * Keep what she entered, and send it as soon as that can be.
 * @param {...Entry} made
 * @returns {Promise<boolean>} whether it is kept; she is told if it is not
 */
export async function enter(...made) {
  try {
    if (!await store.addEntries(made, state.token)) {
      location.replace("/app/");
      return false;
    }
  } catch {
    say(t("phone_full"));
    return false;
  }
  await readEntries();
  draw();
  refresh();
  return true;
}

/**
 * She has read why it was refused.
 * @param {Entry} entry
 */
export async function dismiss(entry) {
  await store.removeEntry(entry);
  state.entries = state.entries.filter((one) => one.key !== entry.key);
  draw();
}

/**
 * A code by SMS is on its way. It is kept for as long as the code is good: the browser may drop the page while she reads it.
 * @param {Asked} asked empty where she does not wait for one any more
 */
export async function expectCode(asked) {
  state.asked = { ...asked, until: Date.now() + OF_A_CODE };
  await store.keep("me", { asked: state.asked }).catch(full);
}

/**
 * Who listens is told of a field that has come, and types there.
 * @param {string} id
 */
export function lead(id) {
  const field = document.getElementById(id);
  if (field) field.focus();
}

/** @param {string} text */
export function say(text) {
  state.says = text;
  draw();
}

/**
 * To a screen. The page has one entry in the browser's history, which hiding replaces.
 * @param {string} address
 */
export function go(address) {
  history.replaceState(null, "", address);
  say("");
}

/**
 * Send what waits, then ask for everything anew.
 * @returns {Promise<void>}
 */
export function refresh() {
  if (!state.token) return Promise.resolve();
  if (refreshing) {
    isWantedAgain = true;
    return refreshing;
  }
  refreshing = refreshNow().finally(() => {
    refreshing = null;
    if (isWantedAgain) {
      isWantedAgain = false;
      refresh();
    }
  });
  return refreshing;
}

async function refreshNow() {
  clearTimeout(timer);
  const token = /** @type {string} */ (state.token);
  const began = Date.now();
  state.isLoading = true;
  if (state.known.asOf) draw();
  let isBusy = false;
  try {
    await outbox.send(token, () => { readEntries().then(draw, () => {}); }).catch((problem) => {
      if (problem instanceof Busy) isBusy = true; // one entry does not keep her from seeing what is new
      else full(problem);
    });
    await readEntries();
    const covered = new Set(justSent);
    const known = await everything(token, state.known);
    const me = await store.all("me");
    if (state.token !== token || me.token !== token) return; // she has signed out meanwhile, here or elsewhere
    Object.assign(state.known, known);
    justSent = justSent.filter((one) => !covered.has(one));
    state.entries = state.entries.filter((one) => !covered.has(one));
    Object.assign(state, { isOnline: true, isBusy });
    if (isBusy) again();
    else pause = SOON;
    await store.keep("known", known).catch(full);
    if (me.erasing && began - me.erasing > SETTLED) await store.keep("me", { erasing: null }).catch(full);
    await inHerLanguage();
  } catch (problem) {
    if (state.token !== token) return;
    if (problem instanceof SignedOut) await forgetToken(token);
    else if (problem instanceof Unreachable) {
      Object.assign(state, { isOnline: problem instanceof Busy, isBusy: problem instanceof Busy });
      if (state.isBusy) again();
      else timer = setTimeout(refresh, SOON);
    } else if (!(problem instanceof Refused)) full(problem);
  } finally {
    state.isLoading = false;
    draw();
  }
}

/** What a busy server could not do is asked for again, each time later. */
function again() {
  timer = setTimeout(refresh, pause);
  pause = Math.min(2 * pause, LATER);
}

/**
 * A phone without room shows what came, and what it could not write down is sent again with the same key. She is told once.
 * @param {unknown} problem what sending or keeping failed with
 */
function full(problem) {
  if (state.keepsNothing) return;
  if (!(problem instanceof DOMException)) throw problem;
  if (isToldFull || !state.token) return;
  isToldFull = true;
  say(t("not_kept"));
}

/** A language that she chose on another phone is hers here, too. */
async function inHerLanguage() {
  const chosen = state.known.profile && state.known.profile.language_code;
  if (chosen && chosen !== state.language && !waiting().some((one) => one.kind === "profile")) await speak(chosen);
}

/**
 * @param {string} language
 * @returns {Promise<boolean>} whether its words could be had; she is told if not
 */
export async function speak(language) {
  try {
    await load(language);
  } catch {
    say(t("no_network"));
    return false;
  }
  state.language = language;
  await store.keep("me", { language }).catch(full);
  draw();
  return true;
}

/**
 * What the server answered to her code.
 * @param {{token: string, user_id: number}} answer
 */
export async function signedIn(answer) {
  state.asked = {}; // a code is good once
  let isAnother = false;
  try {
    const before = await store.all("me");
    isAnother = Boolean(before.userId) && before.userId !== answer.user_id;
    if (isAnother) {
      await forgetPerson(false);
      await push.end().catch(() => {}); // what this browser was to be told was told to somebody else
    }
    await store.keep("me", { token: answer.token, userId: answer.user_id, language: state.language, erasing: null, asked: null });
  } catch {
    return say(t("phone_full"));
  }
  if (tabs) tabs.postMessage("signed in"); // they were somebody else's, or nobody's
  // What the page remembers, its address too, was somebody else's; but a link that she followed herself.
  if (isAnother) return location.replace(state.cameBy || "/app/");
  state.token = answer.token;
  state.userId = answer.user_id;
  state.says = "";
  await refresh();
  await renewSubscription().catch(() => {});
}

/**
 * The server does not know this phone any more: nothing is shown until she signs in; what waits is kept for her.
 * @param {string | null} token the one that it does not know; another window may have a new one by now
 */
async function forgetToken(token) {
  const me = await store.all("me");
  if ((me.token || null) !== token) return location.replace("/app/");
  if (me.erasing) return signOut(ERASED);
  await store.keep("me", { token: null }).catch(full);
  state.token = null;
  state.says = t("signed_out");
}

/**
 * Nothing of her stays on this phone.
 * @param {boolean} forGood
 */
async function forgetPerson(forGood) {
  await store.wipe(forGood);
  state.known = {};
  state.entries = [];
  justSent = [];
}

/**
 * The page is emptied and this phone forgets her, first; then the server forgets the phone, if it can be reached soon.
 * @param {string} where the page that begins anew
 * @returns {Promise<void>}
 */
export function signOut(where = "/app/") {
  leaving = leaving || leave(where);
  return leaving;
}

/** @param {string} where */
async function leave(where) {
  const { token } = state;
  state.token = null;
  state.isLeaving = true;
  say("");
  let me;
  try {
    me = await store.all("me");
    await forgetPerson(true);
  } catch {
    Object.assign(state, { token, isLeaving: false });
    leaving = null;
    return say(t("not_done"));
  }
  if (tabs) tabs.postMessage("signed out");
  // What the worker keeps is the app's own files, nobody's: the next one can sign in, or read that there is no network.
  const told = Promise.all([push.end(), tellServer(token, me.subscription)]).catch(() => {});
  await Promise.race([told, new Promise((done) => setTimeout(done, GOODBYE))]);
  location.replace(where);
}

/** @param {string | null} token @param {number | undefined} subscription */
async function tellServer(token, subscription) {
  if (!token) return;
  if (subscription !== undefined) await call({ method: "DELETE", path: `/web_push/subscriptions/${subscription}/`, token }).catch(() => {});
  const phones = await call({ path: "/users/me/sessions/", token });
  const here = phones.find((/** @type {{is_current: boolean}} */ one) => one.is_current);
  if (here) await call({ method: "DELETE", path: `/users/me/sessions/${here.id}/`, token });
}

/**
 * A call that wants the network at once: its answer, or undefined after she was told why not.
 * @param {{method?: string, path: string, body?: any, asText?: boolean}} wanted
 */
export async function ask(wanted) {
  state.says = "";
  try {
    const answer = await call({ ...wanted, token: state.token, language: state.language });
    return answer === null ? {} : answer;
  } catch (problem) {
    await failed(problem);
    return undefined;
  }
}

/** @param {unknown} problem */
async function failed(problem) {
  if (problem instanceof SignedOut) {
    await forgetToken(state.token);
    draw();
  } else say(why(problem));
}

/**
 * What she is told of a call that did not work.
 * @param {unknown} problem
 */
export function why(problem) {
  if (problem instanceof Refused) return problem.message || t("not_done");
  return t(problem instanceof Busy ? "busy" : "no_network");
}

/**
 * She and all her data are erased. The answer may be lost on the way: a mark is kept, by which a phone that the server does
 * not know any more forgets her, too.
 * @param {string} secret the code from the SMS
 */
export async function erase(secret) {
  const { token, language } = state;
  state.says = "";
  const before = await store.all("me").catch(() => null);
  try {
    await store.keep("me", { erasing: Date.now() }).catch(full);
    await call({ method: "DELETE", path: "/users/me/", body: { secret }, token, language });
  } catch (problem) {
    // A phone that was signed out before it asked has erased nothing; one that asks once more may have.
    if (problem instanceof Refused || (problem instanceof SignedOut && !(before && before.erasing))) await store.keep("me", { erasing: null }).catch(full);
    return failed(problem);
  }
  await signOut(ERASED);
}

/** She gets her reminders as notifications of this browser. */
export async function subscribe() {
  const made = await push.begin(/** @type {string} */ (state.known.webPush)).catch(() => null);
  if (!made) return say(t("notifications_refused"));
  const answer = await ask({ method: "POST", path: "/web_push/subscriptions/", body: made });
  if (!answer) return;
  await store.keep("me", { subscription: answer.id, subscribedWith: state.token }).catch(full);
  state.canSubscribe = false;
  say(t("notifications_on"));
}

/**
 * A browser that was switched on is told to the server anew after each sign-in, and once the server has another key: with
 * the session of before, the server has forgotten it.
 */
export async function renewSubscription() {
  const { token, known } = state;
  if (!token || !known.webPush || !await push.isOn()) return;
  const isNew = await push.hasOtherKey(known.webPush);
  if (!isNew && (await store.all("me")).subscribedWith === token) return;
  if (isNew) await push.end();
  const made = await push.begin(known.webPush);
  const answer = made && await call({ method: "POST", path: "/web_push/subscriptions/", body: made, token });
  if (answer) await store.keep("me", { subscription: answer.id, subscribedWith: token });
}
