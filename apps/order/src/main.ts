import { orderV1 } from '@floodgate/contracts';
import { loadConfig, runService } from '@floodgate/nest-kit';
import { configSchema } from './config';
import { OrderModule } from './order.module';

const config = loadConfig(configSchema);

void runService({
  module: OrderModule.register(config),
  config,
  grpc: {
    port: config.GRPC_PORT,
    host: config.GRPC_HOST,
    services: { 'floodgate.order.v1.OrderService': orderV1.OrderServiceService },
    reflection: config.PROFILE === 'development',
    admission: config,
  },
});
