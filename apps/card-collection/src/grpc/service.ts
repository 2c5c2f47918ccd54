import { cardCollectionV1 } from '@floodgate/contracts';
import { type GrpcServices } from '@floodgate/nest-kit';
import { type CardCollectionConfig } from '../config';

/** What this service serves over gRPC and where. Only development is told about the service's shape. */
export function grpcOf(config: CardCollectionConfig): GrpcServices {
  const { GRPC_PORT: port, GRPC_HOST: host, PROFILE } = config;
  const services = {
    'floodgate.cardcollection.v1.CardCollectionService': cardCollectionV1.CardCollectionServiceService,
  };
  return { port, host, services, reflection: PROFILE === 'development', admission: config };
}
