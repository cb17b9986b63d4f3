// Notifications of the browser, by the service worker.

/** Whether this browser has them. */
export function isPossible() {
  return "serviceWorker" in navigator && "PushManager" in self && "Notification" in self;
}

/**
 * Whether she would have to be asked first, or has switched them on.
 * @returns {Promise<boolean>}
 */
export async function isOn() {
  if (!isPossible() || Notification.permission !== "granted") return false;
  const worker = await navigator.serviceWorker.getRegistration("/app/");
  return Boolean(worker && await worker.pushManager.getSubscription());
}

/**
 * Whether this browser is subscribed with another key than this.
 * @param {string} publicKey
 */
export async function hasOtherKey(publicKey) {
  const worker = await navigator.serviceWorker.getRegistration("/app/");
  const made = worker && await worker.pushManager.getSubscription();
  const key = made && made.options.applicationServerKey;
  if (!key) return false;
  const written = btoa(String.fromCharCode(...new Uint8Array(key))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  return written !== publicKey;
}

/** @param {string} publicKey @returns {Promise<{endpoint?: string, keys?: Record<string, string>} | null>} null if she does not want it */
export async function begin(publicKey) {
  if (await Notification.requestPermission() !== "granted") return null;
  const worker = await navigator.serviceWorker.ready;
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  const { endpoint, keys } = made.toJSON();
  return { endpoint, keys };
}

/** Nothing is pushed to this browser any more; where it does not let go of that, its worker goes too. */
export async function end() {
  if (!isPossible()) return;
  const worker = await navigator.serviceWorker.getRegistration("/app/");
  const made = worker && await worker.pushManager.getSubscription();
  if (made && !await made.unsubscribe().catch(() => false)) await worker.unregister();
}
