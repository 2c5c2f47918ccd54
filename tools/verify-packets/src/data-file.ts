import { type GrantedPacket, HEX_32_PATTERN, type RevealedPackets } from '@floodgate/domain/packets';
import { sha256Hex } from '@floodgate/kernel';
import { z } from 'zod';

/** The public data of one pool, as they are kept in a file: the pool, one line a granted packet, and a checksum of all before. */
export interface PublicData {
  readonly pool: RevealedPackets;
  readonly granted: readonly GrantedPacket[];
}

/** What was read is not such a file, or was changed since it was written. */
export class UnsoundFile extends Error {}

const whole = z.int().min(0);
const hex32 = z.string().regex(HEX_32_PATTERN);
const poolLine = z.strictObject({
  version: z.string(),
  campaignId: z.string(),
  poolId: z.string(),
  stock: z.int().min(1).max(100_000_000),
  mode: z.enum(['EQUAL', 'RANDOM', 'LEVELS']),
  totalFen: whole,
  minFen: whole,
  maxFen: whole,
  levels: z.array(z.strictObject({ amountFen: whole, count: whole })),
  t0Ms: whole,
  authorCommitment: hex32,
  approverCommitment: hex32,
  commitment: hex32,
  committedAtMs: whole,
  authorSecret: hex32,
  approverSecret: hex32,
  seed: hex32,
  granted: whole,
});
const packetLine = z.strictObject({ unitNo: whole, amountFen: whole, withdrawn: z.boolean() });
const lastLine = z.strictObject({ sha256: hex32 });

export function writeData({ pool, granted }: PublicData): string {
  const lines = [JSON.stringify(poolLine.parse(pool)), ...granted.map((packet) => JSON.stringify(packet))];
  const text = `${lines.join('\n')}\n`;
  return `${text}${JSON.stringify({ sha256: sha256Hex(text) })}\n`;
}

/** Throws UnsoundFile. */
export function readData(text: string): PublicData {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new UnsoundFile('the last line is not whole');
  const last = parseLine(lastLine, lines.pop(), 'the checksum');
  const before = `${lines.join('\n')}\n`;
  if (sha256Hex(before) !== last.sha256) throw new UnsoundFile('the checksum is not the one of the lines before it');
  const [first, ...others] = lines;
  return {
    pool: parseLine(poolLine, first, 'line 1'),
    granted: others.map((line, index) => parseLine(packetLine, line, `line ${index + 2}`)),
  };
}

function parseLine<T>(schema: z.ZodType<T>, line: string | undefined, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line ?? '');
  } catch (error) {
    throw new UnsoundFile(`${what} is not JSON`, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UnsoundFile(`${what}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}
