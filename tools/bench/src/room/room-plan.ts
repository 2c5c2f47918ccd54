import { setTimeout as sleep } from 'node:timers/promises';
import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { signJwt } from '@floodgate/nest-kit';
import { PlanDesk, putPlanIntoForce, type StackEnvironment, StackTrouble } from '@floodgate/tools/stack';

const HOUR_MS = 3_600_000;
const FOLLOWED_MS_MAX = 30_000;
const POLL_MS = 100;

/** A room that stays open, out of which hardly anybody is called. */
const ROOM_PLAN: Plan = {
  ...REFERENCE_PLAN,
  title: 'a room for the bench',
  tier1: {
    ...REFERENCE_PLAN.tier1,
    afterMs: 2 * HOUR_MS,
    room: { open: 'on', beforeMs: 5 * 60_000, perSecond: 1 },
  },
};

interface Context {
  readonly environment: StackEnvironment;
  readonly gatewayUrl: string;
  readonly jwtSecret: string;
  readonly campaignId: string;
}

/** Puts it into force, as two operators must; returns when the gateway obeys it in this campaign. @throws StackTrouble when one is refused. */
export async function openRoom({ environment, gatewayUrl, jwtSecret, campaignId }: Context): Promise<void> {
  const desk = (operatorId: string) => {
    const token = signJwt({ userId: operatorId, roles: ['operator'], ttlMs: HOUR_MS }, jwtSecret);
    return new PlanDesk(`http://127.0.0.1:${environment.apps['degradation-plan'].httpPort}`, token);
  };
  await putPlanIntoForce(desk('bench-author'), desk('bench-approver'), ROOM_PLAN);
  const giveUpAt = performance.now() + FOLLOWED_MS_MAX;
  for (;;) {
    const response = await fetch(`${gatewayUrl}/campaigns/${campaignId}/room/grab/serving`);
    const { isOpen } = (await response.json()) as { isOpen?: boolean };
    if (isOpen === true) return;
    if (performance.now() > giveUpAt) throw new StackTrouble('The gateway does not follow the plan of the bench.');
    await sleep(POLL_MS);
  }
}
