/** What inventory counts about itself and a chaos run reports. One that an instance does not have counts as 0. */
export const COUNTERS = [
  'floodgate_inventory_shard_loads_total',
  'floodgate_inventory_loads_with_proposals_total',
  'floodgate_inventory_moves_total',
] as const;

export type Counter = (typeof COUNTERS)[number];
