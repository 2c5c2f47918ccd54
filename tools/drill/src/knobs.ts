import { type Plan, planFields } from '@floodgate/domain/degradation-plan';
import { type Drill } from './drill';

/** Words for people, which do nothing. */
const NO_KNOBS = ['title'];

/** The knobs of a plan that no drill turns. */
export function knobsWithoutDrill(plan: Plan, drills: readonly Pick<Drill, 'knobs'>[]): string[] {
  const turned = new Set([...NO_KNOBS, ...drills.flatMap(({ knobs }) => knobs)]);
  return [...planFields(plan).keys()].filter((path) => !turned.has(path));
}

/** The drill of this name, or of the knob at this path. */
export function findDrill(drills: readonly Drill[], nameOrKnob: string): Drill | undefined {
  return drills.find(({ name, knobs }) => name === nameOrKnob || knobs.includes(nameOrKnob));
}
