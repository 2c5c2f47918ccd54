import { join } from 'node:path';
import { findPlanFault, type Plan, planChanges, planFields, REFERENCE_PLAN } from '@floodgate/domain/degradation-plan';
import { repositoryRoot } from '@floodgate/tools/stack';
import { z } from 'zod';
import { DRILLS } from './drills';
import { findDrill, knobsWithoutDrill } from './knobs';
import { planOf } from './run-drill';

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
}

const MOMENT = { nowMs: 1_800_000_000_000, comesAtMs: 1_800_000_003_000, t0Ms: 1_800_000_000_500 };

/** What the plan service accepts, as a plan with the same fields and no sense in them. */
async function acceptedPlan(): Promise<Plan> {
  const file = join(repositoryRoot(), 'apps/degradation-plan/src/http/schemas');
  const { planSchema } = (await import(file)) as { planSchema: z.ZodType };
  const shaped = ({ properties }: ObjectSchema): unknown =>
    properties && Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, shaped(schema) ?? 0]));
  return shaped(z.toJSONSchema(planSchema) as ObjectSchema) as Plan;
}

describe('the knobs of the plan', () => {
  it('each have a drill', async () => {
    expect(knobsWithoutDrill(REFERENCE_PLAN, DRILLS)).toEqual([]);
    expect(knobsWithoutDrill(await acceptedPlan(), DRILLS)).toEqual([]);
  });

  it('are missed when they have none', () => {
    const { tier1, normal } = REFERENCE_PLAN;
    const withMore = {
      ...REFERENCE_PLAN,
      normal: { ...normal, caps: { ...normal.caps, draw: null } },
      tier1: { ...tier1, music: { volume: 11 } },
    };
    expect(knobsWithoutDrill(withMore, DRILLS)).toEqual(['normal.caps.draw', 'tier1.music.volume']);
    const withoutCaps = DRILLS.filter(({ name }) => name !== 'cap-grab');
    expect(knobsWithoutDrill(REFERENCE_PLAN, withoutCaps)).toEqual(['normal.caps.grab', 'tier1.caps.grab']);
  });

  it('that drills name are fields of the plan', async () => {
    const fields = new Set(planFields(REFERENCE_PLAN).keys());
    expect([...planFields(await acceptedPlan()).keys()].sort()).toEqual([...fields].sort());
    expect(DRILLS.flatMap(({ knobs }) => knobs).filter((knob) => !fields.has(knob))).toEqual([]);
  });

  it('have one drill each, found by its name and by the knob', () => {
    const knobs = DRILLS.flatMap((drill) => drill.knobs);
    expect(new Set(knobs).size).toBe(knobs.length);
    expect(new Set(DRILLS.map(({ name }) => name)).size).toBe(DRILLS.length);
    expect(findDrill(DRILLS, 'tier2.challenge')).toBe(findDrill(DRILLS, 'challenge'));
    expect(findDrill(DRILLS, 'tier1')).toBeUndefined();
  });
});

describe.each(DRILLS)('the drill $name', (drill) => {
  const off = planOf(drill, 'off', MOMENT);
  const on = planOf(drill, 'on', MOMENT);

  it('compares two sound plans', () => {
    expect(findPlanFault(off)).toBeUndefined();
    expect(findPlanFault(on)).toBeUndefined();
  });

  it('turns all its knobs', () => {
    const turned = planChanges(off, on).map(({ path }) => path);
    // It has one value only; see what the drill says.
    expect(drill.knobs.filter((knob) => !turned.includes(knob) && knob !== 'priorities.pay')).toEqual([]);
  });

  it('takes no longer than half a minute a round', () => {
    expect(drill.load.lastsMs).toBeLessThanOrEqual(12_000);
  });
});
