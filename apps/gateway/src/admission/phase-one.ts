import { ADMITTED_APIS, type AdmittedApi, type Refusal, type Verdict } from '@floodgate/nest-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DryRunStep } from './dry-run-step';
import { REFUSAL_ORDER, type RefusalStep, stepsOf } from './refusal-order';
import { type Walk } from './walk';

/** All steps of phase one, in any order. */
export const ADMISSION_STEPS = Symbol('steps of admission');

/** An AdmissionStep, or one of the gateway's own, which know more of a request and write down what they find. */
export interface GatewayStep {
  readonly name: string;
  refuse(walk: Walk): Verdict | Promise<Verdict>;
}

/** The last of the order is behind phase one: it needs the body. */
const IN_THE_BODY: readonly RefusalStep[] = ['qualification'];

/**
 * Phase one of admission: walks a request through REFUSAL_ORDER, before its body is read. What refuses from memory does so at once; a promise comes only of
 * a step that has to ask somebody.
 */
@Injectable()
export class PhaseOne {
  private readonly steps = new Map<AdmittedApi, readonly GatewayStep[]>();
  private readonly nameless = new Map<AdmittedApi, readonly GatewayStep[]>();

  /** @throws Error for a step that has no place in the order. */
  constructor(
    @Inject(ADMISSION_STEPS) all: readonly GatewayStep[],
    @Inject(DryRunStep) private readonly dryRun: Pick<DryRunStep, 'show'>,
  ) {
    for (const api of ADMITTED_APIS) {
      const order = stepsOf(api);
      this.steps.set(api, this.withDryRun(order, inOrder(order, all)));
      this.nameless.set(api, inOrder(order.slice(0, order.indexOf('identity')), all));
    }
    const unknown = all.find(({ name }) => !REFUSAL_ORDER.some((step) => step === name));
    if (unknown) throw new Error(`${unknown.name} has no place in the order of refusal`);
  }

  /** The refusal of the first step that has one, which walk.refusedAt names; undefined lets the request in. */
  refuse(walk: Walk): Verdict | Promise<Verdict> {
    return this.walk(walk, this.steps.get(walk.api) ?? [], 0);
  }

  /** The steps before identity alone, which are the same for everybody. */
  refuseAnybody(walk: Walk): Refusal | undefined {
    for (const step of this.nameless.get(walk.api) ?? []) {
      const verdict = step.refuse(walk);
      if (verdict === undefined || verdict instanceof Promise) continue;
      walk.refusedAt = step.name as RefusalStep;
      return verdict;
    }
    return undefined;
  }

  /** A dry run is shown what comes to the first of the plan's own steps. */
  private withDryRun(order: readonly RefusalStep[], steps: readonly GatewayStep[]): readonly GatewayStep[] {
    const first = order.find((name) => name === 'drop' || name === 'cap');
    const at = steps.findIndex(({ name }) => name === first);
    if (at === -1) return steps;
    const show = (walk: Walk) => {
      this.dryRun.show(walk);
      return undefined;
    };
    return [...steps.slice(0, at), { name: 'dry-run', refuse: show }, ...steps.slice(at)];
  }

  private walk(walk: Walk, steps: readonly GatewayStep[], from: number): Verdict | Promise<Verdict> {
    for (let no = from; no < steps.length; no++) {
      const step = steps[no];
      const verdict = step?.refuse(walk);
      if (step === undefined || verdict === undefined) continue;
      if (verdict instanceof Promise) return this.walkOn(walk, steps, no, verdict);
      walk.refusedAt = step.name as RefusalStep;
      return verdict;
    }
    return undefined;
  }

  private async walkOn(
    walk: Walk,
    steps: readonly GatewayStep[],
    no: number,
    asked: Promise<Verdict>,
  ): Promise<Verdict> {
    const verdict = await asked;
    if (verdict === undefined) return this.walk(walk, steps, no + 1);
    walk.refusedAt = steps[no]?.name as RefusalStep;
    return verdict;
  }
}

function inOrder(order: readonly RefusalStep[], all: readonly GatewayStep[]): readonly GatewayStep[] {
  return order.flatMap((name) => {
    if (IN_THE_BODY.includes(name)) return [];
    return all.filter((step) => step.name === name);
  });
}
