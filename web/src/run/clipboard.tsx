/** Copy and download buttons. */
import { useState } from "preact/hooks";

/** Copies a text; says so for two seconds. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [said, setSaid] = useState("");
  const say = (word: string) => {
    setSaid(word);
    setTimeout(() => setSaid(""), 2000);
  };
  return (
    <button
      type="button"
      class="gp-button small"
      onClick={() => copy(text).then(() => say("Copied"), () => say("Not allowed here"))}
    >
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}

async function copy(text: string): Promise<void> {
  if (navigator.clipboard && isSecureContext) return navigator.clipboard.writeText(text);
  // file:// is no secure context in some browsers: the old way, through a selection.
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "gp-unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("refused");
}

/** Hand the reader a file. */
export function download(name: string, content: BlobPart, type = "text/plain"): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
