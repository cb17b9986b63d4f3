// What she sees: what was last known, with what she entered since and the server does not have yet. Pure functions.

import { days, later } from "./dates.js";

/** @param {Known} known @param {Entry[]} entries @returns {Child[]} */
export function children(known, entries) {
  const waiting = entries.filter((one) => one.refused === undefined);
  const fates = new Map(waiting.filter((one) => ["end_child", "undo_child"].includes(one.kind)).map((one) => [one.about.id, one.kind]));
  /** @param {Child} child */
  const corrected = (child) => Object.assign({}, child, ...waiting.filter((one) => one.kind === "edit_child" && one.about.id === child.id).map((one) => one.body));
  const added = waiting.filter((one) => one.kind === "child").map((one) => ({ id: one.key, past_vaccinations: [], ...one.body, isWaiting: true }));
  const told = new Map(waiting.filter((one) => ["end_pregnancy", "undo_pregnancy"].includes(one.kind)).map((one) => [one.about.id, one]));
  const born = [...told.values()].flatMap((one) => ((one.body && one.body.children) || [])
    .map((/** @type {Child} */ child, /** @type {number} */ place) => ({ ...child, id: `${one.key}.${place}`, past_vaccinations: [], isWaiting: true })));
  return [...(known.children || []).map(corrected), ...added, ...born].filter((child) => fates.get(child.id) !== "end_child");
}

/**
 * What somebody told that is other than it was: the rest stays as others have told it meanwhile.
 * @param {Record<string, any>} told @param {Record<string, any>} before
 */
export function changed(told, before) {
  return Object.fromEntries(Object.entries(told).filter(([name, value]) => value !== before[name]));
}

const LAST_WEEK = 43; // in which the server plans a visit
const YEAR = "2026".length;
const RUNS_ON = 28; // days after the date on which the baby was expected, as the server has it

/**
 * The running one. Of one whose end nobody told it is asked for a while, and then it runs no more.
 * @param {Known} known @param {Entry[]} entries @param {string} today @returns {Pregnancy | null}
 */
export function pregnancy(known, entries, today) {
  const running = (known.pregnancies || []).find((one) => !one.estimated_delivery_date || later(one.estimated_delivery_date, RUNS_ON) >= today) || null;
  let shown = running;
  for (const one of entries.filter((one) => one.refused === undefined)) {
    if (one.kind === "end_pregnancy") shown = null;
    if (one.kind === "undo_pregnancy") shown = running;
    if (one.kind !== "pregnancy") continue;
    const isOfVisitsAlone = !("declared_pregnancy_week" in one.body);
    shown = shown && isOfVisitsAlone ? { ...shown, ...one.body }
      : { ...shown, estimated_start_date: null, estimated_delivery_date: null, id: one.key, ...one.body, isWaiting: true };
  }
  return shown;
}

const AGREE_WITHIN = 14; // days by which a week, begun or completed, may differ from what a date says, as the server has it

/**
 * By a date, in which week she is, where that cannot be the week that she tells as well.
 * @param {number} told @param {string} period the first day of her last period @param {string} today @returns {number | null} null where both may be right
 */
export function otherWeek(told, period, today) {
  const lived = days(period, today);
  return Math.abs(lived - 7 * told) > AGREE_WITHIN ? Math.max(1, Math.ceil(lived / 7)) : null;
}

/**
 * In which week she is: weeks from the start, rounded up, as the server counts those of its visits.
 * @param {Pregnancy} pregnancy @param {string} today @returns {number | null} null if that is not known, or cannot be
 */
export function week(pregnancy, today) {
  const told = pregnancy.declared_pregnancy_week;
  const start = pregnancy.estimated_start_date || pregnancy.declared_date_of_last_menstrual_period || (told && later(pregnancy.declared_on || today, -7 * told));
  const count = start ? Math.ceil(days(start, today) / 7) : 0;
  return count > 0 && count <= LAST_WEEK ? count : null;
}

export const AFTER_BIRTH = "postnatal_checkup"; // a visit of mother and child after a birth

/**
 * The calendar, with how each visit stands.
 * @param {Known} known @param {Entry[]} entries @param {string} today @returns {Visit[]}
 */
