import { ADMITTED_APIS, type Verdict } from '@floodgate/nest-kit';
import { refusal } from './gate';
import { PhaseOne } from './phase-one';
import { PASSES, REFUSAL_ORDER, type RefusalStep, stepsOf } from './refusal-order';
import { type Walk } from './walk';

/** What phase one decides; the last step needs the body. */
const DECIDED = REFUSAL_ORDER.filter((step) => step !== 'qualification');

describe('the order of refusal', () => {
  let refusing: ReadonlySet<RefusalStep>;
  let slow: ReadonlySet<RefusalStep>;
  let asked: RefusalStep[];
  let shown: string[];

  beforeEach(() => {
    refusing = new Set();
    slow = new Set();
    asked = [];
    shown = [];
  });

  const steps = REFUSAL_ORDER.map((name) => ({
    name,
    refuse: (): Verdict | Promise<Verdict> => {
      asked.push(name);
      const verdict = refusing.has(name) ? refusal('INVALID_REQUEST', undefined, name) : undefined;
      return slow.has(name) ? Promise.resolve(verdict) : verdict;
    },
  }));
  // Given in another order than they are walked in.
  const phaseOne = new PhaseOne([...steps].reverse(), { show: ({ api }) => shown.push(api) });
  const walkOf = (api: Walk['api']) => ({ api, refusedAt: undefined }) as Partial<Walk> as Walk;

  it('is the one of the design', () => {
    expect(REFUSAL_ORDER).toEqual([
      'route-and-size',
      'window',
      'sold-out',
      'too-hot',
      'identity',
      'blacklist',
      'frequency',
      'room-pass',
      'drop',
      'cap',
      'challenge',
      'qualification',
    ]);
    expect(stepsOf('grab')).toEqual(REFUSAL_ORDER);
    expect(stepsOf('result')).toEqual(['route-and-size', 'identity', 'frequency']);
    for (const api of ['room', 'challenge', 'events'] as const) {
      expect(stepsOf(api)).toEqual(['route-and-size', 'window', 'too-hot', 'identity', 'blacklist', 'frequency']);
    }
  });

  describe.each(ADMITTED_APIS)('%s', (api) => {
    it('is asked exactly the steps that it does not pass, in their order', () => {
      expect(phaseOne.refuse(walkOf(api))).toBeUndefined();
      expect(asked).toEqual(DECIDED.filter((step) => !PASSES[api].includes(step)));
    });

    it.each(DECIDED)('is refused at %s, unless it passes it, and asked nothing after that', (step) => {
      refusing = new Set([step]);
      const walk = walkOf(api);
      const verdict = phaseOne.refuse(walk);
      if (PASSES[api].includes(step)) {
        expect(verdict).toBeUndefined();
      } else {
        expect(verdict).toMatchObject({ message: step });
        expect(walk.refusedAt).toBe(step);
        expect(asked.at(-1)).toBe(step);
      }
    });

    it('is refused by the earlier of any two that refuse', () => {
      const its = stepsOf(api).filter((step) => step !== 'qualification');
      for (const [no, earlier] of its.entries()) {
        for (const later of its.slice(no + 1)) {
          refusing = new Set([later, earlier]);
          const walk = walkOf(api);
          expect(phaseOne.refuse(walk)).toMatchObject({ message: earlier });
          expect(walk.refusedAt).toBe(earlier);
        }
      }
    });

    it('waits for a step that has to ask somebody, and keeps the order', async () => {
      slow = new Set(['frequency']);
      refusing = new Set(api === 'grab' ? ['cap'] : ['frequency']);
      const walk = walkOf(api);
      const verdict = phaseOne.refuse(walk);
      expect(verdict).toBeInstanceOf(Promise);
      expect(await verdict).toMatchObject({ message: [...refusing][0] });
      expect(walk.refusedAt).toBe([...refusing][0]);
    });
  });

  it('asks before anybody is known by name only what is the same for everybody', () => {
    refusing = new Set(['identity']);
    expect(phaseOne.refuseAnybody(walkOf('grab'))).toBeUndefined();
    expect(asked).toEqual(['route-and-size', 'window', 'sold-out', 'too-hot']);
    refusing = new Set(['sold-out', 'too-hot']);
    expect(phaseOne.refuseAnybody(walkOf('grab'))).toMatchObject({ message: 'sold-out' });
  });

  it('shows a dry run what comes to the plan, and nothing that is refused before', () => {
    for (const api of ['grab', 'cards', 'venue', 'pay', 'result'] as const) void phaseOne.refuse(walkOf(api));
    expect(shown).toEqual(['grab', 'cards', 'venue']);
    refusing = new Set(['frequency']);
    void phaseOne.refuse(walkOf('grab'));
    expect(shown).toHaveLength(3);
    refusing = new Set(['drop']);
    void phaseOne.refuse(walkOf('grab'));
    expect(shown).toHaveLength(4);
  });

  it('takes no step that has no place in it', () => {
    expect(() => new PhaseOne([{ name: 'mood', refuse: () => undefined }], { show: () => undefined })).toThrow(
      'mood has no place',
    );
  });
});
