/** Names by patterns with *, ? and [abc], as a shell has them. Pure. */

/** Whether a name has a pattern's form; a pattern that is exactly the name fits, too. */
export function fits(pattern: string, name: string): boolean {
  return pattern === name || expressionOf(pattern).test(name);
}

function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\[!?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === "*") return "[\\s\\S]*";
    if (part === "?") return "[\\s\\S]";
    if (part.length < 2) return part.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
    const inside = part.slice(1, -1).replace(/[\\\]^]/g, "\\$&");
    return inside.startsWith("!") ? `[^${inside.slice(1)}]` : `[${inside}]`;
  });
  try {
    return new RegExp(`^${source}$`, "u");
  } catch {
    return /^$(?!)/; // a set that is no set, such as [z-a]
  }
}
