import { prizePayoutV1 } from '@floodgate/contracts';
import { loadConfig, runService } from '@floodgate/nest-kit';
import { configSchema } from './config';
import { PrizePayoutModule } from './prize-payout.module';

const config = loadConfig(configSchema);

void runService({
  module: PrizePayoutModule.register(config),
  config,
  grpc: {
    port: config.GRPC_PORT,
    host: config.GRPC_HOST,
    services: { 'floodgate.prizepayout.v1.PrizePayoutService': prizePayoutV1.PrizePayoutServiceService },
    reflection: config.PROFILE === 'development',
    admission: config,
  },
});
