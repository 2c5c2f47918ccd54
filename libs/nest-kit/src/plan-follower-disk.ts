import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJsonObject } from './json';
import { replaceFile } from './replace-file';
import { type KeptTime } from './synced-clock';

/** What an instance needs to go on after a restart with everything else away. */
export interface StateOnDisk {
  /** Undefined when none was ever received. As it is written, genuine or not: for openSnapshot to judge. */
  readonly signed: string | undefined;
  /** Undefined when database time was never heard. */
  readonly kept: KeptTime | undefined;
}

/**
 * The last signed snapshot, and database time against this machine's clocks, on this instance's own disk, so that a restart needs neither Redis nor MySQL
 * nor the plan service.
 */
export class SnapshotFile {
  private readonly path: string;
  private last: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.path = join(directory, 'plan-snapshot.json');
  }

  /** Throws when the disk cannot be read; a file that is cut or foreign is read as a snapshot that nobody signed. */
  async read(): Promise<StateOnDisk> {
    const text = await this.readText();
    if (text === undefined) return { signed: undefined, kept: undefined };
    const state = parseJsonObject(text);
    if (state === undefined) return { signed: text, kept: undefined };
    const { clock, ...envelope } = state;
    const signed = Object.keys(envelope).length === 0 ? undefined : JSON.stringify(envelope);
    return { signed, kept: isKeptTime(clock) ? clock : undefined };
  }

  /** Replaces the file as a whole, one write after the other in the order of the calls. Rejects when the disk refuses. */
  write({ signed, kept }: StateOnDisk): Promise<void> {
    const text = JSON.stringify({ ...(signed !== undefined && parseJsonObject(signed)), clock: kept });
    const written = this.last.then(() => replaceFile(this.path, text, 0o600));
    // Only the order of the writes hangs on this one; its failure is the caller's, who holds the promise itself.
    this.last = Promise.allSettled([written]);
    return written;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.last;
  }

  private async readText(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function isKeptTime(value: unknown): value is KeptTime {
  if (typeof value !== 'object' || value === null) return false;
  const { databaseMs, wallMs, uptimeMs, bootId } = value as Record<string, unknown>;
  return [databaseMs, wallMs, uptimeMs].every(Number.isFinite) && typeof bootId === 'string';
}
