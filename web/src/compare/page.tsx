/** What sets two to eight runs apart; the first one is the baseline. */

export function ComparePage({ names }: { names: string[] }) {
  return (
    <article class="gx-compare" aria-labelledby="gx-compare-title">
      <h1 id="gx-compare-title">{names.join(" · ")}</h1>
    </article>
  );
}
