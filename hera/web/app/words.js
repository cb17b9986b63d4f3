// Her language: one module of words for each, loaded when it is wanted.

/**
 * How each language calls itself.
 * @type {[string, string][]}
 */
export const LANGUAGES = [["tr", "Türkçe"], ["ar", "العربية"], ["ps", "پښتو"], ["prs", "دری"], ["en", "English"]];
const RIGHT_TO_LEFT = ["ar", "ps", "prs"];

/** @type {Record<string, string>} */
let words = {};

/** @param {string} language */
export async function load(language) {
  words = (await import(`./words/${language}.js`)).default;
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr";
}

/** @param {string} name @param {Record<string, string | number>} [values] what stands in its braces */
export function t(name, values = {}) {
  return (words[name] || name).replace(/\{(\w+)\}/g, (_, part) => String(values[part]));
}

/**
 * The first of HERA's languages that this phone asks for.
 * @param {readonly string[]} wanted @returns {string | null}
 */
export function ofPhone(wanted) {
  for (const tag of wanted) {
    const short = tag.toLowerCase().split("-")[0];
    if (short === "fa") return "prs";
    if (LANGUAGES.some(([code]) => code === short)) return short;
  }
  return null;
}
