/** What a signature of the plan service is for; nothing signed for one purpose is worth anything for another. */
export type SignedPurpose = 'plan-snapshot.v1' | 'policy-file.v1';

/**
 * The exact text that is signed: the purpose, a line feed, the text. Its signature is Ed25519 over the UTF-8 bytes; keys and signatures travel as base64url,
 * a public key as its 32 raw bytes, which is what WebCrypto's importKey takes as `raw`.
 */
export function signableText(purpose: SignedPurpose, text: string): string {
  return `${purpose}\n${text}`;
}
