import { validate } from '@floodgate/nest-kit';
import { type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';

/** Checks bodies, params and queries whose type is a DTO made of a zod schema; a body left out counts as empty. */
export class DtoPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (metatype === undefined || !('schema' in metatype) || !(metatype.schema instanceof z.ZodType)) return value;
    return validate(metatype.schema, type === 'body' ? (value ?? {}) : value);
  }
}
