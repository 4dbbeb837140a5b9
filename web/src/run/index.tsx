/** One run's page. */
export { RunPage } from "./page";
