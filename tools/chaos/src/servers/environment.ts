import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot, StackTrouble } from '@floodgate/tools/stack';

/** The profiles whose servers may be killed. */
export const CHAOS_PROFILES = ['chaos', 'chaos-3'] as const;
export type ChaosProfile = (typeof CHAOS_PROFILES)[number];

/** How one server is started, and by what it is known. */
export interface ServerSpec {
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Its command line always holds one of them, and no other program's does. */
  readonly marks: readonly string[];
  readonly log: string;
  readonly pidFile: string;
  /** Its data folder. */
  readonly data: string;
}

/** How one instance of inventory is started. */
export interface InstanceSpec {
  readonly name: string;
  readonly httpPort: number;
  readonly grpcAddress: string;
  /** Where it looks for Redis. */
  readonly redisProxyPort: number;
  readonly env: Readonly<Record<string, string>>;
}

/** A fault profile: its servers, and how everybody reaches them. The URLs are direct, past the proxies. */
export interface ChaosEnvironment {
  readonly name: ChaosProfile;
  readonly root: string;
  readonly directory: string;
  readonly servers: readonly ServerSpec[];
  readonly brokers: readonly { readonly kafka: number; readonly proxied: number; readonly proxy: number }[];
  readonly instances: readonly InstanceSpec[];
  readonly inventorySchema: string;
  readonly adminUrl: string;
  readonly auditUrl: string;
  readonly redisUrl: string;
  readonly redisReplicaUrl: string;
  readonly kafkaBrokers: string;
}

/** @throws StackTrouble when the profile cannot be read. */
export function loadChaosEnvironment(profile: ChaosProfile): ChaosEnvironment {
  const root = repositoryRoot();
  const script = join(root, 'tools/chaos/environment.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, profile], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new StackTrouble(stderr.trim());
  return JSON.parse(stdout) as ChaosEnvironment;
}
