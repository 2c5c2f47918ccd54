import { type KeyObject, sign } from 'node:crypto';
import {
  BUILT_IN_SNAPSHOT,
  canonicalJson,
  type ManualTier,
  policyFileSchedule,
  type PlanSnapshot,
  signableText,
  type SignedPurpose,
} from '@floodgate/domain/degradation-plan';
import { makeKeyPair } from '@floodgate/testing';

/** A plan service's key and the policy files it signs with it. */
export class FileSigner {
  readonly publicKey: string;
  private readonly key: KeyObject;

  constructor() {
    const { privateKey, publicKey } = makeKeyPair('ed25519');
    this.key = privateKey;
    this.publicKey = String(publicKey.export({ format: 'jwk' }).x);
  }

  file(
    { serial, t0Ms, nowMs }: { serial: number; t0Ms: number; nowMs: number },
    snapshot: PlanSnapshot,
    campaignId = 'c',
  ): Record<string, unknown> {
    const text = canonicalJson(snapshot);
    const schedule = policyFileSchedule(snapshot, { campaignId, t0Ms }, serial, nowMs);
    return {
      serial,
      snapshot: text,
      signature: this.sign('plan-snapshot.v1', text),
      schedule,
      scheduleSignature: this.sign('policy-file.v1', schedule),
    };
  }

  sign(purpose: SignedPurpose, text: string): string {
    return sign(null, Buffer.from(signableText(purpose, text)), this.key).toString('base64url');
  }
}

export function snapshotOf(version: number, tiers: readonly ManualTier[]): PlanSnapshot {
  return { ...BUILT_IN_SNAPSHOT, version, tiers };
}

/** Clients drop this share of browsing for an hour. */
export function tier3(clientDropShare: number, fromMs: number): ManualTier {
  return { campaignId: 'c', tier: 3, fromMs, untilMs: fromMs + 3_600_000, clientDropShare };
}
