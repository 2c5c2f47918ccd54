// What lies so many periods back counts half as much as now: costs change slowly, as code gets warm or a store gets slow.
const KEPT_A_PERIOD = 0.5 ** (1 / 20);
// A refusal is reckoned at so much of serving one, until more is known, and as long as both stay so even that they cannot be told apart: as firmly as a
// period with so many refusals would say it, or so much of what was seen.
const REFUSAL_SHARE = 0.04;
const PRIOR_REFUSALS = 8;
const PRIOR_SHARE = 0.05;
// What goes on beside both, at every load alike, looks like the cost of whichever changes less.
const REFUSAL_SHARE_MAX = 0.5;

/**
 * What serving a request and what refusing one costs the event loop, in milliseconds. Told apart by how its busy time goes with how many were served and how
 * many refused (least squares), since most of either cost lies outside anything that could be timed: in the sockets, the parser, the collector of garbage.
 */
export class WorkCosts {
  // Sums over periods, of products of served, refused and busy milliseconds.
  private servedServed = 0;
  private servedRefused = 0;
  private refusedRefused = 0;
  private servedBusy = 0;
  private refusedBusy = 0;

  /** Of a period that has ended. */
  add(served: number, refused: number, busyMs: number, periods = 1): void {
    const kept = KEPT_A_PERIOD ** periods;
    this.servedServed = this.servedServed * kept + served * served;
    this.servedRefused = this.servedRefused * kept + served * refused;
    this.refusedRefused = this.refusedRefused * kept + refused * refused;
    this.servedBusy = this.servedBusy * kept + served * busyMs;
    this.refusedBusy = this.refusedBusy * kept + refused * busyMs;
  }

  /** Both 0 while nothing was done. */
  get estimate(): { readonly serveMs: number; readonly refuseMs: number } {
    const weight = Math.max(PRIOR_REFUSALS ** 2, this.refusedRefused * PRIOR_SHARE);
    const ss = this.servedServed + weight * REFUSAL_SHARE ** 2;
    const sr = this.servedRefused - weight * REFUSAL_SHARE;
    const rr = this.refusedRefused + weight;
    const determinant = ss * rr - sr * sr;
    if (determinant <= 0) return { serveMs: 0, refuseMs: 0 };
    const serveMs = (this.servedBusy * rr - this.refusedBusy * sr) / determinant;
    const refuseMs = (this.refusedBusy * ss - this.servedBusy * sr) / determinant;
    if (refuseMs < 0) return this.withShare(0);
    return refuseMs > REFUSAL_SHARE_MAX * serveMs ? this.withShare(REFUSAL_SHARE_MAX) : { serveMs, refuseMs };
  }

  /** The best guess when a refusal is known to cost so much of serving one. */
  private withShare(share: number): { readonly serveMs: number; readonly refuseMs: number } {
    const weights = this.servedServed + 2 * share * this.servedRefused + share ** 2 * this.refusedRefused;
    const serveMs = weights > 0 ? (this.servedBusy + share * this.refusedBusy) / weights : 0;
    return { serveMs, refuseMs: share * serveMs };
  }

  /** A refusal's cost against serving one. */
  get refusalShare(): number {
    const { serveMs, refuseMs } = this.estimate;
    return serveMs > 0 ? refuseMs / serveMs : REFUSAL_SHARE;
  }
}
