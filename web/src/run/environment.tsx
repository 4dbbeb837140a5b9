/** What the run's machine and packages were. */
import { useState } from "preact/hooks";
import { bytes } from "../lib/format";
import { flatten, isMapping } from "../lib/tree";
import { plain } from "./ansi";
import { literal } from "./config";

export function Environment({ environment }: { environment: Record<string, unknown> }) {
  const [search, setSearch] = useState("");
  const { packages, ...rest } = environment;
  const facts = Object.entries(flatten(named(rest)));
  const needle = search.trim().toLowerCase();
  const found = Object.entries(isMapping(packages) ? packages : {}).filter(([name]) =>
    name.toLowerCase().includes(needle),
  );
  if (!facts.length && !isMapping(packages))
    return <p class="gp-empty">Nothing is known of the environment.</p>;
  return (
    <div class="gp-columns">
      <div class="gp-box">
        <table class="gp-table gp-pairs">
          <tbody>
            {facts.map(([key, value]) => (
              <tr key={key}>
                <th scope="row">{plain(key)}</th>
                <td>
                  {key.endsWith("_bytes") && typeof value === "number" ? bytes(value) : literal(value)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {isMapping(packages) && (
        <div>
          <div class="gp-bar">
            <input
              type="search"
              class="gp-search"
              placeholder="Search packages"
              aria-label="Search packages"
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
            <span class="gp-soft" role="status">
              {found.length} of {Object.keys(packages).length}
            </span>
          </div>
          <ul class="gp-packages" tabIndex={0} aria-label="Packages">
            {found.map(([name, version]) => (
              <li key={name}>
                {plain(name)} <b>{plain(String(version))}</b>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** Lists of mappings (GPUs) as mappings, so that they flatten. */
function named(nested: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(nested).map(([key, value]) => [
      key,
      Array.isArray(value) && value.some(isMapping)
        ? Object.fromEntries(value.map((item, i) => [String(i), item]))
        : value,
    ]),
  );
}
