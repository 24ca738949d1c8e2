import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

/** The description of the HTTP API; the portal's client is generated from it. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const description = 'The HTTP API of Vitrine. Errors are application/problem+json (RFC 9457).';
  const config = new DocumentBuilder()
    .setTitle('Vitrine')
    .setDescription(description)
    .setVersion('1')
    .addCookieAuth('vitrine_sign_in', { type: 'apiKey', in: 'cookie' }, 'sign-in')
    .addCookieAuth('vitrine_visit', { type: 'apiKey', in: 'cookie' }, 'visit')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'access-token')
    .build();
  return SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
  });
}
