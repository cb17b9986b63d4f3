// Days as she reads them: names and numerals of her language, the calendar of the health card.

/** @type {Record<string, string>} */
const LOCALES = {
  en: "en-GB", tr: "tr", ar: "ar-u-nu-arab-ca-gregory", ps: "ps-u-nu-arabext-ca-gregory", prs: "fa-AF-u-nu-arabext-ca-gregory",
};
const DAY = 86400000;

/** @param {string} language */
function locale(language) {
  return LOCALES[language] || "en-GB";
}

/**
 * A calendar day as a moment that is that day everywhere `UTC` is told.
 * @param {string} day `2026-03-09`
 */
function noon(day) {
  return new Date(`${day}T12:00:00Z`);
}

/** @param {string} day @param {string} language @returns {string} `Monday, 9 March 2026` */
export function long(day, language) {
  return new Intl.DateTimeFormat(locale(language), { timeZone: "UTC", weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(noon(day));
}

/**
 * A date of which perhaps only the year or the month is known.
 * @param {string} day @param {string} language
 */
export function short(day, language) {
  if (day.length === 4) return new Intl.NumberFormat(locale(language), { useGrouping: false }).format(Number(day));
  if (day.length === 7) return new Intl.DateTimeFormat(locale(language), { timeZone: "UTC", month: "long", year: "numeric" }).format(noon(`${day}-01`));
  return new Intl.DateTimeFormat(locale(language), { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" }).format(noon(day));
}

/**
 * Its parts, to be shown large; with the month the year, where it is another than today's.
 * @param {string} day @param {string} from today @param {string} language
 */
export function parts(day, from, language) {
  /** @param {Intl.DateTimeFormatOptions} shown */
  const shown = (shown) => new Intl.DateTimeFormat(locale(language), { timeZone: "UTC", ...shown }).format(noon(day));
  return { day: number(Number(day.slice(8)), language), month: shown({ month: "long", ...(day.slice(0, 4) === from.slice(0, 4) ? {} : { year: "numeric" }) }), weekday: shown({ weekday: "long" }) };
}

/** @param {number} count @param {string} language */
export function number(count, language) {
  return new Intl.NumberFormat(locale(language), { useGrouping: false }).format(count);
}

/**
 * Today where she lives.
 * @param {string | undefined} zone @returns {string} `2026-03-09`
 */
export function today(zone) {
  /** @param {string | undefined} timeZone */
  const read = (timeZone) => new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date());
  try {
    return read(zone || undefined);
  } catch {
    return read(undefined); // a zone that this phone does not know
  }
}

/** @param {string} day @param {number} days */
export function later(day, days) {
  return new Date(noon(day).getTime() + days * DAY).toISOString().slice(0, 10);
}

/**
 * How many days lie between two days.
 * @param {string} from @param {string} day
 */
export function days(from, day) {
  return Math.round((noon(day).getTime() - noon(from).getTime()) / DAY);
}

/**
 * Today, tomorrow, in three days, two weeks ago, in thirteen years.
 * @param {string} day @param {string} from @param {string} language
 */
export function far(day, from, language) {
  const apart = days(from, day);
  const told = new Intl.RelativeTimeFormat(locale(language), { numeric: "auto" });
  if (Math.abs(apart) < 14) return told.format(apart, "day");
  if (Math.abs(apart) < 60) return told.format(Math.round(apart / 7), "week");
  return Math.abs(apart) < 730 ? told.format(Math.round(apart / 30.4), "month") : told.format(Math.round(apart / 365.25), "year");
}

/**
 * How long ago a moment was.
 * @param {string} moment ISO @param {string} language
 */
export function ago(moment, language) {
  const minutes = Math.round((Date.parse(moment) - Date.now()) / 60000);
  const told = new Intl.RelativeTimeFormat(locale(language), { numeric: "auto" });
  if (minutes > -60) return told.format(Math.min(minutes, 0), "minute");
  if (minutes > -2880) return told.format(Math.round(minutes / 60), "hour");
  return told.format(Math.round(minutes / 1440), "day");
}

/**
 * How old a child is.
 * @param {string} born @param {string} from @param {string} language
 */
export function age(born, from, language) {
  const lived = days(born, from);
  /** @param {number} value @param {string} unit */
  const told = (value, unit) => new Intl.NumberFormat(locale(language), { style: "unit", unit, unitDisplay: "long" }).format(value);
  if (lived < 14) return told(Math.max(lived, 0), "day");
  if (lived < 90) return told(Math.floor(lived / 7), "week");
  return lived < 730 ? told(Math.floor(lived / 30.44), "month") : told(Math.floor(lived / 365.25), "year");
}
