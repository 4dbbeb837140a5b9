/** What sets two to eight runs apart; the first one is the baseline. */

export function ComparePage({ names }: { names: string[] }) {
  return (
    <article class="gp-compare" aria-labelledby="gp-compare-title">
      <h1 id="gp-compare-title">{names.join(" · ")}</h1>
    </article>
  );
}
