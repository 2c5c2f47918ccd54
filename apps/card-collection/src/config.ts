import { grpcShape, kafkaShape, mysqlShape, serviceShape } from '@floodgate/nest-kit';
import { z } from 'zod';

export const cardCollectionConfig = z.object({ ...serviceShape, ...grpcShape, ...mysqlShape, ...kafkaShape });

export type CardCollectionConfig = z.infer<typeof cardCollectionConfig>;
