/** Curves: panels of the workspace, and single charts for other pages. */
export { Chart, type ChartProps } from "./chart";
export { CurvesTab } from "./grid";
export { Legend } from "./legend";
export { lineOf, xValues, type Line } from "./lines";
export { CurvePanel, type CurvePanelProps } from "./panel";
export { Tooltip } from "./tooltip";
