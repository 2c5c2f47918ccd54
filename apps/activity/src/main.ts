import { join } from 'node:path';
import { activityV1 } from '@floodgate/contracts';
import { loadConfig, runService } from '@floodgate/nest-kit';
import { ActivityModule } from './activity.module';
import { configSchema } from './config';

const config = loadConfig(configSchema);
const reflection = {
  protoRoot: join(__dirname, '../../../../libs/contracts/proto'),
  files: ['floodgate/activity/v1/activity.proto'],
};
const services = { 'floodgate.activity.v1.ActivityService': activityV1.ActivityServiceService };

void runService({
  module: ActivityModule.register(config),
  config,
  grpc: {
    port: config.GRPC_PORT,
    host: config.GRPC_HOST,
    services,
    ...(config.PROFILE === 'development' && { reflection }),
  },
});
