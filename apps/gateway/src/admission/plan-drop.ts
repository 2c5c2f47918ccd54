import { dropEndsAtMs, entrySlotMs, isDrawn, isShed, nextRoundAtMs } from '@floodgate/domain/degradation-plan';
import { isUnplanned, type Refusal } from '@floodgate/nest-kit';
import { Injectable } from '@nestjs/common';
import { refusal } from './gate';
import { LetInPasses } from './let-in';
import { type Walk } from './walk';

/**
 * What the plan does to people: drops a stable share of them by what they want, draws who may grab at all, and releases the entry gradually. Who was let in
 * past the first two is asked no more.
 */
@Injectable()
export class PlanDrop {
  readonly name = 'drop';

  constructor(private readonly passes: LetInPasses) {}

  refuse(walk: Walk): Refusal | undefined {
    const { api, user } = walk;
    if (user === undefined || isUnplanned(api)) return undefined;
    const { policy, nowMs } = walk;
    const { serverDrop } = policy;
    if (isShed(serverDrop, policy.priorities[api], user.userId, nowMs) && !this.wasLetIn(walk)) {
      return refusal('DROPPED_BY_PLAN', dropEndsAtMs(serverDrop, nowMs) - nowMs);
    }
    if (api === 'grab') return this.draw(walk, user.userId);
    return api === 'entry' ? notReleased(walk, user.userId) : undefined;
  }

  private draw(walk: Walk, userId: string): Refusal | undefined {
    const { policy, nowMs, found } = walk;
    if (isDrawn(policy.lottery, userId, nowMs)) return undefined;
    const shown = this.passes.shownBy(walk);
    if (shown === 'grab' || shown === 'room' || this.passes.isKnown(walk)) return undefined;
    const nextRoundMs = nextRoundAtMs(policy.lottery, nowMs);
    const isAnotherRound = nextRoundMs < (found?.view.timeline.closesAtMs ?? 0);
    return refusal('NOT_DRAWN', isAnotherRound ? nextRoundMs - nowMs : undefined);
  }

  private wasLetIn(walk: Walk): boolean {
    return this.passes.shownBy(walk) !== undefined || this.passes.isKnown(walk);
  }
}

function notReleased({ policy, nowMs }: Walk, userId: string): Refusal | undefined {
  const waitMs = entrySlotMs(userId, policy) - nowMs;
  return waitMs > 0 ? refusal('WAIT', waitMs, 'the entry is being released gradually') : undefined;
}
