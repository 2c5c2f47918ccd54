import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultPlan } from '../plan/fault-plan';
import { allOver } from '../servers/wait';
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

/** What a fault is done to; one fault at a time is done to each. */
function resourcesOf(plan: FaultPlan): readonly string[] {
  switch (plan.kind) {
    case 'kill':
    case 'pause':
      return [`instance ${plan.instance}`];
    case 'broker':
      return ['kafka'];
    case 'lost-replies':
      return [`${plan.from} proxy`];
    case 'redis':
      return plan.how === 'flush-in-flight' ? ['redis', 'kafka'] : ['redis'];
    case 'mysql':
    case 'duplicates':
      return [plan.kind];
  }
}

/**
 * Lets each fault happen at its time, and returns when all are over. Two on the same server follow each other. `onOver` is told of each
 * that took place, also when another one fails, which is thrown at the end.
 */
export async function runFaults(
  faults: readonly FaultPlan[],
  context: FaultContext,
  nowMs: () => number,
  onOver: (run: FaultRun) => void,
): Promise<void> {
  const busy = new Map<string, Promise<void>>();
  const runs: Promise<void>[] = [];
  for (const plan of faults) {
    const resources = resourcesOf(plan);
    const before = Promise.all(resources.flatMap((resource) => busy.get(resource) ?? []));
    const run = runAfter(before, plan, context, nowMs).then(onOver);
    for (const resource of resources) busy.set(resource, run);
    runs.push(run);
  }
  await allOver(runs);
}

async function runAfter(
  before: Promise<unknown>,
  plan: FaultPlan,
  context: FaultContext,
  nowMs: () => number,
): Promise<FaultRun> {
  const waitMs = plan.atMs - nowMs();
  await Promise.all([sleep(Math.max(0, waitMs)), before]);
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
