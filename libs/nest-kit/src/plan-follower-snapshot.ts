import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import {
  canonicalJson,
  contentOf,
  findPlanFault,
  type PlanSnapshot,
  SNAPSHOT_FORMAT,
} from '@floodgate/domain/degradation-plan';

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

/** What an instance says of the snapshot it follows. */
export interface Acknowledgement {
  readonly instanceId: string;
  readonly app: string;
  readonly version: number;
  readonly hash: string;
  readonly appliedAtMs: number;
  /** Renewed with each poll. */
  readonly seenAtMs: number;
}

/** Why a snapshot is not taken. */
export type SnapshotRefusal = 'unreadable' | 'bad-signature' | 'unknown-format' | 'wrong-hash' | 'unsound-plan';

export type OpenedSnapshot =
  { readonly ok: true; readonly snapshot: PlanSnapshot } | { readonly ok: false; readonly reason: SnapshotRefusal };

/** SHA-256 in hexadecimal. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The signature, base64url, of a snapshot's exact text. */
export function signatureOf(snapshotText: string, secret: string): string {
  return hmac(snapshotText, secret).toString('base64url');
}

/** A snapshot's text, the same for equal snapshots, with its signature. */
export interface SignedSnapshot {
  readonly snapshot: string;
  readonly signature: string;
}

export function signSnapshot(snapshot: PlanSnapshot, secret: string): SignedSnapshot {
  const text = canonicalJson(snapshot);
  return { snapshot: text, signature: signatureOf(text, secret) };
}

/** Checks a SignedSnapshot as it travels and is kept, as JSON. Nothing in it is believed before the signature holds. */
export function openSnapshot(signed: string, secret: string): OpenedSnapshot {
  const envelope = parse(signed);
  if (typeof envelope?.snapshot !== 'string' || typeof envelope.signature !== 'string') return refuse('unreadable');
  const given = Buffer.from(envelope.signature, 'base64url');
  const expected = hmac(envelope.snapshot, secret);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return refuse('bad-signature');
  const content = parse(envelope.snapshot);
  if (content?.format !== SNAPSHOT_FORMAT) return refuse('unknown-format');
  const snapshot = content as unknown as PlanSnapshot;
  if (snapshot.hash !== sha256(contentOf(snapshot))) return refuse('wrong-hash');
  return findPlanFault(snapshot.plan) === undefined ? { ok: true, snapshot } : refuse('unsound-plan');
}

const refuse = (reason: SnapshotRefusal): OpenedSnapshot => ({ ok: false, reason });

// The prefix keeps this signature from being worth anything as another kind of token.
function hmac(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update('plan-snapshot.v1\n').update(text).digest();
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
