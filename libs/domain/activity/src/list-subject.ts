import { type Clock } from '@floodgate/kernel';
import { type Refusal } from './refusal';
import {
  invalid,
  LISTED_FOR_MS_MAX,
  reasonFault,
  type RiskKind,
  type RiskList,
  type RiskListing,
  subjectFault,
} from './risk-list';

export interface ListSubjectRequest {
  readonly kind: string;
  readonly subject: string;
  readonly reason: string;
  readonly listedBy: string;
  readonly forMs: number;
  /** Asked for by a program: it shortens nobody's listing. */
  readonly automatic: boolean;
}

export type ListSubjectResult = { readonly outcome: 'OK'; readonly listing: RiskListing } | Refusal<'INVALID_REQUEST'>;

/** Puts a user, a network or a device on the blacklist for a time. */
export class ListSubject {
  constructor(
    private readonly list: RiskList,
    private readonly clock: Clock,
  ) {}

  async run({ kind, subject, reason, listedBy, forMs, automatic }: ListSubjectRequest): Promise<ListSubjectResult> {
    const fault = subjectFault({ kind, subject }) ?? reasonFault(reason);
    if (fault) return fault;
    if (!Number.isInteger(forMs) || forMs < 1 || forMs > LISTED_FOR_MS_MAX) {
      return invalid('forMs', `must be 1 to ${LISTED_FOR_MS_MAX}`);
    }
    const nowMs = this.clock.nowMs();
    const listing = {
      kind: kind as RiskKind,
      subject,
      reason,
      listedBy,
      listedAtMs: nowMs,
      expiresAtMs: nowMs + forMs,
    };
    return { outcome: 'OK', listing: await this.list.put(listing, { atLeast: automatic }) };
  }
}
