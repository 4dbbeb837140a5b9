/** Hyperparameters against metrics, over the runs that are shown. */
export { HyperTab } from "./tab";
