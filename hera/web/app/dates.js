// Days as she reads them: names and numerals of her language, the calendar of the health card.

/** @type {Record<string, string>} */
const LOCALES = { en: "en-GB", tr: "tr", ar: "ar-u-nu-arab-ca-gregory", ps: "fa-AF-u-nu-arabext-ca-gregory", prs: "fa-AF-u-nu-arabext-ca-gregory" };
/** @type {Record<string, string>} */
const DIGITS = { ar: "٠١٢٣٤٥٦٧٨٩", ps: "۰۱۲۳۴۵۶۷۸۹", prs: "۰۱۲۳۴۵۶۷۸۹" };
// Browsers know no Pashto, and not all of them Dari: their names, from January and from Sunday, as the server has them.
/** @type {Record<string, string[]>} */
const MONTHS = {
  ps: ["جنوري", "فبروري", "مارچ", "اپریل", "مۍ", "جون", "جولای", "اګست", "سېپتمبر", "اکتوبر", "نومبر", "دسمبر"],
  prs: ["جنوری", "فبروری", "مارچ", "اپریل", "می", "جون", "جولای", "اگست", "سپتمبر", "اکتوبر", "نومبر", "دسمبر"],
};
/** @type {Record<string, string[]>} */
const WEEKDAYS = {
  ps: ["يونۍ", "دونۍ", "درېنۍ", "څلرنۍ", "پينځنۍ", "جمعه", "اونۍ"],
  prs: ["یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه", "شنبه"],
};
/** @type {Record<string, string[]>} one, several ago, in several */
const PASHTO = {
  minute: ["دقیقه", "دقیقې", "دقیقو"], hour: ["ساعت", "ساعته", "ساعتونو"], day: ["ورځ", "ورځې", "ورځو"],
  week: ["اونۍ", "اونۍ", "اونیو"], month: ["میاشت", "میاشتې", "میاشتو"], year: ["کال", "کاله", "کالونو"],
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

/**
 * @param {string} day @param {string} language @param {Intl.DateTimeFormatOptions} shown
 */
function written(day, language, shown) {
  const months = MONTHS[language];
  if (!months) return new Intl.DateTimeFormat(locale(language), { timeZone: "UTC", ...shown }).format(noon(day));
  const date = [shown.day && number(Number(day.slice(8)), language), shown.month && months[Number(day.slice(5, 7)) - 1], shown.year && number(Number(day.slice(0, 4)), language)];
  return [shown.weekday && WEEKDAYS[language][noon(day).getUTCDay()], date.filter(Boolean).join(" ")].filter(Boolean).join("، ");
}

/** @param {string} day @param {string} language @returns {string} `Monday, 9 March 2026` */
export function long(day, language) {
  return written(day, language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

/**
 * A date of which perhaps only the year or the month is known.
 * @param {string} day @param {string} language
 */
export function short(day, language) {
  if (day.length === 4) return number(Number(day), language);
  if (day.length === 7) return written(`${day}-01`, language, { month: "long", year: "numeric" });
  return written(day, language, { day: "numeric", month: "long", year: "numeric" });
}

/**
 * Its parts, to be shown large; with the month the year, where it is another than today's.
 * @param {string} day @param {string} from today @param {string} language
 */
export function parts(day, from, language) {
  const year = day.slice(0, 4) === from.slice(0, 4) ? {} : /** @type {const} */ ({ year: "numeric" });
  return { day: number(Number(day.slice(8)), language), month: written(day, language, { month: "long", ...year }), weekday: written(day, language, { weekday: "long" }) };
}

/** @param {number} count @param {string} language */
export function number(count, language) {
  return digits(String(count), language);
}

/** @param {string} text @param {string} language */
function digits(text, language) {
  return DIGITS[language] ? text.replace(/\d/g, (digit) => DIGITS[language][Number(digit)]) : text;
}

const APART = /(\S*[@/]\S*|\d{4}-\d\d-\d\d|\+?\d(?:[ ()-]*\d){4,})/; // an address, a date, a number to call or a code

/**
 * What the server or staff wrote, in the numerals of her language: a sentence has one kind of them. An address, a number to
 * call, a code and a name such as PCV13 stay as they are.
 * @param {string} text @param {string} language
 */
export function inHers(text, language) {
  if (!DIGITS[language]) return text;
  /** @param {string} part */
  const apart = (part) => (/^\d{4}-\d\d-\d\d$/.test(part) && !Number.isNaN(noon(part).getTime()) ? short(part, language) : part);
  /** @param {string} part */
  const plain = (part) => part.replace(/\S+/g, (word) => (/[A-Za-z+]/.test(word) ? word : digits(word, language)));
  return text.split(APART).map((part, place) => (place % 2 ? apart(part) : plain(part))).join("");
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
 * What lies between two days: in whole days, weeks, months or years, rounded down, as an age is told.
 * @param {string} from @param {string} day not before it @returns {[number, "day" | "week" | "month" | "year"]}
 */
function between(from, day) {
  const lived = days(from, day);
  if (lived < 14) return [lived, "day"];
  if (lived < 90) return [Math.floor(lived / 7), "week"];
  const [year, month, date] = day.split("-").map(Number), [fromYear, fromMonth, fromDate] = from.split("-").map(Number);
  const months = (year - fromYear) * 12 + month - fromMonth - (date < fromDate ? 1 : 0);
  return months < 24 ? [months, "month"] : [Math.floor(months / 12), "year"];
}

/**
 * @param {number} count below zero: ago @param {"minute" | "hour" | "day" | "week" | "month" | "year"} unit @param {string} language
 */
function relative(count, unit, language) {
  if (language !== "ps") return digits(new Intl.RelativeTimeFormat(locale(language), { numeric: "auto" }).format(count, unit), language);
  if (count === 0 || (unit === "day" && Math.abs(count) === 1)) return unit === "day" ? ["پرون", "نن", "سبا"][count + 1] : "همدا اوس";
  const [one, ago, ahead] = PASHTO[unit], many = Math.abs(count), told = number(many, language);
  return count < 0 ? `${told} ${many === 1 ? one : ago} مخکې` : `په ${told} ${many === 1 ? one : ahead} کې`;
}

/**
 * Today, tomorrow, in three days, two weeks ago, in thirteen years.
 * @param {string} day @param {string} from @param {string} language
 */
export function far(day, from, language) {
  const [count, unit] = day < from ? between(day, from) : between(from, day);
  return relative(day < from ? -count : count, unit, language);
}

/**
 * How long ago a moment was.
 * @param {string} moment ISO @param {string} language
 */
export function ago(moment, language) {
  const minutes = Math.min(Math.round((Date.parse(moment) - Date.now()) / 60000), 0) || 0;
  if (minutes > -60) return relative(minutes, "minute", language);
  return minutes > -2880 ? relative(Math.round(minutes / 60), "hour", language) : relative(Math.round(minutes / 1440), "day", language);
}

/**
 * How old a child is.
 * @param {string} born @param {string} from @param {string} language
 */
export function age(born, from, language) {
  const [count, unit] = between(born < from ? born : from, from);
  if (language === "ps") return `${number(count, language)} ${PASHTO[unit][count === 1 ? 0 : 1]}`;
  return digits(new Intl.NumberFormat(locale(language), { style: "unit", unit, unitDisplay: "long" }).format(count), language);
}
