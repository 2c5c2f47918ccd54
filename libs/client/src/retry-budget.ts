export interface RetryBudgetOptions {
  /** Retries earned by each new request. */
  readonly ratio?: number;
  /** Retries that can be saved up. */
  readonly reserve?: number;
  /**
   * What a new budget holds. By default some part of one retry, at random: of a million new pages with one request each, as many retry
   * as of one page with a million requests.
   */
  readonly start?: number;
}

/**
 * Keeps retries to a share of requests, so that clients do not double the load of a server that fails. Share one among the
 * clients of a process. A poll that the server asked for is no retry.
 */
export class RetryBudget {
  private readonly ratio: number;
  private readonly reserve: number;
  private tokens: number;

  constructor({ ratio = 0.1, reserve = 10, start = Math.random() }: RetryBudgetOptions = {}) {
    this.ratio = ratio;
    this.reserve = reserve;
    this.tokens = Math.min(start, reserve);
  }

  earn(): void {
    this.tokens = Math.min(this.reserve, this.tokens + this.ratio);
  }

  /** Takes one that is sent in any case, on the account of those to come. */
  owe(): void {
    this.tokens = Math.max(-1, this.tokens - 1);
  }

  /** True, and one less, when a retry may be sent. */
  spend(): boolean {
    // Ten tenths are a little less than one.
    if (this.tokens < 1 - 1e-9) return false;
    this.tokens -= 1;
    return true;
  }
}
