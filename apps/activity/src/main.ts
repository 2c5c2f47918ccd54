import { loadConfig, runService } from '@floodgate/nest-kit';
import { ActivityModule } from './activity.module';
import { configSchema } from './config';
import { grpcOf } from './grpc/service';

const config = loadConfig(configSchema);

void runService({ module: ActivityModule.register(config), config, grpc: grpcOf(config) });
