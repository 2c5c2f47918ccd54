import { createHash } from 'node:crypto';
import {
  canonicalJson,
  contentOf,
  findPlanFault,
  type PlanSnapshot,
  SNAPSHOT_FORMAT,
  type Tier,
} from '@floodgate/domain/degradation-plan';
import { parseJsonObject } from './json';
import { isSigned, signText } from './signed-text';

/** Where the plan service puts its snapshot and instances say what they follow. */
export interface PlanKeys {
  /** A pub/sub channel; each message is a signed snapshot. */
  readonly channel: string;
  /** A string: the signed snapshot in force. */
  readonly current: string;
  /** A hash of instance id -> Acknowledgement as JSON. */
  readonly acks: string;
}

/** `prefix` other than the default is for tests that share a server. */
export function planKeys(prefix = 'floodgate:plan'): PlanKeys {
  return { channel: prefix, current: `${prefix}:current`, acks: `${prefix}:acks` };
}

/** Where the snapshot in force came from. */
export const PLAN_SOURCES = ['built-in', 'disk', 'push', 'poll'] as const;
export type PlanSource = (typeof PLAN_SOURCES)[number];

/** What an instance says of the snapshot it follows. */
export interface Acknowledgement {
  readonly instanceId: string;
  readonly app: string;
  readonly version: number;
  readonly hash: string;
  /** When its receiver had it; not told by those who have none. */
  readonly receivedAtMs?: number;
  /** When it began to obey it. */
  readonly appliedAtMs: number;
  /** Not told by those who do not follow through Redis. */
  readonly source?: PlanSource;
  /** The highest of all campaigns that it was asked about, when it last looked; not told by those who were asked about none. */
  readonly tier?: Tier;
  /** Renewed with each poll. */
  readonly seenAtMs: number;
}

/** Why a snapshot is not taken. */
export type SnapshotRefusal = 'unreadable' | 'bad-signature' | 'unknown-format' | 'wrong-hash' | 'unsound-plan';

/** `older` and `conflict` (the same version with another content) besides what is wrong with the snapshot itself. */
export type RefusalReason = SnapshotRefusal | 'older' | 'conflict';

export type OpenedSnapshot =
  { readonly ok: true; readonly snapshot: PlanSnapshot } | { readonly ok: false; readonly reason: SnapshotRefusal };

/** SHA-256 in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A snapshot's text, the same for equal snapshots, with its signature. */
export interface SignedSnapshot {
  readonly snapshot: string;
  readonly signature: string;
}

/** `signingKey` is the plan service's POLICY_SIGNING_KEY. */
export function signSnapshot(snapshot: PlanSnapshot, signingKey: string): SignedSnapshot {
  return signSnapshotText(canonicalJson(snapshot), signingKey);
}

/** Signs a snapshot's text as it is. */
export function signSnapshotText(text: string, signingKey: string): SignedSnapshot {
  return { snapshot: text, signature: signText('plan-snapshot.v1', text, signingKey) };
}

/** Checks a SignedSnapshot as it travels and is kept, as JSON. Nothing in it is believed before the signature holds. */
export function openSnapshot(signed: string, publicKeys: readonly string[]): OpenedSnapshot {
  const envelope = parseJsonObject(signed);
  if (typeof envelope?.snapshot !== 'string' || typeof envelope.signature !== 'string') return refuse('unreadable');
  if (!isSigned('plan-snapshot.v1', envelope.snapshot, envelope.signature, publicKeys)) return refuse('bad-signature');
  const content = parseJsonObject(envelope.snapshot);
  if (content?.format !== SNAPSHOT_FORMAT) return refuse('unknown-format');
  const snapshot = content as unknown as PlanSnapshot;
  if (snapshot.hash !== sha256(contentOf(snapshot))) return refuse('wrong-hash');
  return isSound(snapshot) ? { ok: true, snapshot } : refuse('unsound-plan');
}

/** A plan that lacks a part is no sounder than one with a wrong part, whoever signed it. */
function isSound({ plan, tiers }: PlanSnapshot): boolean {
  try {
    return findPlanFault(plan) === undefined && Array.isArray(tiers);
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

const refuse = (reason: SnapshotRefusal): OpenedSnapshot => ({ ok: false, reason });
