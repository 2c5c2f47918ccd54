import { grpcShape, kafkaShape, mysqlShape, serviceShape } from '@floodgate/nest-kit';
import { z } from 'zod';

export const configSchema = z.object({ ...serviceShape, ...grpcShape, ...mysqlShape, ...kafkaShape });

export type CardCollectionConfig = z.infer<typeof configSchema>;
