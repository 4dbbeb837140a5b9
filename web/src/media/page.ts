/** A logged HTML page without anything that could act: for a frame that forbids it once more. */

const GONE = "script,iframe,frame,object,embed,applet,base,link,meta,form,portal,noscript,template";
// Attributes that load or open something; data: and fragments stay.
const ADDRESSES = ["href", "src", "srcset", "xlink:href", "action", "formaction", "poster", "background", "data", "ping"];

/**
 * The page with its scripts, frames, handlers and outside addresses taken out.
 *
 * The frame that shows it is sandboxed without any right, which is what makes it safe. This only
 * keeps a harmless page from filling the console with refusals.
 */
export function inertPage(html: string): string {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  parsed.querySelectorAll(GONE).forEach((element) => element.remove());
  for (const element of parsed.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      const lower = name.toLowerCase();
      const inside = /^\s*(#|data:image\/(?!svg))/i.test(value);
      if (lower.startsWith("on") || (ADDRESSES.includes(lower) && !inside))
        element.removeAttribute(name);
    }
  }
  return `<!doctype html>${parsed.documentElement.outerHTML}`;
}
