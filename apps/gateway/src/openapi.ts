import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { z } from 'zod';
import { grabBody, grantedView } from './grab/grab-schemas';
import { ProblemAnswer } from './http/schemas';
import { servingAnswer } from './room/room-schemas';

const GRAB_PATH = '/campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}';
const SERVING_PATH = '/campaigns/{campaignId}/room/{api}/serving';

/** Serves the API's page at /docs and its document at /openapi.json. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => document(app), { jsonDocumentUrl: 'openapi.json' });
}

function document(app: NestFastifyApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setTitle('Floodgate')
    .setDescription(
      'Every answer carries an `outcome` from one closed list. A refusal is problem+json; `pollAfterMs` says when to ask again. ' +
        'Ids are made by the client and kept, so that a retry is the same request.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  const made = cleanupOpenApiDoc(SwaggerModule.createDocument(app, settings, { extraModels: [ProblemAnswer] }));
  addDefaultProblem(made);
  made.paths[GRAB_PATH] = grabPath();
  made.paths[SERVING_PATH] = servingPath();
  return made;
}

const problemResponse = {
  description: 'A refusal with its outcome',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemAnswer' } } },
};

function addDefaultProblem({ paths }: OpenAPIObject): void {
  for (const path of Object.values(paths)) {
    for (const operation of [path.get, path.post]) {
      if (operation) operation.responses['default'] = problemResponse;
    }
  }
}

// The grab and the serving number are raw Fastify routes, which Nest's document does not see.
function grabPath(): OpenAPIObject['paths'][string] {
  const answer = { description: 'A unit', content: { 'application/json': { schema: schemaOf(grantedView) } } };
  const common = {
    tags: ['participants'],
    security: [{ bearer: [] }],
    parameters: pathParameters('campaignId', 'poolId', 'grabId'),
    responses: { 200: answer, default: problemResponse },
  };
  return {
    put: {
      ...common,
      operationId: 'grab',
      summary: 'Grabs one unit. The same grabId again is the same grab and gets the same answer.',
      requestBody: { required: false, content: { 'application/json': { schema: schemaOf(grabBody) } } },
    },
    get: {
      ...common,
      operationId: 'readGrab',
      summary: 'The result of a grab, for ever: never hidden by closed or sold out.',
    },
  };
}

function servingPath(): OpenAPIObject['paths'][string] {
  const answer = {
    description: 'How far the room is',
    content: { 'application/json': { schema: schemaOf(servingAnswer) } },
  };
  return {
    get: {
      tags: ['participants'],
      parameters: pathParameters('campaignId', 'api'),
      responses: { 200: answer, default: problemResponse },
      operationId: 'serving',
      summary:
        'How far the waiting room is, the same for everyone: whoever holds a ticket computes their own place from it.',
    },
  };
}

function pathParameters(...names: string[]) {
  return names.map((name) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: { type: 'string' as const },
  }));
}

function schemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'openapi-3.0' });
  return rest;
}
