/** What went wrong inside stays inside: one broken part does not take the page with it. */
import { Component, type ComponentChildren } from "preact";

interface BoundaryProps {
  children: ComponentChildren;
}

export class ErrorBoundary extends Component<BoundaryProps, { error: Error | null }> {
  override state = { error: null };

  static override getDerivedStateFromError(error: Error) {
    return { error };
  }

  render({ children }: BoundaryProps, { error }: { error: Error | null }) {
    if (error === null) return <>{children}</>;
    return (
      <div class="gx-empty" role="alert">
        <p>This part of the page broke: {error.message}</p>
        <button type="button" class="gx-button" onClick={() => this.setState({ error: null })}>
          Try again
        </button>
      </div>
    );
  }
}
