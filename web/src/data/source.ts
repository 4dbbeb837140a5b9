/** Where the data come from: chunks in the page, or the dashboard's server. */
import { EmbeddedSource } from "./embedded";
import { ServerSource } from "./server";
import type { LiveEvent, PackedEntry, Page } from "./types";

export type Query = Record<string, string | number | readonly string[] | undefined>;

/** A resource that is not there, or that could not be got: the message is for people. */
export class DataError extends Error {
  constructor(
    message: string,
    readonly missing: boolean = false,
  ) {
    super(message);
  }
}

export interface DataSource {
  readonly page: Page;
  /** @throws DataError */
  json<T>(path: string, query?: Query): Promise<T>;
  /** @throws DataError */
  packed(path: string, query?: Query): Promise<PackedEntry[]>;
  /** @throws DataError */
  bytes(path: string, query?: Query): Promise<Uint8Array>;
  /** Whether a report holds it; a server is always asked. */
  has(path: string): boolean;
  /** Hear what the server tells; returns the way to stop. Reports have nothing to tell. */
  subscribe?(listener: (event: LiveEvent) => void): () => void;
  /** Change something; only there when the dashboard allows edits. */
  post?(path: string, body: unknown): Promise<void>;
}

/** The source of this document: what its `#gitexp-page` element says. */
export function sourceOf(page: Page, root: Document): DataSource {
  return page.api === undefined ? new EmbeddedSource(page, root) : new ServerSource(page);
}
