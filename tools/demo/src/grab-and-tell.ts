import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodgateClient, type Granted, type GrabResult } from '@floodgate/client';
import { type Person } from './choices';
import { type Crowd } from './crowd';
import { CASH_POOL } from './scene';

export interface Grab {
  readonly campaignId: string;
  readonly poolId: string;
  readonly grabId: string;
}

/** A grab whose answer was still unknown when its person's patience ended; it is read again when all is quiet. */
export interface Doubt {
  readonly client: FloodgateClient;
  readonly person: Person;
  readonly grab: Grab;
}

/** What someone presses, and until when they stay. */
interface Button {
  readonly poolId: string;
  readonly campaignId: string;
  readonly t0Ms: number;
  readonly qualification?: string;
  readonly patienceMs: number;
}

/** Grabs through the SDK and notes what was offered and what the person was told. Undefined: nothing was got. */
export async function grabAndTell(
  crowd: Crowd,
  person: Person,
  client: FloodgateClient,
  { campaignId, poolId, t0Ms, qualification, patienceMs }: Button,
  doubts: Doubt[],
): Promise<Granted | undefined> {
  const grab = { campaignId, poolId, grabId: `${person.userId}-${poolId}` };
  crowd.log.offered({ userId: person.userId, ...grab });
  const askedAtMs = Date.now();
  const result = await press(client, grab, patienceMs, qualification);
  if (isUnknown(result)) {
    doubts.push({ client, person, grab });
    return undefined;
  }
  tell(crowd, person, grab, result);
  if (!isGranted(result)) return undefined;
  // Nobody can have one before T0, so the time before it is no latency.
  crowd.tally.took(`${poolId}: T0 or press to granted`, Date.now() - Math.max(askedAtMs, t0Ms - crowd.offsetMs));
  return result;
}

/** Presses again, with the same grabId, while it is unknown what the last press came to. */
async function press(
  client: FloodgateClient,
  { campaignId, poolId, grabId }: Grab,
  patienceMs: number,
  qualification: string | undefined,
): Promise<GrabResult> {
  const leaveAtMs = Date.now() + patienceMs;
  for (let resumed = false; ; resumed = true) {
    const result = await client.grab(campaignId, poolId, {
      grabId,
      resumed,
      timeBudgetMs: Math.max(0, leaveAtMs - Date.now()),
      ...(qualification !== undefined && { qualification }),
    });
    if (!isUnknown(result) || Date.now() + PRESS_AGAIN_MS > leaveAtMs) return result;
    await sleep(PRESS_AGAIN_MS);
  }
}

const PRESS_AGAIN_MS = 500;

/** Reads a grab in doubt for the last time and notes what its person is told. */
export async function settleDoubt(crowd: Crowd, { client, person, grab }: Doubt): Promise<void> {
  const result = await client.grabResult(grab, { timeBudgetMs: DOUBT_MS_MAX });
  tell(crowd, person, grab, result);
  if (isGranted(result)) crowd.tally.reached(grab.poolId === CASH_POOL ? 'packet granted' : 'unit granted');
}

/** All is quiet by then, so what is not known now never arrived. */
const DOUBT_MS_MAX = 2_000;

const isUnknown = ({ outcome }: GrabResult) => outcome === 'GAVE_UP' || outcome === 'UNKNOWN_GRAB';

const isGranted = (result: GrabResult): result is Granted =>
  result.outcome === 'GRANTED' || result.outcome === 'ALREADY_GRANTED';

function tell(crowd: Crowd, { userId }: Person, grab: Grab, result: GrabResult): void {
  const granted = isGranted(result) ? { unitNo: result.unitNo, amountFen: result.amountFen } : {};
  crowd.log.answered({ userId, ...grab, outcome: result.outcome, ...granted });
  if (!isGranted(result)) crowd.tally.turnedAway(`grab ${grab.poolId}`, result.outcome);
}
