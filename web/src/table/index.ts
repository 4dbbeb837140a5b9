/** The runs table and its tools. */
export { StatusMark } from "./cells";
export { RunsTable } from "./table";
export { TableToolbar } from "./toolbar";
