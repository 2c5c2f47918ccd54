import { z } from 'zod';

/** 32 bytes as base64url. */
const KEY = /^[A-Za-z0-9_-]{43}$/;

/** The seed of an Ed25519 key. */
export const signingKey = z.string().regex(KEY, { message: 'must be 32 bytes as base64url', abort: true });

/** Comma-separated Ed25519 public keys. */
export const publicKeys = z
  .string()
  .transform((list) => list.split(','))
  .pipe(z.array(z.string().regex(KEY, 'must be 32 bytes as base64url, several separated by commas')).min(1));
