import { join } from 'node:path';
import { cardCollectionV1 } from '@floodgate/contracts';
import { type GrpcServices } from '@floodgate/nest-kit';
import { type CardCollectionConfig } from '../config';

const reflection = {
  protoRoot: join(__dirname, '../../../../../libs/contracts/proto'),
  files: ['floodgate/cardcollection/v1/card_collection.proto'],
};

/** What this service serves over gRPC and where. Only development is told about the service's shape. */
export function grpcOf({ GRPC_PORT: port, GRPC_HOST: host, PROFILE }: CardCollectionConfig): GrpcServices {
  const services = {
    'floodgate.cardcollection.v1.CardCollectionService': cardCollectionV1.CardCollectionServiceService,
  };
  return { port, host, services, ...(PROFILE === 'development' && { reflection }) };
}
