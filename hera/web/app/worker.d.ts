/** What the server writes before the service worker's text. */
declare const VERSION: string;
declare const KEPT: string[];
