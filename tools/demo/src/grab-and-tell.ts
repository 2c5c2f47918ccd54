import { type FloodgateClient, type Granted, type GrabResult } from '@floodgate/client';
import { type Person } from './choices';
import { type Crowd } from './crowd';

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

interface Press {
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
  { campaignId, poolId, t0Ms, qualification, patienceMs }: Press,
  doubts: Doubt[],
): Promise<Granted | undefined> {
  const grab = { campaignId, poolId, grabId: `${person.userId}-${poolId}` };
  crowd.log.offered({ userId: person.userId, ...grab });
  const askedAtMs = Date.now();
  const result = await client.grab(campaignId, poolId, {
    grabId: grab.grabId,
    timeBudgetMs: patienceMs,
    ...(qualification !== undefined && { qualification }),
  });
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

/** Reads a grab in doubt for the last time and notes what its person is told. */
export async function settleDoubt(crowd: Crowd, { client, person, grab }: Doubt): Promise<void> {
  tell(crowd, person, grab, await client.grabResult(grab, { timeBudgetMs: DOUBT_MS_MAX }));
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
