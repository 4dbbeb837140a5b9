/** Two to eight runs side by side. */
export { ComparePage } from "./page";
