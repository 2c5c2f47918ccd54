/** Where "now" comes from. Windows and expiry are decided by database time; see SyncedClock in nest-kit. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  nowMs(): number;
}
