// What this phone keeps: the browser's own database, of this origin alone. Everything of a person is in here, so that one
// deletion takes all of it.

const NAME = "hera";
const STORES = ["me", "known", "outbox", "made"];

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

let isWiped = false;

/** @returns {Promise<IDBDatabase>} */
function open() {
  if (isWiped) return Promise.reject(new Error("wiped"));
  opened = opened || new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const name of STORES) asked.result.createObjectStore(name, name === "outbox" ? { keyPath: "id", autoIncrement: true } : {});
    };
    asked.onsuccess = () => {
      // Another tab wipes it: this one lets go at once.
      asked.result.onversionchange = () => close();
      asked.result.onclose = () => { opened = null; };
      resolve(asked.result);
    };
    asked.onerror = () => { opened = null; reject(asked.error); };
  });
  return opened;
}

function close() {
  if (opened) opened.then((database) => database.close(), () => {});
  opened = null;
}

/**
 * Do something in one transaction: all of it is kept, on the disk, or none.
 * @template T
 * @param {string[]} names @param {IDBTransactionMode} mode @param {(...stores: IDBObjectStore[]) => IDBRequest<T> | void} work
 * @returns {Promise<T>}
 */
async function within(names, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    // @ts-ignore  (the third argument is newer than the types)
    const transaction = database.transaction(names, mode, { durability: "strict" });
    const asked = work(...names.map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(/** @type {any} */ (asked ? asked.result : undefined));
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

/**
 * Everything that is kept under names.
 * @param {"me" | "known"} store @returns {Promise<Record<string, any>>}
 */
export async function all(store) {
  /** @type {Record<string, any>} */
  const found = {};
  await within([store], "readonly", (rows) => {
    rows.openCursor().onsuccess = (event) => {
      const cursor = /** @type {IDBRequest<IDBCursorWithValue | null>} */ (event.target).result;
      if (cursor) { found[String(cursor.key)] = cursor.value; cursor.continue(); }
    };
  });
  return found;
}

/**
 * Whether whoever has this token is who this phone is signed in as: another window may have signed somebody else in.
 * @param {string | null} token
 */
export async function isOf(token) {
  return ((await all("me")).token || null) === token;
}

/**
 * Keep these, all at once.
 * @param {"me" | "known"} store @param {Record<string, any>} values
 */
export function keep(store, values) {
  return within([store], "readwrite", (rows) => { for (const name of Object.keys(values)) rows.put(values[name], name); });
}

/**
 * The entries in the order in which she made them.
 * @returns {Promise<Entry[]>}
 */
export function entries() {
  return within(["outbox"], "readonly", (rows) => rows.getAll());
}

/**
 * Keep entries of whoever has this token; they are on the disk when this is done.
 * @param {Entry[]} made @param {string | null} token
 * @returns {Promise<boolean>} false if this phone is signed in as somebody else by now: nothing is kept then
 */
export async function addEntries(made, token) {
  let isHers = true;
  await within(["me", "outbox"], "readwrite", (me, rows) => {
    me.get("token").onsuccess = (event) => {
      isHers = (/** @type {IDBRequest<any>} */ (event.target).result || null) === token;
      try {
        if (isHers) for (const one of made) rows.add(one);
      } catch {
        rows.transaction.abort(); // there is no room: none is kept
      }
    };
  });
  return isHers;
}

/**
 * Change an entry that is there.
 * @param {Entry} entry
 */
export function changeEntry(entry) {
  return within(["outbox"], "readwrite", (rows) => { rows.put(entry); });
}

/**
 * Take an entry out; what the server made of it is known by its key from then on.
 * @param {Entry} entry @param {any} [made]
 */
export function removeEntry(entry, made) {
  return within(["outbox", "made"], "readwrite", (rows, ids) => {
    rows.delete(/** @type {number} */ (entry.id));
    if (made !== undefined) ids.put(made, entry.key);
  });
}

/**
 * The id of what an entry made, by the entry's key.
 * @param {string} key @returns {Promise<any>}
 */
export function madeBy(key) {
  return within(["made"], "readonly", (ids) => ids.get(key));
}

/**
 * Forget everything of everybody on this phone.
 * @param {boolean} forGood nothing is kept by this page any more, whatever is still on its way
 */
export async function wipe(forGood) {
  // Emptied first: where another tab sleeps, the deletion itself waits for it.
  await within(STORES, "readwrite", (...stores) => { for (const one of stores) one.clear(); });
  isWiped = forGood;
  close();
  await new Promise((resolve) => {
    const asked = indexedDB.deleteDatabase(NAME);
    asked.onsuccess = asked.onerror = asked.onblocked = () => resolve(undefined);
  });
}
