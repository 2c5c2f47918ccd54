import { lowestLevel, type Priority, SHED_LEVELS, shedLevel, userLevel } from '@floodgate/domain/degradation-plan';
import {
  AdmissionQueue,
  bearerToken,
  claimedSubject,
  POLL_AFTERS,
  pollAfterMsOf,
  type Refusal,
} from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { InventoryInstances } from '../grab/inventory-instances';
import { PreparedRefusal } from '../grab/raw-answer';
import { refusal } from './gate';
import { type Walk } from './walk';

const FULL = new PreparedRefusal(refusal('TOO_HOT'));

const BELOW = Array.from(
  { length: POLL_AFTERS },
  (_, level) => new PreparedRefusal(refusal('TOO_HOT', pollAfterMsOf(level))),
);

/**
 * Refuses what is below this server's cursor for the campaign. Goes by the name in the token before anybody has checked it, because checking costs more than refusing:
 * who claims to be another only gets as far as the check.
 */
@Injectable()
export class TooHot {
  readonly name = 'too-hot';

  constructor(
    private readonly queue: AdmissionQueue,
    private readonly inventory: InventoryInstances,
  ) {}

  refuse(walk: Walk): Refusal | undefined {
    if (walk.api === 'grab' && this.inventory.full) return FULL;
    const { level: cursor } = this.queue.cursor;
    if (cursor === 0 || cursor <= lowestLevel(priorityOf(walk))) return undefined;
    const level = this.levelOf(walk);
    return this.queue.takes(level, walk.campaign.campaignId) ? undefined : BELOW[level % BELOW.length];
  }

  /** See shedLevel. */
  levelOf(walk: Walk): number {
    if (walk.api === 'result') return SHED_LEVELS - 1;
    const token = bearerToken(walk.headers.authorization);
    const subject = token === undefined ? undefined : claimedSubject(token);
    // Whoever is not signed in goes by the connection.
    const name = subject ?? `${walk.address}:${walk.raw.socket.remotePort ?? 0}`;
    return shedLevel(priorityOf(walk), userLevel(name, walk.nowMs));
  }
}

/** What a request is for, as the plan has it. */
export function priorityOf({ api, policy }: Walk): Priority {
  switch (api) {
    case 'result':
      return 'pay';
    case 'room':
    case 'challenge':
      // On the way to a grab.
      return policy.priorities.grab;
    case 'events':
      // Whoever gets no stream asks for what is new.
      return policy.priorities.venue;
    default:
      return policy.priorities[api];
  }
}