export function visits(known, entries, today) {
  const hers = new Set(children(known, entries).map((one) => one.id));
  const expects = pregnancy(known, entries, today) !== null;
  /** @param {CalendarEvent} event */
  const isHers = (event) => (event.event_type === "vaccination" ? hers.has(/** @type {number} */ (event.child_id)) : event.event_type === AFTER_BIRTH ? stays(event) : expects);
  const waiting = entries.filter((one) => one.refused === undefined);
  const undone = new Set(waiting.filter((one) => one.kind === "undose").map((one) => one.about.made));
  const ticked = new Set(waiting.filter((one) => one.kind === "dose" && !undone.has(one.key)).map((one) => doseKey(one.about.child, one.body.vaccine_dose)));
  const taken = new Set(waiting.filter((one) => one.kind === "undose").map((one) => doseKey(one.about.child, one.about.dose)));
  const unticked = new Set(waiting.filter((one) => one.kind === "undose" && one.about.vaccine).map((one) => doseKey(one.about.child, one.about.vaccine)));
  const missing = new Set(waiting.filter((one) => one.kind === "missing").flatMap((one) => one.body.doses.map((/** @type {number} */ dose) => doseKey(one.about.child, dose))));
  const names = new Map((known.vaccines || []).map((one) => [one.name, one.id]));
  // As the server has it: not after the end of a child of the birth, nor of a birth that she takes back.
  const stays = (/** @type {CalendarEvent} */ event) => (event.child_ids || []).every((one) => hers.has(one))
    && !waiting.some((one) => one.kind === "undo_pregnancy" && one.about.id === event.pregnancy_id);
  const shown = [];
  for (const event of [...(known.calendar || []), ...(known.afterBirth || [])]) {
    if (!isHers(event)) continue;
    const child = /** @type {number} */ (event.child_id);
    const doses = event.dose_ids || [];
    const isTicked = doses.length > 0 && doses.every((dose) => ticked.has(doseKey(child, dose)) || (had(known, child, dose) && !taken.has(doseKey(child, dose)))) && doses.some((dose) => ticked.has(doseKey(child, dose)));
    const isTaken = doses.some((dose) => taken.has(doseKey(child, dose)) && !ticked.has(doseKey(child, dose)))
      || doses.some((dose) => missing.has(doseKey(child, dose)) && !ticked.has(doseKey(child, dose)))
      || (event.vaccine_names || []).some((name) => unticked.has(doseKey(child, /** @type {number} */ (names.get(name)))));
    const isGiven = isTicked || (!isTaken && isKnownGiven(known, event, names, today));
    const isAssumed = isGiven && !isTicked && event.status === "given" && !isOnRecord(known, event, names);
    const isLate = !isGiven && (event.status ? event.status === "overdue" : event.event_type === "vaccination" && later(event.date, 14) < today);
    shown.push({ ...event, isGiven, isAssumed, isLate, isWaiting: isTaken || doses.some((dose) => ticked.has(doseKey(child, dose))) });
  }
  return shown;
}

/**
 * Whether a visit is planned in the place of one that was missed: later, for the same doses.
 * @param {Visit} other @param {Visit} one
 */
export function takesThePlace(other, one) {
  return one.event_type === "vaccination" && !one.isGiven && !other.isGiven && other.child_id === one.child_id && other.date > one.date
    && (one.dose_ids || []).every((dose) => (other.dose_ids || []).includes(dose));
}

/** @param {number | string} child @param {number} dose */
function doseKey(child, dose) {
  return `${child}/${dose}`;
}

/** @param {Known} known @param {number} child @param {number} dose */
function had(known, child, dose) {
  return standing(known, child).some((one) => one.vaccine_dose === dose);
}

/**
 * The records of a child that stand for a dose: not those of a campaign, nor of a day that cannot be.
 * @param {Known} known @param {number} child @returns {Dose[]}
 */
function standing(known, child) {
  return ((known.doses || {})[child] || []).filter((one) => one.stands !== false);
}

/**
 * Whether somebody told of what a country's pack takes as given: by dose, by vaccine, or by the day of a record that is of the
 * visit, or of no dose that the calendar has, such as another country's product.
 * @param {Known} known @param {CalendarEvent} event @param {Map<string, number>} names
 */
function isOnRecord(known, event, names) {
  const told = standing(known, Number(event.child_id));
  const ticks = told.filter((one) => one.vaccine_dose === null).map((one) => one.vaccine);
  return (event.dose_ids || []).every((dose) => told.some((one) => one.vaccine_dose === dose))
    || (event.vaccine_names || []).some((name) => names.has(name) && ticks.includes(/** @type {number} */ (names.get(name))))
    || told.some((one) => one.date !== null && one.date.length > YEAR && event.date.startsWith(one.date)
      && ((event.dose_ids || []).includes(Number(one.vaccine_dose)) || !(known.calendar || []).some((other) => other.child_id === event.child_id && (other.dose_ids || []).includes(Number(one.vaccine_dose)))));
}

