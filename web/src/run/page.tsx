/** All about one run, in sections that fetch what they show when they come into sight. */

export function RunPage({ name }: { name: string }) {
  return (
    <article class="gx-run" aria-labelledby="gx-run-title">
      <h1 id="gx-run-title">{name}</h1>
    </article>
  );
}
