/** What the keyboard can do. */
import { Popover } from "./popover";

const KEYS: [string, string][] = [
  ["/", "search runs"],
  ["↑ ↓", "another run, in the list"],
  ["space", "show or hide its curves"],
  ["Enter", "open its page"],
  ["x", "tick it, to compare"],
  ["b", "make it the baseline"],
  ["c", "its next colour"],
  ["← →", "crosshair, on a chart"],
  ["+ − 0", "zoom in, out, all"],
];

export function Keys() {
  return (
    <Popover label="Keys" icon="keys" bare align="right">
      {() => (
        <dl class="gx-keys" tabIndex={-1}>
          {KEYS.map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      )}
    </Popover>
  );
}
