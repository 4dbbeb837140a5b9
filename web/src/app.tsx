/** The whole page: header, the route's page. */
import { source } from "./data/context";

export function App() {
  return <main>{source().page.title}</main>;
}
