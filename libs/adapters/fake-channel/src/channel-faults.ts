import { hashShare } from '@floodgate/kernel';

/**
 * How the fake channel misbehaves. Shares are from 0 to 1. Which numbers are hit follows from the number alone, so that a
 * run can be repeated.
 */
export interface ChannelFaults {
  /** Of the numbers that succeed, those whose answer is lost: the money moved, the caller hears `unknown`. */
  readonly answerLostShare: number;
  /** Of the numbers, those whose first request never arrives: nothing moved, the caller hears `unknown`. */
  readonly requestLostShare: number;
  /** Of the attempts, those that fail for sure. */
  readonly failureShare: number;
  /** How long every answer takes. */
  readonly latencyMs: number;
}

export const NO_FAULTS: ChannelFaults = { answerLostShare: 0, requestLostShare: 0, failureShare: 0, latencyMs: 0 };

export function losesAnswer(faults: ChannelFaults, number: string): boolean {
  return hashShare(`answer:${number}`) < faults.answerLostShare;
}

export function losesRequest(faults: ChannelFaults, number: string): boolean {
  return hashShare(`request:${number}`) < faults.requestLostShare;
}

/** `attempt` counts from 1; each attempt has luck of its own. */
export function fails(faults: ChannelFaults, number: string, attempt: number): boolean {
  return hashShare(`failure:${number}:${attempt}`) < faults.failureShare;
}
