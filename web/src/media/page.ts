/** A logged HTML page without anything that could act: for a frame that forbids it once more. */

const GONE = "script,iframe,frame,object,embed,applet,base,link,meta,form,portal,noscript,template";
// Attributes that load or open something; data: and fragments stay.
const ADDRESSES = ["href", "src", "srcset", "xlink:href", "action", "formaction", "poster", "background", "data", "ping"];

/**
 * The page with its scripts, frames, handlers and outside addresses taken out.
 *
 * The frame that shows it is sandboxed without any right, which is what makes it safe. This only
 * keeps a harmless page from filling the console with refusals.
 *
 * @param styled whether the policy of the page around it, which the frame inherits, lets style
 *   attributes have force; its style sheets then become such attributes.
 */
export function inertPage(html: string, styled: boolean): string {
  const parsed = new DOMParser().parseFromString(styled ? html : unstyled(html), "text/html");
  parsed.querySelectorAll(GONE).forEach((element) => element.remove());
  if (styled) inlineStyles(parsed);
  parsed.querySelectorAll("style").forEach((element) => element.remove());
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

/** The text without styles: parsing is where the policy would refuse each of them, aloud. */
function unstyled(html: string): string {
  return html
    .replace(/<style\b[\s\S]*?(<\/style\s*>|$)/gi, "")
    .replace(/(<[^<>]*?\s)style(\s*=)/gi, "$1data-style$2");
}

/** Rules of style sheets as style attributes of what they match; own attributes come after. */
function inlineStyles(page: Document): void {
  const found = new Map<Element, string>();
  for (const element of page.querySelectorAll("style")) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(element.textContent ?? "");
    for (const rule of sheet.cssRules)
      if (rule instanceof CSSStyleRule)
        for (const match of matches(page, rule.selectorText))
          found.set(match, `${found.get(match) ?? ""}${rule.style.cssText}`);
  }
  for (const [element, style] of found)
    element.setAttribute("style", `${style}${element.getAttribute("style") ?? ""}`);
}

function matches(page: Document, selector: string): Iterable<Element> {
  try {
    return page.querySelectorAll(selector);
  } catch {
    return []; // a selector of another browser
  }
}

/** Whether this document's policy lets style attributes in markup have force. */
export function stylesAllowed(): boolean {
  const meta = document.querySelector<HTMLMetaElement>('meta[http-equiv="Content-Security-Policy"]');
  return meta === null || /style-src-attr[^;]*'unsafe-inline'/.test(meta.content);
}
