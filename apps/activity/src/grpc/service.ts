import { activityV1 } from '@floodgate/contracts';
import { type GrpcServices } from '@floodgate/nest-kit';
import { type ActivityConfig } from '../config';

/** What this service serves over gRPC and where. Only development is told about the service's shape. */
export function grpcOf(config: ActivityConfig): GrpcServices {
  const { GRPC_PORT: port, GRPC_HOST: host, PROFILE } = config;
  const services = { 'floodgate.activity.v1.ActivityService': activityV1.ActivityServiceService };
  return { port, host, services, reflection: PROFILE === 'development', admission: config };
}
