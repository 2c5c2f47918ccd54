import { type Plan } from './plan';

/** One field in which two plans differ. */
export interface PlanChange {
  /** Such as `tier2.serverDrop.shares.grab`. */
  readonly path: string;
  readonly from: PlanValue;
  readonly to: PlanValue;
}

export type PlanValue = string | number | boolean | null;

/** What changes from one plan to another, field by field, in the order of the paths. */
export function planChanges(from: Plan, to: Plan): PlanChange[] {
  const before = planFields(from);
  return [...planFields(to)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([path, value]) => {
      const old = before.get(path) ?? null;
      return old === value ? [] : [{ path, from: old, to: value }];
    });
}

/** Every field of a plan by its path; all plans have the same. */
export function planFields(plan: Plan): Map<string, PlanValue> {
  return new Map(leavesOf('', plan));
}

function leavesOf(path: string, value: unknown): [path: string, value: PlanValue][] {
  if (typeof value !== 'object' || value === null) return [[path, value as PlanValue]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(path === '' ? name : `${path}.${name}`, inner));
}
