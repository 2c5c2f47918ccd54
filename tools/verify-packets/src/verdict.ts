import { checkPackets } from '@floodgate/domain/packets';
import { type PublicData, readData, UnsoundFile } from './data-file';

export interface Verdict {
  readonly ok: boolean;
  /** For people, line by line, the verdict last. */
  readonly text: string;
}

export function verdictOn({ pool, granted }: PublicData): Verdict {
  const checks = checkPackets(pool, granted);
  const ok = checks.every((check) => check.ok);
  const name = `${pool.campaignId}/${pool.poolId}`;
  const lines = checks.map((check) => `${check.ok ? 'ok   ' : 'WRONG'}  ${check.name.padEnd(10)}  ${check.detail}`);
  const last = ok
    ? `VERIFIED: the packets of ${name} are those committed to before T0, and everyone got the one of their unit.`
    : `NOT VERIFIED: the packets of ${name} are not what was committed to.`;
  return { ok, text: `${[...lines, last].join('\n')}\n` };
}

/** The verdict on a file's text; a file that cannot be read or was changed is not verified. */
export function verdictOnFile(text: string): Verdict {
  let data: PublicData;
  try {
    data = readData(text);
  } catch (error) {
    if (!(error instanceof UnsoundFile)) throw error;
    return { ok: false, text: `WRONG  file        ${error.message}\nNOT VERIFIED: the file is not sound.\n` };
  }
  return verdictOn(data);
}
