/** Live panels of an article. */
export { Panel } from "./panel";
