import {
  admissionShape,
  grpcShape,
  kafkaShape,
  mysqlShape,
  planShape,
  redisShape,
  serviceShape,
} from '@floodgate/nest-kit';
import { z } from 'zod';

export const configSchema = z.object({
  ...serviceShape,
  ...grpcShape,
  ...admissionShape,
  ...mysqlShape,
  ...redisShape,
  ...kafkaShape,
  ...planShape,
});

export type CardCollectionConfig = z.infer<typeof configSchema>;
