/** Resources of the dashboard's server, by fetch. */
import { unpack } from "./packed";
import { paths } from "./paths";
import { DataError, type DataSource, type Query } from "./source";
import { EventStream } from "./stream";
import type { LiveEvent, PackedEntry, Page } from "./types";

export class ServerSource implements DataSource {
  readonly post?: (path: string, body: unknown) => Promise<void>;

  private readonly stream: EventStream;

  constructor(readonly page: Page) {
    this.stream = new EventStream(`${page.api}/events`);
    if (page.edit && page.token) this.post = (path, body) => this.send(path, body, page.token!);
  }

  has(): boolean {
    return true;
  }

  async bytes(path: string, query?: Query): Promise<Uint8Array> {
    return new Uint8Array(await (await this.get(path, query)).arrayBuffer());
  }

  async json<T>(path: string, query?: Query): Promise<T> {
    const found = (await (await this.get(path, query)).json()) as T & { cursor?: unknown };
    if (path === paths.runs && typeof found.cursor === "string")
      this.stream.startAfter(found.cursor);
    return found;
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    return this.stream.listen(listener);
  }

  async packed(path: string, query?: Query): Promise<PackedEntry[]> {
    return unpack(await this.bytes(path, query));
  }

  private async get(path: string, query?: Query): Promise<Response> {
    const parameters = new URLSearchParams();
    for (const [key, value] of Object.entries(query ?? {})) {
      if (Array.isArray(value)) for (const one of value) parameters.append(key, String(one));
      else if (value !== undefined) parameters.append(key, String(value));
    }
    const asked = parameters.size > 0 ? `?${parameters}` : "";
    return await checked(fetch(`${this.page.api}/${path}${asked}`));
  }

  private async send(path: string, body: unknown, token: string): Promise<void> {
    await checked(
      fetch(`${this.page.api}/${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Gitexp-Token": token },
        body: JSON.stringify(body),
      }),
    );
  }
}

async function checked(asked: Promise<Response>): Promise<Response> {
  let response: Response;
  try {
    response = await asked;
  } catch {
    throw new DataError("The dashboard's server does not answer. Is `gitexp ui` still running?");
  }
  if (response.ok) return response;
  const said = (await response.json().catch(() => null)) as { error?: string } | null;
  throw new DataError(said?.error ?? `The server answered ${response.status}.`, response.status === 404);
}
