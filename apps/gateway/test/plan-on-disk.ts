import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BUILT_IN_SNAPSHOT,
  contentOf,
  type ManualTier,
  type Plan,
  REFERENCE_PLAN,
} from '@floodgate/domain/degradation-plan';
import { sha256, signSnapshot } from '@floodgate/nest-kit';
import { POLICY_KEYS } from './test-gateway';

const HOUR_MS = 3_600_000;

/** A state folder with a plan in it, as version 7: what a gateway starts from whose plan service and Redis are dead. */
export async function stateDirWith(
  plan: Partial<Plan>,
  tiers: readonly Omit<ManualTier, 'fromMs' | 'untilMs'>[],
): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), 'gateway-plan-'));
  const content = {
    planNo: 1,
    plan: { ...REFERENCE_PLAN, ...plan },
    tiers: tiers.map((tier) => ({ ...tier, fromMs: Date.now() - 10_000, untilMs: Date.now() + HOUR_MS })),
  };
  const snapshot = {
    ...BUILT_IN_SNAPSHOT,
    ...content,
    version: 7,
    hash: sha256(contentOf(content)),
    issuedAtMs: Date.now(),
  };
  await writeFile(join(stateDir, 'plan-snapshot.json'), JSON.stringify(signSnapshot(snapshot, POLICY_KEYS.signingKey)));
  return stateDir;
}
