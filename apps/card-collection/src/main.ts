import { loadConfig, runService } from '@floodgate/nest-kit';
import { CardCollectionModule } from './card-collection.module';
import { configSchema } from './config';
import { grpcOf } from './grpc/service';

const config = loadConfig(configSchema);

void runService({ module: CardCollectionModule.register(config), config, grpc: grpcOf(config) });
