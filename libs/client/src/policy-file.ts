import {
  type PlanSnapshot,
  POLICY_FILE_FORMAT,
  type PolicyFileSchedule,
  policyFileName,
  signableText,
  type SignedPurpose,
} from '@floodgate/domain/degradation-plan';
import { type Fetch, type FetchAnswer } from './options';
import { type FiledPolicy } from './policy-store';
import { parseObject } from './transport';

export interface PolicyFilePlaces {
  /** Where the plan service's files are served, without a slash at the end; asked in turn until one has a file whose signatures hold. */
  readonly urls: readonly string[];
  /** Ed25519, 32 bytes as base64url each. */
  readonly publicKeys: readonly string[];
  readonly fetch: Fetch;
  readonly timeoutMs: number;
}

const SECOND_MS = 1_000;

/**
 * A campaign's policy as the plan service wrote it for clients that reach no gateway. Never rejects: undefined when no place has a file that is
 * genuine, for whoever serves it must not be able to change anything.
 */
export async function fetchPolicyFile(places: PolicyFilePlaces, campaignId: string): Promise<FiledPolicy | undefined> {
  for (const url of places.urls) {
    const filed = await fetchFrom(url, places, campaignId).catch(() => undefined);
    if (filed) return filed;
  }
  return undefined;
}

async function fetchFrom(
  url: string,
  { fetch, publicKeys, timeoutMs }: PolicyFilePlaces,
  campaignId: string,
): Promise<FiledPolicy | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  const answer = await fetch(`${url}/${policyFileName(campaignId)}`, { method: 'GET', headers: {}, signal });
  const file = answer.status === 200 ? parseObject(await answer.text()) : undefined;
  if (!file) return undefined;
  const open = async <T>(purpose: SignedPurpose, text: unknown, signature: unknown) => {
    if (typeof text !== 'string' || typeof signature !== 'string') return undefined;
    return (await isSigned(purpose, text, signature, publicKeys)) ? (JSON.parse(text) as T) : undefined;
  };
  const snapshot = await open<PlanSnapshot>('plan-snapshot.v1', file['snapshot'], file['signature']);
  const schedule = await open<PolicyFileSchedule>('policy-file.v1', file['schedule'], file['scheduleSignature']);
  // Another campaign's file, or two genuine halves that do not belong together.
  const fits = schedule?.campaignId === campaignId && schedule.version === snapshot?.version;
  if (!snapshot || !fits || schedule.format !== POLICY_FILE_FORMAT) return undefined;
  return { serial: schedule.serial, t0Ms: schedule.t0Ms, snapshot, nowMs: timeOf(answer) };
}

/** The time by the clock of where the file lies. A cache keeps the date of the answer that it keeps, and says how old that is. */
function timeOf({ headers }: FetchAnswer): number | undefined {
  const dateMs = Date.parse(headers.get('date') ?? '');
  const ageMs = Number(headers.get('age') ?? 0) * SECOND_MS;
  // A date has no parts of a second.
  return Number.isFinite(dateMs + ageMs) ? dateMs + ageMs + SECOND_MS / 2 : undefined;
}

async function isSigned(
  purpose: SignedPurpose,
  text: string,
  signature: string,
  publicKeys: readonly string[],
): Promise<boolean> {
  const signed = new TextEncoder().encode(signableText(purpose, text));
  for (const publicKey of publicKeys) {
    if (await isSignedBy(publicKey, signature, signed)) return true;
  }
  return false;
}

async function isSignedBy(publicKey: string, signature: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { subtle } = globalThis.crypto;
  try {
    const key = await subtle.importKey('raw', bytesOf(publicKey), { name: 'Ed25519' }, false, ['verify']);
    return await subtle.verify({ name: 'Ed25519' }, key, bytesOf(signature), signed);
  } catch {
    // What is no key, or no signature, must not stand in the way of the next key.
    return false;
  }
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = globalThis.atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
