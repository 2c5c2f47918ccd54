import { setTimeout as sleep } from 'node:timers/promises';
import { type CampaignSpec, FloodgateClient, publishByTwo, type Result, RetryBudget } from '@floodgate/client';
import { type Plan, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { PlanDesk, putPlanIntoForce, type Stack, StackTrouble } from '@floodgate/tools/stack';
import { keepAsking } from './keep-asking';
import { DEMO_PLAN_TITLE } from './scene';

/** Two people run the platform: what one writes, the other approves. */
export interface Operators {
  readonly client: FloodgateClient;
  readonly secondClient: FloodgateClient;
  readonly author: PlanDesk;
  readonly approver: PlanDesk;
}

const READY_MS_MAX = 60_000;
const LOOK_EVERY_MS = 100;

/** Signs the operators in with development tokens. */
export async function signInOperators(stack: Stack): Promise<Operators> {
  const baseUrl = stack.urlOf('gateway');
  const anyone = new FloodgateClient({ baseUrl });
  const [first, second] = await Promise.all(
    ['operator-1', 'operator-2'].map(async (userId) => {
      // Right after its start, on a machine with other work, a gateway may be too busy for the first request.
      const signedIn = await keepAsking(() => anyone.devToken(userId, ['operator']), READY_MS_MAX);
      return done(signedIn, userId).token;
    }),
  );
  const desk = (token = '') => new PlanDesk(stack.urlOf('degradation-plan'), token);
  const client = (token = '') =>
    new FloodgateClient({ baseUrl, token, attemptsMax: 8, retryBudget: new RetryBudget({ start: 8 }) });
  return {
    client: client(first),
    secondClient: client(second),
    author: desk(first),
    approver: desk(second),
  };
}

/** The demo's plan, and what was there before. */
export interface Compressed {
  readonly plan: Plan;
  /** Of the snapshot that the demo's plan came with. */
  readonly version: number;
  /** Should hold again afterwards. */
  readonly before: Plan;
}

/** Puts the demo's plan into force. */
export async function compressPlan({ author, approver }: Operators, plan: Plan): Promise<Compressed> {
  const { plan: found } = await author.current();
  const version = await putPlanIntoForce(author, approver, plan);
  // What an interrupted demo left in force is nobody's plan.
  return { plan, version, before: found.title === DEMO_PLAN_TITLE ? REFERENCE_PLAN : found };
}

/** Puts the plan into force that held before. */
export async function restorePlan({ author, approver }: Operators, plan: Plan): Promise<void> {
  await putPlanIntoForce(author, approver, plan);
}

/** Creates and publishes campaigns, as the two people must, and returns when people can take part in them. */
export async function publishCampaigns(operators: Operators, campaigns: readonly CampaignSpec[]): Promise<void> {
  const { client, secondClient } = operators;
  for (const campaign of campaigns) {
    done(await publishByTwo(client, secondClient, campaign), `publishing ${campaign.campaignId}`);
  }
  for (const { campaignId, kind } of campaigns) {
    await untilTrue(`the pools of ${campaignId} are loaded`, async () => {
      const seen = await client.getCampaign(campaignId);
      return seen.outcome === 'OK' && seen.ready;
    });
    await operators.author.untilKnown(campaignId);
    if (kind === 'TIMED_SALE') continue;
    await untilTrue(`card-collection knows the cards of ${campaignId}`, async () => {
      return (await client.cards(campaignId)).outcome === 'OK';
    });
  }
}

/** @throws StackTrouble with what was refused and why. */
export function done<T>(result: Result<T>, what: string): T {
  if (result.outcome === 'OK') return result;
  throw new StackTrouble(`${what} was refused: ${result.outcome} ${result.detail ?? ''}`);
}

async function untilTrue(what: string, probe: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = Date.now() + READY_MS_MAX;
  while (!(await probe())) {
    if (Date.now() > giveUpAtMs) throw new StackTrouble(`waited ${READY_MS_MAX / 1000} s in vain until ${what}.`);
    await sleep(LOOK_EVERY_MS);
  }
}
