import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { cleanupOpenApiDoc } from 'nestjs-zod';

/** The API's page at /docs, and the same for machines at /openapi.json. */
export function serveDocumentation(app: NestFastifyApplication): void {
  const about = new DocumentBuilder()
    .setTitle('Floodgate degradation plans')
    .setDescription('Plans, tiers set by hand, and who follows what. For operators.')
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = cleanupOpenApiDoc(SwaggerModule.createDocument(app, about));
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'openapi.json' });
}
