/** How configs and metrics of the shown runs go together. */

export function HyperTab() {
  return <section class="gp-hyper" aria-label="Hyperparameters" />;
}
