/** Resources embedded in a report: base64 of gzip in script elements, unpacked when asked for. */
import { unpack } from "./packed";
import { samePath } from "./paths";
import { DataError, type DataSource } from "./source";
import type { PackedEntry, Page } from "./types";

/** How often is looked whether the browser has read on. */
const LOOK_MS = 20;

export class EmbeddedSource implements DataSource {
  private readonly ids: Map<string, string>;

  constructor(
    readonly page: Page,
    private readonly root: Document,
  ) {
    this.ids = new Map(
      Object.entries(page.chunks ?? {}).map(([path, id]) => [samePath(path), id]),
    );
  }

  has(path: string): boolean {
    return this.ids.has(samePath(path));
  }

  async bytes(path: string): Promise<Uint8Array> {
    const id = this.ids.get(samePath(path));
    const text = id === undefined ? undefined : await this.textOf(id);
    if (text === undefined || text === null)
      throw new DataError("This is not in the report; the dashboard (gitexp ui) has it.", true);
    const packed = fromBase64(text);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    try {
      return new Uint8Array(await new Response(stream).arrayBuffer());
    } catch {
      throw new DataError("A part of this report is damaged and cannot be read.");
    }
  }

  /** What an element holds; while the page is still being read, it may have to come first. */
  private async textOf(id: string): Promise<string | null | undefined> {
    for (;;) {
      const element = this.root.getElementById(id);
      const whole = this.root.readyState !== "loading" || element?.nextElementSibling;
      if (whole) return element?.textContent;
      await new Promise((go) => setTimeout(go, LOOK_MS));
    }
  }

  async json<T>(path: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.bytes(path))) as T;
  }

  async packed(path: string): Promise<PackedEntry[]> {
    return unpack(await this.bytes(path));
  }
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native !== undefined) return native(text);
  const raw = atob(text.trim());
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}
