import {
  BUILT_IN_SNAPSHOT,
  contentOf,
  type ManualTier,
  type PlanSnapshot,
  SNAPSHOT_FORMAT,
} from '@floodgate/domain/degradation-plan';
import fc from 'fast-check';
import { sha256, signSnapshot } from './plan-follower-snapshot';
import { PlanIntake } from './plan-intake';
import { newKeyPair } from './signed-text';

const KEYS = newKeyPair();
const NEW_KEYS = newKeyPair();
const VERSIONS = 12;

function signedOf(version: number, tiers: readonly ManualTier[] = [], key = KEYS.signingKey): string {
  const content = { planNo: 1, plan: BUILT_IN_SNAPSHOT.plan, tiers };
  const snapshot: PlanSnapshot = {
    format: SNAPSHOT_FORMAT,
    version,
    hash: sha256(contentOf(content)),
    issuedAtMs: 1,
    ...content,
  };
  return JSON.stringify(signSnapshot(snapshot, key));
}

const tier3: ManualTier = { campaignId: 'c1', tier: 3, fromMs: 1, untilMs: 2 };
const texts = Array.from({ length: VERSIONS + 1 }, (_, version) => signedOf(version));
const textOf = (version: number) => texts[version] ?? '';

describe('PlanIntake', () => {
  it('ends at the highest version, however messages are lost, doubled and reordered', () => {
    const deliveries = fc.array(fc.integer({ min: 1, max: VERSIONS }), { maxLength: 40 });
    fc.assert(
      fc.property(deliveries, (versions) => {
        const intake = new PlanIntake([KEYS.publicKey]);
        let highest = 0;
        for (const version of versions) {
          const before = intake.version;
          const { kind } = intake.offer(textOf(version));
          expect(kind).toBe(version > before ? 'taken' : version === before ? 'same' : 'refused');
          highest = Math.max(highest, version);
          expect(intake.version).toBe(highest);
        }
        // What a poll finds in the end.
        intake.offer(textOf(VERSIONS));
        expect(intake).toMatchObject({ version: VERSIONS, signed: textOf(VERSIONS) });
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the first of two contents under one version', () => {
    const intake = new PlanIntake([KEYS.publicKey]);
    intake.offer(textOf(7));
    expect(intake.offer(signedOf(7, [tier3]))).toEqual({ kind: 'refused', reason: 'conflict' });
    expect(intake.signed).toBe(textOf(7));
    expect(intake.offer(textOf(6))).toEqual({ kind: 'refused', reason: 'older' });
    expect(intake.offer(signedOf(8, [tier3]))).toMatchObject({ kind: 'taken', snapshot: { version: 8 } });
  });

  it('keeps the newest signature of one content, so that the old key can go', () => {
    const intake = new PlanIntake([KEYS.publicKey, NEW_KEYS.publicKey]);
    intake.offer(textOf(3));
    expect(intake.offer(textOf(3))).toEqual({ kind: 'same', isResigned: false });
    const resigned = signedOf(3, [], NEW_KEYS.signingKey);
    expect(intake.offer(resigned)).toEqual({ kind: 'same', isResigned: true });
    expect(new PlanIntake([NEW_KEYS.publicKey]).offer(intake.signed).kind).toBe('taken');
  });

  it('takes nothing that is cut, whatever is cut off', () => {
    const text = textOf(5);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), (length) => {
        const intake = new PlanIntake([KEYS.publicKey]);
        expect(intake.offer(text.slice(0, length))).toEqual({ kind: 'refused', reason: 'unreadable' });
        expect(intake.version).toBe(0);
      }),
    );
  });
});
