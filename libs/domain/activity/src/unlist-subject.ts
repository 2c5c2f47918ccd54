import { type Clock } from '@floodgate/kernel';
import { type Refusal } from './refusal';
import { reasonFault, type RiskKind, type RiskList, subjectFault } from './risk-list';

export interface UnlistSubjectRequest {
  readonly kind: string;
  readonly subject: string;
  readonly reason: string;
  readonly unlistedBy: string;
}

export type UnlistSubjectResult = { readonly outcome: 'OK' } | Refusal<'INVALID_REQUEST'>;

/** Takes somebody off the blacklist. Who is not on it is off it: again gives the same answer. */
export class UnlistSubject {
  constructor(
    private readonly list: RiskList,
    private readonly clock: Clock,
  ) {}

  async run({ kind, subject, reason, unlistedBy }: UnlistSubjectRequest): Promise<UnlistSubjectResult> {
    const fault = subjectFault({ kind, subject }) ?? reasonFault(reason);
    if (fault) return fault;
    const why = { reason, by: unlistedBy, nowMs: this.clock.nowMs() };
    await this.list.remove({ kind: kind as RiskKind, subject }, why);
    return { outcome: 'OK' };
  }
}
