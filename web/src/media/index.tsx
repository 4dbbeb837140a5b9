/** Logged images, tables, sound, pages and charts. */
export { MediaBrowser } from "./browser";
