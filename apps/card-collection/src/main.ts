import { join } from 'node:path';
import { cardCollectionV1 } from '@floodgate/contracts';
import { loadConfig, runService } from '@floodgate/nest-kit';
import { CardCollectionModule } from './card-collection.module';
import { configSchema } from './config';

const config = loadConfig(configSchema);
const reflection = {
  protoRoot: join(__dirname, '../../../../libs/contracts/proto'),
  files: ['floodgate/cardcollection/v1/card_collection.proto'],
};
const services = { 'floodgate.cardcollection.v1.CardCollectionService': cardCollectionV1.CardCollectionServiceService };

void runService({
  module: CardCollectionModule.register(config),
  config,
  grpc: {
    port: config.GRPC_PORT,
    host: config.GRPC_HOST,
    services,
    ...(config.PROFILE === 'development' && { reflection }),
  },
});
