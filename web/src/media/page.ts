/** A logged HTML page without anything that could act, and its looks, for a frame that runs nothing. */

const GONE = "script,iframe,frame,object,embed,applet,base,link,meta,form,portal,noscript,template";
// Attributes that load or open something; data: and fragments stay.
const ADDRESSES = ["href", "src", "srcset", "xlink:href", "action", "formaction", "poster", "background", "data", "ping"];
const STYLE_ELEMENT = /<style\b[^>]*>([\s\S]*?)(?:<\/style\s*>|$)/gi;
/** Where a style attribute stands until `dress` gives it force. */
const KEPT_STYLE = "data-gitexp-style";

export interface InertPage {
  html: string;
  /** What its style elements held. */
  styles: string[];
}

/**
 * The page with its scripts, frames, handlers and outside addresses taken out.
 *
 * The frame that shows it runs no script, which is what makes it safe. This only keeps a harmless
 * page from filling the console with refusals: of its styles, too, which the policy that the frame
 * inherits refuses in markup.
 */
export function inertPage(html: string): InertPage {
  const styles = [...html.matchAll(STYLE_ELEMENT)].map((found) => found[1]!);
  const bare = html
    .replace(STYLE_ELEMENT, "")
    .replace(/(<[^<>]*?\s)style(\s*=)/gi, `$1${KEPT_STYLE}$2`);
  const parsed = new DOMParser().parseFromString(bare, "text/html");
  parsed.querySelectorAll(GONE).forEach((element) => element.remove());
  parsed.querySelectorAll("style").forEach((element) => element.remove());
  for (const element of parsed.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      const lower = name.toLowerCase();
      const inside = /^\s*(#|data:image\/(?!svg))/i.test(value);
      if (lower.startsWith("on") || (ADDRESSES.includes(lower) && !inside))
        element.removeAttribute(name);
    }
  }
  return { html: `<!doctype html>${parsed.documentElement.outerHTML}`, styles };
}

const OUTSIDE = /url\(\s*(?!["']?\s*(?:data:|#))[^)]*\)/gi;

/** CSS without addresses outside the page: the policy would refuse them, aloud. */
const inside = (css: string): string => css.replace(OUTSIDE, "none");

/**
 * Give a shown page its looks through the DOM, which is bound by no policy for markup.
 *
 * What they load is still up to the policy of the page around it: nothing from outside.
 */
export function dress(page: Document, styles: readonly string[]): void {
  const view = page.defaultView;
  if (view === null) return;
  page.adoptedStyleSheets = styles.map((text) => {
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(inside(text));
    return sheet;
  });
  for (const element of page.querySelectorAll<HTMLElement>(`[${KEPT_STYLE}]`))
    element.style.cssText = inside(element.getAttribute(KEPT_STYLE) ?? "");
}
