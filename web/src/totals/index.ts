export { EnergyPage } from "./energy";
export { SeedsPage } from "./seeds";
export { hasTotals } from "./ask";
