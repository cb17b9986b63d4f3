// What the server knows of her.

import { call, Refused, UNCHANGED } from "./api.js";
import * as push from "./push.js";

/**
 * All lists, at once. What this phone has as it is does not come again: its tag is sent, and nothing else comes back.
 * @param {string} token @param {Known} known what it has @returns {Promise<Known>}
 */
export async function everything(token, known) {
  /** @param {string} path */
  const get = (path) => call({ path, token });
  /** @type {Record<string, string>} */
  const tags = { ...known.tags };
  /**
   * @param {string} path @param {any} had what is known of it
   */
  const list = async (path, had) => {
    const onTag = (/** @type {string | null} */ tag) => { if (tag) tags[path] = tag; else delete tags[path]; };
    const answer = await call({ path, token, tag: had === undefined ? undefined : tags[path], onTag });
    return answer === UNCHANGED ? had : answer;
  };
  /**
   * Where there may be none.
   * @param {string} path
   */
  const perhaps = (path) => get(path).catch((problem) => { if (problem instanceof Refused) return null; throw problem; });
  const [me, profiles, children, pregnancies, calendar, afterBirth, notices, surveys, channels, center, vaccines, vaccineDoses, webPush] = await Promise.all([
    list("/users/me/", known.me), get("/user_profiles/"), list("/children/", known.children), list("/pregnancies/", known.pregnancies),
    list("/calendar_events/", known.calendar), list("/visits_after_birth/", known.afterBirth), list("/notification_events/", known.notices),
    list("/surveys/pending/", known.surveys), get("/users/me/channels/"), get("/users/me/center/"), list("/vaccines/", known.vaccines),
    list("/vaccine_doses/", known.vaccineDoses), push.isPossible() ? perhaps("/web_push/") : null,
  ]);
  const doses = await Promise.all(children.map((/** @type {Child} */ child) => get(`/children/${child.id}/doses/`)));
  return {
    me, profile: profiles[0] || null, children, pregnancies, calendar, afterBirth, notices, surveys, channels, center: center.center, vaccines, vaccineDoses,
    webPush: webPush ? webPush.public_key : null,
    doses: Object.fromEntries(children.map((/** @type {Child} */ child, /** @type {number} */ place) => [child.id, doses[place]])),
    tags, asOf: new Date().toISOString(),
  };
}
