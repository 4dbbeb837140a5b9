/** What gitexp found ill in a training, and what to try. */
import type { Finding } from "../data/types";
import { number } from "../lib/format";
import { plain } from "./ansi";
import { literal } from "./config";

const SIGNS = { error: "✗", warning: "▲", note: "i" } as const;
const ORDER = ["error", "warning", "note"];

export function Findings({ findings }: { findings: readonly Finding[] }) {
  if (!findings.length) return <p class="gp-empty">Nothing ill was found in this training.</p>;
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return (
    <ul class="gp-findings">
      {sorted.map((finding, i) => (
        <li key={i} data-severity={finding.severity}>
          <h3>
            <span class="gp-sign" aria-hidden="true">
              {SIGNS[finding.severity] ?? "i"}
            </span>
            <span class="gp-unseen">{finding.severity}: </span>
            {plain(finding.what)}
          </h3>
          <p class="gp-soft">
            <code>{plain(finding.rule)}</code> · {plain(finding.where)} · {stepsWords(finding.steps)}
          </p>
          {finding.try && (
            <p>
              <strong>Try:</strong> {plain(finding.try)}
            </p>
          )}
          {Object.keys(finding.evidence ?? {}).length > 0 && (
            <details class="gp-fold">
              <summary>The numbers it rests on</summary>
              <dl class="gp-rows">
                {Object.entries(finding.evidence).map(([key, value]) => (
                  <div key={key}>
                    <dt>{plain(key.replaceAll("_", " "))}</dt>
                    <dd>{typeof value === "number" ? number(value) : literal(value)}</dd>
                  </div>
                ))}
              </dl>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}

function stepsWords(steps: readonly number[] | undefined): string {
  const [from, to] = steps ?? [];
  if (from === undefined || to === undefined) return "";
  return from === to ? `step ${from}` : `steps ${from} to ${to}`;
}
