export interface RetryBudgetOptions {
  /** Retries earned by each new request. */
  readonly ratio?: number;
  /** Retries that can be saved up, and that a new client starts with. */
  readonly reserve?: number;
}

/**
 * Keeps retries to a share of requests, so that clients do not double the load of a server that fails. Share one among the
 * clients of a process. A poll that the server asked for is no retry.
 */
export class RetryBudget {
  private readonly ratio: number;
  private readonly reserve: number;
  private tokens: number;

  constructor({ ratio = 0.1, reserve = 10 }: RetryBudgetOptions = {}) {
    this.ratio = ratio;
    this.reserve = reserve;
    this.tokens = reserve;
  }

  earn(): void {
    this.tokens = Math.min(this.reserve, this.tokens + this.ratio);
  }

  /** True, and one less, when a retry may be sent. */
  spend(): boolean {
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
