import { join } from 'node:path';
import { inventoryV1 } from '@floodgate/contracts';
import { loadConfig, runService } from '@floodgate/nest-kit';
import { configSchema } from './config';
import { InventoryModule } from './inventory.module';

const config = loadConfig(configSchema);
const reflection = {
  protoRoot: join(__dirname, '../../../../libs/contracts/proto'),
  files: ['floodgate/inventory/v1/inventory.proto'],
};
const services = { 'floodgate.inventory.v1.InventoryService': inventoryV1.InventoryServiceService };

void runService({
  module: InventoryModule.register(config),
  config,
  grpc: {
    port: config.GRPC_PORT,
    host: config.GRPC_HOST,
    services,
    ...(config.PROFILE === 'development' && { reflection }),
  },
});
