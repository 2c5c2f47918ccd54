import { type Counted } from './frequency-rules';

export interface Listed {
  readonly kind: Counted;
  readonly subject: string;
  /** Database time; in the past for one that was taken off. */
  readonly expiresAtMs: number;
}

/** Who is not let in, in memory, so that asking costs nothing. Times are database time. */
export class BlackList {
  private readonly until: Readonly<Record<Counted, Map<string, number>>> = {
    user: new Map(),
    network: new Map(),
    device: new Map(),
  };

  /** How many are listed, those included whose time is over and who are not forgotten yet. */
  get size(): number {
    return this.until.user.size + this.until.network.size + this.until.device.size;
  }

  isListed(kind: Counted, subject: string | undefined, nowMs: number): boolean {
    const listed = this.until[kind];
    if (subject === undefined || listed.size === 0) return false;
    return (listed.get(subject) ?? 0) > nowMs;
  }

  take(changes: readonly Listed[], nowMs: number): void {
    for (const { kind, subject, expiresAtMs } of changes) {
      if (expiresAtMs > nowMs) this.until[kind].set(subject, expiresAtMs);
      else this.until[kind].delete(subject);
    }
  }

  /** Forgets those whose time is over. */
  sweep(nowMs: number): void {
    for (const listed of Object.values(this.until)) {
      for (const [subject, untilMs] of listed) if (untilMs <= nowMs) listed.delete(subject);
    }
  }

  clear(): void {
    for (const listed of Object.values(this.until)) listed.clear();
  }
}
