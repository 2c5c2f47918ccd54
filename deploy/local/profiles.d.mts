/** Types of profiles.mjs, for TypeScript tools that import it. */
export type ProfileName = 'dev' | 'test' | 'bench' | 'chaos' | 'chaos-3';

export type Service = 'activity' | 'card-collection' | 'inventory' | 'order' | 'prize-payout' | 'degradation-plan';

export type App = 'gateway' | Service;

export type Instance = App | 'inventory-2';

export interface Profile {
  readonly name: ProfileName;
  readonly directory: string;
  readonly servers: readonly string[];
  readonly brokers: readonly {
    readonly kafka: number;
    readonly controller: number;
    /** Fault profiles: the listener whose clients are told to use the proxy's port. */
    readonly proxied?: number;
    readonly proxy?: number;
  }[];
  readonly isForFaults: boolean;
  readonly logs: string;
  readonly state: string;
  readonly dockerProject: string;
  readonly ports: {
    readonly mysql: number;
    readonly redis: number;
    readonly redisReplica: number;
    readonly kafka: number;
    readonly kafkaController: number;
    readonly http: Readonly<Record<Instance, number>>;
    readonly grpc: Readonly<Record<Exclude<Instance, 'gateway'>, number>>;
  };
  readonly given: {
    readonly mariadb: string | undefined;
    readonly redis: string | undefined;
    readonly kafka: string | undefined;
  };
}

export const ROOT: string;
export const LOCAL: string;
export const SERVICES: readonly Service[];
export const APPS: readonly App[];
export const INSTANCES: readonly Instance[];
export function instancesOf(app: App): readonly Instance[];
export function appOf(instance: Instance): App;
export const EXTRA_DATABASES: readonly ['ledger', 'channel'];
export const PROFILES: readonly ProfileName[];

export function profile(name: string): Profile;
export function databaseOf(service: Service | 'ledger' | 'channel'): string;
export function passwordOf(profile: ProfileName | Profile, user: string): string;
export function adminUrl(profile: ProfileName | Profile): string;
export function ownerUrl(profile: ProfileName | Profile, service: Service | 'ledger' | 'channel'): string;
export function auditUrl(profile: ProfileName | Profile): string;
export function redisUrl(profile: ProfileName | Profile): string;
export function kafkaBrokers(profile: ProfileName | Profile): string;
export function appEnv(profile: ProfileName | Profile, instance: Instance): Record<string, string>;
