import { loadConfig, runService } from '@floodgate/nest-kit';
import { configSchema } from './config';
import { GatewayModule } from './gateway.module';
import { serveOpenApi } from './openapi';

const config = loadConfig(configSchema);

void runService({ module: GatewayModule.register(config), config, configure: serveOpenApi });
