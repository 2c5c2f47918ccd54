import { hashShare } from '@floodgate/kernel';

/**
 * What a person chooses, drawn from the seed: the same seed and number give the same person, whatever the others do and
 * in whatever order things happen.
 */
export interface Person {
  readonly userId: string;
  /** When they come, as a share of the time in which tasks count. */
  readonly arrival: number;
  /** Skips the second task and so draws less. */
  readonly lazy: boolean;
  /** Presses the button without a qualification all the same. */
  readonly hopeful: boolean;
  /** How long they wait for a unit on sale, in times to pay; those that others do not pay for come back. */
  readonly patience: number;
  readonly payment: 'pay' | 'forget' | 'cancel';
  /** How long they look at their order first. */
  readonly thinkMs: number;
  /** For the jitter of this person's client, in [0, 1). */
  readonly random: () => number;
}

const LAZY_SHARE = 0.1;
const HOPEFUL_SHARE = 0.3;
const FORGET_SHARE = 0.2;
const CANCEL_SHARE = 0.1;
const PATIENCE_MIN = 0.8;
const PATIENCE_MAX = 3;
const THINK_MS_MIN = 200;
const THINK_MS_MAX = 1_500;

export function personOf(seed: string, runId: string, number: number): Person {
  const chance = (about: string) => hashShare(`${seed}/${number}/${about}`);
  const between = (about: string, min: number, max: number) => min + Math.floor(chance(about) * (max - min));
  const payment = chance('payment');
  let drawn = 0;
  return {
    userId: `${runId}-u${number}`,
    arrival: chance('arrival'),
    lazy: chance('lazy') < LAZY_SHARE,
    hopeful: chance('hopeful') < HOPEFUL_SHARE,
    patience: PATIENCE_MIN + chance('patience') * (PATIENCE_MAX - PATIENCE_MIN),
    payment: payment < FORGET_SHARE ? 'forget' : payment < FORGET_SHARE + CANCEL_SHARE ? 'cancel' : 'pay',
    thinkMs: between('think', THINK_MS_MIN, THINK_MS_MAX),
    random: () => chance(`jitter ${(drawn += 1)}`),
  };
}
