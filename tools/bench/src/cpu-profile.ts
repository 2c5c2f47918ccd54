/**
 * Loaded into an app with NODE_OPTIONS=--require: profiles it from its start and writes the profile when it ends. Node's own
 * --cpu-prof may not stand in NODE_OPTIONS, and the apps' command lines are not the bench's.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

const directory = process.env['BENCH_CPU_PROFILES'];

if (directory !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  process.once('exit', () => {
    // A session of the process's own answers before post returns.
    session.post('Profiler.stop', (error, { profile }) => {
      if (error !== null) throw error;
      mkdirSync(directory, { recursive: true });
      const name = process.env['BENCH_CPU_PROFILE_NAME'] ?? 'node';
      writeFileSync(join(directory, `${name}-${process.pid}.cpuprofile`), JSON.stringify(profile));
    });
  });
}

/** What an app is given so that it writes a profile there. */
export function cpuProfileEnv(name: string, folder: string): Record<string, string> {
  return {
    NODE_OPTIONS: `--require ${JSON.stringify(__filename)}`,
    BENCH_CPU_PROFILES: folder,
    BENCH_CPU_PROFILE_NAME: name,
  };
}
