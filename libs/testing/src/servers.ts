interface Servers {
  /** May create and drop databases. */
  readonly mysqlAdminUrl: string;
  readonly redisUrl: string;
  readonly kafkaBrokers: string;
  /** The environment each app is started with in the test profile. */
  readonly appEnv: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The real servers that tests run against, as jest.config.mjs names them. */
export const SERVERS: Servers = (globalThis as unknown as { floodgateServers: Servers }).floodgateServers;
