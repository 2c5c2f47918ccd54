import {
  admissionShape,
  grpcShape,
  kafkaShape,
  mysqlShape,
  planShape,
  redisShape,
  secret,
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
  /** Signs qualifications; the gateway checks them with the same. */
  TOKEN_SECRET: secret,
});

export type ActivityConfig = z.infer<typeof configSchema>;