/**
 * The doses that a child had, by its records and what waits to be sent.
 * @param {Known} known @param {Entry[]} entries @param {number} child @returns {Dose[]}
 */
export function doses(known, entries, child) {
  const waiting = entries.filter((one) => one.refused === undefined && one.about && one.about.child === child);
  const made = waiting.filter((one) => one.kind === "dose");
  const back = waiting.filter((one) => one.kind === "undose").map((one) => one.about);
  const ofRecords = back.filter((about) => !made.some((one) => one.key === about.made));
  const isBack = (/** @type {Dose} */ dose) => ofRecords.some((about) => about.dose === dose.vaccine_dose && (about.dose !== null || about.vaccine === dose.vaccine));
  const told = made.filter((one) => !back.some((about) => about.made === one.key));
  return [
    ...((known.doses || {})[child] || []).filter((one) => !isBack(one)),
    ...told.map((one) => ({ id: one.key, vaccine: null, product: "", text: "", source: "mother", ...one.body, isWaiting: true })),
  ];
}

/**
 * The days on which doses of a visit were given, as far as they are known.
 * @param {Known} known @param {Entry[]} entries @param {CalendarEvent} visit @returns {string[]} `2026-03-09`, or less of it
 */
export function daysGiven(known, entries, visit) {
  const had = doses(known, entries, Number(visit.child_id)).filter((one) => one.stands !== false && one.vaccine_dose !== null && (visit.dose_ids || []).includes(one.vaccine_dose));
  return [...new Set(had.flatMap((one) => one.date || []))].sort();
}

/**
 * A dose of the programme by its id.
 * @param {Known} known @param {number | null} dose
 */
export function doseOf(known, dose) {
  return (known.vaccineDoses || []).find((one) => one.id === dose);
}

/**
 * The doses of a visit of which nobody has told that they were given.
 * @param {Known} known @param {Entry[]} entries @param {CalendarEvent} visit
 */
export function left(known, entries, visit) {
  const told = new Set(doses(known, entries, Number(visit.child_id)).filter((one) => one.stands !== false).map((one) => one.vaccine_dose));
  return (visit.dose_ids || []).filter((dose) => !told.has(dose));
}

/**
 * The vaccine that a child would have had twice on a day; a vaccine is given once.
 * @param {Known} known @param {Entry[]} entries @param {number} child @param {number[]} given doses to be told @param {string | null} day
 */
export function twiceOn(known, entries, child, given, day) {
  const told = doses(known, entries, child).filter((one) => one.stands !== false && day !== null && one.date === day && !given.includes(Number(one.vaccine_dose)));
  const seen = new Set(told.map((one) => (doseOf(known, one.vaccine_dose) || { vaccine: one.vaccine }).vaccine));
  for (const dose of day === null ? [] : given) {
    const one = doseOf(known, dose);
    if (one && seen.has(one.vaccine)) return one.vaccine_name;
    if (one) seen.add(one.vaccine);
  }
  return null;
}

const HERS = ["mother", "survey", "tick"]; // sources of what she told herself, in whatever way

/**
 * The records of a visit's doses that are hers to take back: not those of the health centre, and not hers where it has one, too.
 * @param {Known} known @param {Entry[]} entries @param {CalendarEvent} visit @returns {Dose[]}
 */
export function hers(known, entries, visit) {
  const wanted = visit.dose_ids || [];
  const vaccines = (known.vaccines || []).filter((one) => (visit.vaccine_names || []).includes(one.name)).map((one) => one.id);
  const had = doses(known, entries, Number(visit.child_id));
  const isOthers = (/** @type {number} */ dose) => had.some((one) => one.vaccine_dose === dose && !HERS.includes(one.source));
  return had.filter((one) => HERS.includes(one.source) && (one.vaccine_dose === null
    ? one.vaccine !== null && vaccines.includes(one.vaccine) && !wanted.every(isOthers)
    : wanted.includes(one.vaccine_dose) && (one.isWaiting || !isOthers(one.vaccine_dose))));
}

/** @param {Dose} dose */
export function isHers(dose) {
  return HERS.includes(dose.source);
}

/**
 * The card to show: a row for each dose that is planned, by its day, and for each record that is of none of them.
 * @param {Known} known @param {Entry[]} entries @param {Child} child @param {Visit[]} shown its visits @returns {CardRow[]}
 */
