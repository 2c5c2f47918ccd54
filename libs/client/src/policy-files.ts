import { fetchPolicyFile, type PolicyFilePlaces } from './policy-file';
import { type PolicyStore } from './policy-store';

export interface PolicyFilesOptions extends PolicyFilePlaces {
  readonly clock: () => number;
  /** In [0, 1). */
  readonly random: () => number;
}

// A call waits for the first file, so a place that is silent must not hold it up for long.
const FIRST_TIMEOUT_MS = 1_000;

/** Takes signed policy files into a store, where there are places to fetch them from. */
export class PolicyFiles {
  constructor(
    private readonly policies: PolicyStore,
    private readonly options: PolicyFilesOptions,
  ) {}

  /** Unless it was fetched a moment ago; with `isFirst`, unless it was ever fetched. */
  async refresh(campaignId: string, isFirst = false): Promise<void> {
    const { urls, clock, random, timeoutMs } = this.options;
    if (urls.length === 0) return;
    const places = { ...this.options, timeoutMs: isFirst ? Math.min(timeoutMs, FIRST_TIMEOUT_MS) : timeoutMs };
    await this.policies.refreshFile(campaignId, { clock, random, isFirst }, () => fetchPolicyFile(places, campaignId));
  }
}
