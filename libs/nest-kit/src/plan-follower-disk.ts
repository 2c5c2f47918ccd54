import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** The last signed snapshot on this instance's own disk, so that a restart needs neither Redis nor the plan service. */
export class SnapshotFile {
  private readonly path: string;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly directory: string) {
    this.path = join(directory, 'plan-snapshot.json');
  }

  /** Undefined when there is none yet. Throws when the disk cannot be read. */
  async read(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Replaces the file as a whole, one write after the other in the order of the calls. Rejects when the disk refuses. */
  write(signed: string): Promise<void> {
    const written = this.last.then(() => this.replace(signed));
    // Only the order of the writes hangs on this one; its failure is the caller's, who holds the promise itself.
    this.last = written.catch(() => undefined);
    return written;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.last;
  }

  private async replace(signed: string): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const draft = `${this.path}.${process.pid}`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(signed);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.path);
  }
}
