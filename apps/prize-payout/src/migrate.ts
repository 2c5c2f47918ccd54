import { channelMigrations } from '@floodgate/adapters/fake-channel';
import { applyMigrations, loadConfig, mysqlShape } from '@floodgate/nest-kit';
import { z } from 'zod';
import { ledgerSchemaName } from './config';
import { ledgerMigrations, prizePayoutMigrations } from './migrations';

const config = loadConfig(
  z.object({
    /** May change both this service's schema and the ledger's, which is on the same server. */
    MYSQL_OWNER_URL: mysqlShape.MYSQL_URL,
    LEDGER_SCHEMA: ledgerSchemaName,
    /** The fake channel's database is brought up to date too where this is given. */
    CHANNEL_MYSQL_OWNER_URL: mysqlShape.MYSQL_URL.optional(),
  }),
);

async function migrateAll(): Promise<void> {
  const ledgerUrl = new URL(config.MYSQL_OWNER_URL);
  ledgerUrl.pathname = `/${config.LEDGER_SCHEMA}`;
  await applyMigrations('prize-payout', config.MYSQL_OWNER_URL, prizePayoutMigrations);
  await applyMigrations('prize-payout ledger', ledgerUrl.href, ledgerMigrations);
  if (config.CHANNEL_MYSQL_OWNER_URL !== undefined) {
    await applyMigrations('fake channel', config.CHANNEL_MYSQL_OWNER_URL, channelMigrations);
  }
}

void migrateAll();
