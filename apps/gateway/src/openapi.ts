import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import { z } from 'zod';
import { grabBody, grantedView } from './grab/grab-schemas';
import { ProblemAnswer } from './http/schemas';

const GRAB_PATH = '/campaigns/{campaignId}/pools/{poolId}/grabs/{grabId}';

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

// The grab is a raw Fastify route, which Nest's document does not see.
function grabPath(): OpenAPIObject['paths'][string] {
  const answer = { description: 'A unit', content: { 'application/json': { schema: schemaOf(grantedView) } } };
  const common = {
    tags: ['participants'],
    security: [{ bearer: [] }],
    parameters: ['campaignId', 'poolId', 'grabId'].map((name) => ({
      name,
      in: 'path' as const,
      required: true,
      schema: { type: 'string' as const },
    })),
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

function schemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'openapi-3.0' });
  return rest;
}
