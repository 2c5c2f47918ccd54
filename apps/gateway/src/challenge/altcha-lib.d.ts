/** What is used of altcha-lib. Its own types lie where only module resolutions newer than this workspace's look for them. */
declare module 'altcha-lib' {
  export interface ChallengeParameters {
    readonly algorithm: string;
    readonly nonce: string;
    readonly salt: string;
    readonly cost: number;
    readonly keyLength: number;
    readonly keyPrefix: string;
    readonly data?: Record<string, string | number | boolean | null>;
  }

  export interface Challenge {
    readonly parameters: ChallengeParameters;
    readonly signature?: string;
  }

  export interface Solution {
    readonly counter: number;
    readonly derivedKey: string;
  }

  export type DeriveKeyFunction = (
    parameters: ChallengeParameters,
    salt: Uint8Array,
    password: Uint8Array,
  ) => Promise<{ derivedKey: Uint8Array }>;

  export function createChallenge(options: {
    readonly algorithm: string;
    readonly cost: number;
    readonly keyPrefix: string;
    readonly data: Record<string, string | number>;
    readonly deriveKey: DeriveKeyFunction;
    readonly hmacSignatureSecret: string;
  }): Promise<Challenge>;

  export function solveChallenge(options: {
    readonly challenge: Challenge;
    readonly deriveKey: DeriveKeyFunction;
  }): Promise<Solution | null>;

  export function verifySolution(options: {
    readonly challenge: Challenge;
    readonly solution: Solution;
    readonly deriveKey: DeriveKeyFunction;
    readonly hmacSignatureSecret: string;
  }): Promise<{ readonly verified: boolean }>;
}

declare module 'altcha-lib/algorithms/sha' {
  import { type DeriveKeyFunction } from 'altcha-lib';

  export const deriveKey: DeriveKeyFunction;
}
