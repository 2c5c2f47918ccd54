import { isId } from '@floodgate/kernel';
import { type Refusal } from './refusal';

/** What can be on the blacklist. A network is an address, or /24 of IPv4, or /64 of IPv6. */
export const RISK_KINDS = ['user', 'network', 'device'] as const;
export type RiskKind = (typeof RISK_KINDS)[number];

export interface RiskSubject {
  readonly kind: RiskKind;
  readonly subject: string;
}

/** Somebody on the blacklist, and why. */
export interface RiskListing extends RiskSubject {
  readonly reason: string;
  readonly listedBy: string;
  readonly listedAtMs: number;
  /** From then on they are off it again. */
  readonly expiresAtMs: number;
}

export interface RiskChanges {
  /** Of the list as these changes leave it. */
  readonly version: number;
  readonly changes: readonly RiskListing[];
  /** More has changed since. */
  readonly more: boolean;
}

/** The blacklist. Versions rise with every change, in the order in which changes are committed. */
export interface RiskList {
  /** Puts somebody on it, in place of what was said of them before; with an audit entry. With `atLeast` an expiry that is later stays. */
  put(listing: RiskListing, options: { readonly atLeast: boolean }): Promise<RiskListing>;
  /** Takes somebody off, with an audit entry; false when they are not on it. */
  remove(
    subject: RiskSubject,
    why: { readonly reason: string; readonly by: string; readonly nowMs: number },
  ): Promise<boolean>;
  /** What has changed since a version, in order; who was taken off has an expiry in the past. */
  changesAfter(version: number): Promise<RiskChanges>;
}

export const REASON_LENGTH_MAX = 200;
export const LISTED_FOR_MS_MAX = 10 * 365 * 24 * 3_600_000;

const BYTE = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${BYTE}(\\.${BYTE}){3}(/24)?$`);
const IPV6 = /^[0-9a-f:]{2,39}(\/64)?$/;

/** What is wrong with a subject; undefined when nothing is. */
export function subjectFault({
  kind,
  subject,
}: {
  readonly kind: string;
  readonly subject: string;
}): Refusal<'INVALID_REQUEST'> | undefined {
  if (!(RISK_KINDS as readonly string[]).includes(kind))
    return invalid('kind', `must be one of ${RISK_KINDS.join(', ')}`);
  const isGood =
    kind === 'network' ? IPV4.test(subject) || (subject.includes(':') && IPV6.test(subject)) : isId(subject);
  if (isGood) return undefined;
  return invalid('subject', kind === 'network' ? 'must be an address, a /24 of IPv4 or a /64 of IPv6' : 'is no id');
}

export function reasonFault(reason: string): Refusal<'INVALID_REQUEST'> | undefined {
  const isGood = reason.trim() !== '' && reason.length <= REASON_LENGTH_MAX;
  return isGood ? undefined : invalid('reason', `must be 1 to ${REASON_LENGTH_MAX} characters`);
}

export const invalid = (field: string, why: string): Refusal<'INVALID_REQUEST'> => ({
  outcome: 'INVALID_REQUEST',
  detail: `${field}: ${why}`,
  field,
});
