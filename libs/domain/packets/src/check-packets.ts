import { fen } from '@floodgate/kernel';
import { PacketCutter } from './packet-cutter';
import { packetCommitment, PACKETS_VERSION, secretCommitment, seedOf } from './packet-seal';
import { type PacketTerms } from './packet-terms';

/** What the platform says of a pool's packets once it is closed. */
export interface RevealedPackets {
  /** Names the rules; PACKETS_VERSION. */
  readonly version: string;
  readonly campaignId: string;
  readonly poolId: string;
  readonly stock: number;
  readonly mode: 'EQUAL' | 'RANDOM' | 'LEVELS';
  readonly totalFen: number;
  readonly minFen: number;
  readonly maxFen: number;
  readonly levels: readonly { readonly amountFen: number; readonly count: number }[];
  readonly t0Ms: number;
  readonly authorCommitment: string;
  readonly approverCommitment: string;
  readonly commitment: string;
  /** When the commitment stood in the stock log. */
  readonly committedAtMs: number;
  readonly authorSecret: string;
  readonly approverSecret: string;
  readonly seed: string;
  /** How many packets were granted. */
  readonly granted: number;
}

/** A packet that somebody got. */
export interface GrantedPacket {
  readonly unitNo: number;
  readonly amountFen: number;
  /** Taken back; its money stayed in the pool. */
  readonly withdrawn: boolean;
}

/** One thing that must hold, and what was found. */
export interface PacketCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Everything that anyone can check of a pool's packets from what is public: that two committed secrets made the seed, that seed
 * and terms are the ones committed to before T0, and that every packet granted is the one that its unit always had. Computes
 * all packets of the pool.
 */
export function checkPackets(pool: RevealedPackets, granted: readonly GrantedPacket[]): PacketCheck[] {
  const sealed = [...checkSecrets(pool), ...checkCommitment(pool)];
  // Other terms than those committed to need not even make sense.
  if (sealed.some(({ ok }) => !ok)) return sealed;
  const cutter = new PacketCutter(termsOf(pool), pool.stock, pool.seed);
  return [...sealed, checkAllPackets(pool, cutter), checkGranted(pool, granted, cutter)];
}

function checkSecrets(pool: RevealedPackets): PacketCheck[] {
  const { version, authorSecret, approverSecret, authorCommitment, approverCommitment } = pool;
  return [
    check('rules', version === PACKETS_VERSION, `the packets follow ${version}; this checks ${PACKETS_VERSION}`),
    check(
      'author',
      secretCommitment(authorSecret) === authorCommitment,
      "the author's secret, and what it committed to",
    ),
    check(
      'approver',
      secretCommitment(approverSecret) === approverCommitment && approverCommitment !== authorCommitment,
      "the approver's secret, and what it committed to",
    ),
    check('seed', seedOf(pool) === pool.seed, `${pool.seed} is made of both secrets`),
  ];
}

function checkCommitment(pool: RevealedPackets): PacketCheck[] {
  const { campaignId, poolId, stock, seed, commitment, committedAtMs, t0Ms } = pool;
  const expected = packetCommitment({ campaignId, poolId, stock, terms: termsOf(pool), seed });
  const beforeMs = t0Ms - committedAtMs;
  return [
    check('commitment', expected === commitment, `${commitment} is the hash of seed and terms`),
    check('before T0', beforeMs > 0, `the commitment stood in the log ${beforeMs} ms before T0`),
  ];
}

/** Every slot is taken by one unit, and all packets sum to the pool within their bounds. */
function checkAllPackets(pool: RevealedPackets, cutter: PacketCutter): PacketCheck {
  const { stock, totalFen, mode, minFen, maxFen } = pool;
  const taken = new Uint8Array(Math.ceil(stock / 8));
  let sumFen = 0;
  for (let unitNo = 0; unitNo < stock; unitNo++) {
    const slotNo = cutter.slotOf(unitNo);
    const bit = 1 << (slotNo & 7);
    const byte = taken[slotNo >>> 3] ?? 0;
    if ((byte & bit) !== 0) return check('packets', false, `slot ${slotNo} belongs to unit ${unitNo} and to another`);
    taken[slotNo >>> 3] = byte | bit;
    const amountFen = cutter.amountOfSlot(slotNo);
    if (amountFen <= 0 || (mode === 'RANDOM' && (amountFen < minFen || amountFen > maxFen))) {
      return check('packets', false, `unit ${unitNo} of ${amountFen} fen is out of bounds`);
    }
    sumFen += amountFen;
  }
  return check(
    'packets',
    sumFen === totalFen,
    `${stock} packets sum to ${sumFen} fen of ${totalFen}, each unit has one`,
  );
}

function checkGranted(pool: RevealedPackets, granted: readonly GrantedPacket[], cutter: PacketCutter): PacketCheck {
  let last = -1;
  let sumFen = 0;
  for (const { unitNo, amountFen } of granted) {
    if (unitNo <= last || unitNo >= pool.stock) return check('granted', false, `unit ${unitNo} is listed out of order`);
    const expected = cutter.amountOf(unitNo);
    if (amountFen !== expected) return check('granted', false, `unit ${unitNo} is ${expected} fen, not ${amountFen}`);
    last = unitNo;
    sumFen += amountFen;
  }
  const withdrawn = granted.filter((packet) => packet.withdrawn).length;
  const detail = `${granted.length} of ${pool.granted} packets granted, ${sumFen} fen, ${withdrawn} withdrawn`;
  return check('granted', granted.length === pool.granted, detail);
}

function termsOf({ mode, totalFen, minFen, maxFen, levels }: RevealedPackets): PacketTerms {
  return {
    mode: MODES[mode],
    totalFen: fen(totalFen),
    minFen: fen(minFen),
    maxFen: fen(maxFen),
    levels: levels.map(({ amountFen, count }) => ({ amountFen: fen(amountFen), count })),
  };
}

const MODES = { EQUAL: 'equal', RANDOM: 'random', LEVELS: 'levels' } as const;

const check = (name: string, ok: boolean, detail: string): PacketCheck => ({ name, ok, detail });
