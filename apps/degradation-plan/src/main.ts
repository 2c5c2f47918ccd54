import { degradationPlanV1 } from '@floodgate/contracts';
import { loadConfig, runService } from '@floodgate/nest-kit';
import { configSchema } from './config';
import { DegradationPlanModule } from './degradation-plan.module';
import { serveDocumentation } from './http/documentation';

const config = loadConfig(configSchema);

void runService({
  module: DegradationPlanModule.register(config),
  config,
  grpc: {
    port: config.GRPC_PORT,
    host: config.GRPC_HOST,
    services: {
      'floodgate.degradationplan.v1.DegradationPlanService': degradationPlanV1.DegradationPlanServiceService,
    },
    reflection: config.PROFILE === 'development',
  },
  configure: serveDocumentation,
});
