/** What a follower's process is started with. */
export interface StartFollower {
  readonly kind: 'start';
  readonly instanceId: string;
  readonly redisUrl: string;
  /** Where database time comes from; absent in a process that must do without. */
  readonly mysqlUrl?: string;
  readonly publicKey: string;
  readonly keysPrefix: string;
  readonly stateDir: string;
  /** How wrong this process's machine is about the time. */
  readonly wallAheadMs: number;
}

export type ToFollower =
  | StartFollower
  /** Saturates the process with requests of a millisecond each, which ask for the policy as a gateway's do; or ends that. */
  | { readonly kind: 'burn'; readonly on: boolean }
  /** Answered when a version at least as high is obeyed. */
  | { readonly kind: 'await-version'; readonly version: number }
  /** Answered when the campaign is in tier 1. */
  | { readonly kind: 'await-tier-1'; readonly campaignId: string; readonly t0Ms: number }
  /** Ends the receiver's thread by force. */
  | { readonly kind: 'kill-receiver' }
  | { readonly kind: 'tell' };

/** What a follower's process says after each message. `atMs` is by uptimeMs, one clock for all processes of a machine. */
export interface FollowerSaid {
  readonly atMs: number;
  readonly version: number;
  readonly source: string;
  readonly timeSource: string;
  readonly receiverRestarts: number;
  /** What the receiver's thread has added to the process's memory. */
  readonly receiverBytes: number;
}
