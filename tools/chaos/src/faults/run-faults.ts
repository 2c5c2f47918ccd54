import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultPlan } from '../plan/fault-plan';
import { type FaultContext } from './fault-context';
import { duplicate, loseReplies } from './message-faults';
import { harmBroker, harmMysql, killInstance, pauseInstance } from './process-faults';
import { harmRedis } from './redis-faults';

/** A fault that took place, by the clock of the load. */
export interface FaultRun {
  readonly plan: FaultPlan;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a fault does is done to one thing at a time. */
function resourceOf(plan: FaultPlan): string {
  switch (plan.kind) {
    case 'kill':
    case 'pause':
      return `instance ${plan.instance}`;
    case 'broker':
      return 'kafka';
    case 'lost-replies':
      return `${plan.from} proxy`;
    case 'redis':
    case 'mysql':
    case 'duplicates':
      return plan.kind;
  }
}

/** Lets each fault happen at its time, and returns when all are over. Two on the same server follow each other. */
export async function runFaults(
  faults: readonly FaultPlan[],
  context: FaultContext,
  nowMs: () => number,
): Promise<FaultRun[]> {
  const busy = new Map<string, Promise<FaultRun>>();
  const runs: Promise<FaultRun>[] = [];
  for (const plan of faults) {
    const resource = resourceOf(plan);
    const run = runAfter(busy.get(resource), plan, context, nowMs);
    busy.set(resource, run);
    runs.push(run);
  }
  return Promise.all(runs);
}

async function runAfter(
  before: Promise<FaultRun> | undefined,
  plan: FaultPlan,
  context: FaultContext,
  nowMs: () => number,
): Promise<FaultRun> {
  const waitMs = plan.atMs - nowMs();
  if (waitMs > 0) await sleep(waitMs);
  await before;
  const fromMs = nowMs();
  await runFault(plan, context);
  return { plan, fromMs, toMs: nowMs() };
}

async function runFault(plan: FaultPlan, context: FaultContext): Promise<void> {
  switch (plan.kind) {
    case 'kill':
      return killInstance(plan, context.world);
    case 'pause':
      return pauseInstance(plan, context.world);
    case 'broker':
      return harmBroker(plan, context.world);
    case 'redis':
      return harmRedis(plan, context.world);
    case 'mysql':
      return harmMysql(plan, context.world);
    case 'duplicates':
      return duplicate(plan, context);
    case 'lost-replies':
      return loseReplies(plan, context);
  }
}
