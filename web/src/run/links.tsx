/** Text with its web addresses as links; nothing else of it is more than text. */
import type { ComponentChildren } from "preact";
import { plain } from "./ansi";

const ADDRESS = /https?:\/\/[^\s<>"'`\u2028\u2029]+/g;

/** An address if it is http(s), else null. */
export function webAddress(address: string | null | undefined): string | null {
  if (!address) return null;
  try {
    const found = new URL(address);
    return found.protocol === "http:" || found.protocol === "https:" ? found.href : null;
  } catch {
    return null;
  }
}

export interface Stretch {
  text: string;
  href: string | null;
}

/** Cut a text into plain stretches and addresses; punctuation at an address's end is not of it. */
export function stretches(text: string): Stretch[] {
  const found: Stretch[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let address = match[0].replace(/[.,;:!?]+$/, "");
    if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
    const href = webAddress(address);
    if (href === null) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index), href: null });
    found.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end), href: null });
  return found;
}

export function LinkedText({ text }: { text: string }) {
  return <>{stretches(text).map((part) => (part.href ? <Out href={part.href}>{part.text}</Out> : plain(part.text)))}</>;
}

/** A link that leaves the page; no link where the address is not http(s). */
export function Out({ href, children }: { href: string | null; children: ComponentChildren }) {
  const safe = webAddress(href);
  return safe === null ? (
    <>{children}</>
  ) : (
    <a href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
