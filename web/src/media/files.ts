/** A run's media files: addresses for elements, and content. */
import { useEffect, useState } from "preact/hooks";
import { source } from "../data/context";
import { paths } from "../data/paths";
import { useAsked, type Resource } from "../run/resource";
import { mimeOf } from "./items";

/**
 * The address of a file: the server's, or one of a blob that lives as long as the component.
 *
 * @returns undefined while it is on its way, null where there is none.
 */
export function useFileUrl(run: string, path: string): string | null | undefined {
  const { page } = source();
  const [url, setUrl] = useState<string | null>();
  useEffect(() => {
    if (page.api !== undefined) return undefined;
    let made: string | null = null;
    let current = true;
    setUrl(undefined);
    source()
      .bytes(paths.file(run, path))
      .then((bytes) => {
        if (!current) return;
        made = URL.createObjectURL(new Blob([bytes as BlobPart], { type: mimeOf(path) }));
        setUrl(made);
      })
      .catch(() => current && setUrl(null));
    return () => {
      current = false;
      if (made) URL.revokeObjectURL(made);
    };
  }, [run, path]);
  return page.api === undefined ? url : `${page.api}/${paths.file(run, path)}`;
}

/** A file as text. */
export function useFileText(run: string, path: string): Resource<string> {
  return useAsked(`file ${run} ${path}`, "", async () =>
    new TextDecoder().decode(await source().bytes(paths.file(run, path))),
  );
}

/** A file of JSON; one that is damaged is an error that says so. */
export function useFileJson(run: string, path: string): Resource<unknown> {
  return useAsked(`file ${run} ${path}`, "", async () => {
    const text = new TextDecoder().decode(await source().bytes(paths.file(run, path)));
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new Error("The file is no valid JSON.");
    }
  });
}