export function cardRows(known, entries, child, shown) {
  const told = doses(known, entries, Number(child.id));
  // Of a campaign the server says nothing else than that it stands for no dose.
  const asked = (/** @type {Dose} */ one) => (one.campaign ? one.date !== null && one.date < child.date_of_birth.slice(0, one.date.length) : one.stands === false);
  /** @type {Map<number, Visit>} of two visits for a dose the one at which it was given, else the later one */
  const planned = new Map();
  for (const visit of shown) for (const dose of visit.dose_ids || []) if (visit.isGiven || !(planned.get(dose) || visit).isGiven) planned.set(dose, visit);
  const rows = [...planned].map(([dose, visit]) => {
    const records = told.filter((one) => one.vaccine_dose === dose && !one.campaign);
    const given = records.filter((one) => !asked(one)), asks = records.filter(asked);
    const isOpen = given.length === 0 && asks.length === 0;
    return { dose, visit, given, asks, isAssumed: isOpen && visit.isAssumed, isGiven: given.length > 0 || (isOpen && visit.isGiven && !visit.isAssumed) };
  });
  const others = told.filter((one) => one.campaign || (one.vaccine_dose === null ? one.vaccine === null : !planned.has(one.vaccine_dose)));
  return [
    ...rows.sort((one, other) => (one.visit.date < other.visit.date ? -1 : one.visit.date > other.visit.date ? 1 : 0)),
    ...others.map((one) => ({ dose: one.vaccine_dose, of: one, given: asked(one) ? [] : [one], asks: asked(one) ? [one] : [], isAssumed: false, isGiven: !asked(one) })),
  ];
}

/**
 * By the server's word; where the country has no pack, by the doses and the ticks that it lists.
 * @param {Known} known @param {CalendarEvent} event @param {Map<string, number>} names @param {string} today
 */
function isKnownGiven(known, event, names, today) {
  if (event.event_type !== "vaccination") return false;
  if (event.status) return event.status === "given";
  const child = /** @type {number} */ (event.child_id);
  const doses = event.dose_ids || [];
  if (doses.length > 0 && doses.every((dose) => had(known, child, dose))) return true;
  const whose = (known.children || []).find((one) => one.id === child);
  const ticks = whose ? whose.past_vaccinations : [];
  return event.date <= today && (event.vaccine_names || []).every((name) => ticks.includes(/** @type {number} */ (names.get(name))));
}

/**
 * What comes next: two that are late, and then by date. Those of more than half a year are not next, and a visit that was
 * missed gives way to the one that is planned in its place.
 * @param {Visit[]} shown @param {string} today
 */
export function next(shown, today) {
  const open = shown.filter((one) => !one.isGiven && one.date <= later(today, 183));
  const isStill = (/** @type {Visit} */ one) => (one.event_type === "vaccination" ? one.isLate || one.date >= later(today, -60) : (one.latest || later(one.date, 14)) >= today);
  const isReplaced = (/** @type {Visit} */ one) => open.some((other) => takesThePlace(other, one));
  const left = open.filter((one) => isStill(one) && !isReplaced(one)).sort((one, other) => (one.date < other.date ? -1 : 1));
  return [...left.filter((one) => one.isLate).slice(0, 2), ...left.filter((one) => !one.isLate)];
}

/**
 * Those that wait for her answer.
 * @param {Known} known @param {Entry[]} entries
 */
export function questions(known, entries) {
  const answered = new Set(entries.filter((one) => one.kind === "survey").map((one) => one.about.id));
  const hers = new Set(children(known, entries).map((one) => String(one.id)));
  const running = pregnancy(known, entries, ""); // she is asked about one that runs no more, too
  return (known.surveys || []).filter((one) => !answered.has(one.id)
    && (!one.context.child_id || hers.has(one.context.child_id)) && (!one.context.pregnancy_id || running !== null));
}

/** @param {Known} known @param {Entry[]} entries @returns {Notice[]} */
export function notices(known, entries) {
  const read = entries.filter((one) => one.kind === "read").map((one) => (one.body ? one.body.until : one.at)).sort().pop() || "";
  return (known.notices || []).map((one) => (one.read_at || one.created_at <= read ? { ...one, read_at: one.read_at || read } : one));
}

/** @param {Known} known @param {Entry[]} entries @returns {Profile | null} */
export function profile(known, entries) {
  const changes = entries.filter((one) => one.kind === "profile" && one.refused === undefined).map((one) => one.body);
  if (!known.profile && changes.length === 0) return null;
  return Object.assign({}, known.profile, ...changes);
}

/** @param {Known} known @param {Entry[]} entries @returns {Record<string, boolean>} */
export function channels(known, entries) {
  return Object.assign({}, known.channels, ...entries.filter((one) => one.kind === "channels" && one.refused === undefined).map((one) => one.body));
}
