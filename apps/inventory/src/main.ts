import { inventoryV1 } from '@floodgate/contracts';
import { loadConfig, runService } from '@floodgate/nest-kit';
import { configSchema } from './config';
import { InventoryModule } from './inventory.module';

const config = loadConfig(configSchema);
const services = { 'floodgate.inventory.v1.InventoryService': inventoryV1.InventoryServiceService };

void runService({
  module: InventoryModule.register(config),
  config,
  grpc: {
    port: config.GRPC_PORT,
    host: config.GRPC_HOST,
    services,
    reflection: config.PROFILE === 'development',
    admission: config,
  },
});
