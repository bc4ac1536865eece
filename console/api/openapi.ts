import { OpenAPIHono } from '@hono/zod-openapi';
import { ROUTES } from './routes.ts';

/** The API's description, OpenAPI 3.1: console/openapi.json is this, and a test keeps them equal. */
export function openApiDocument(): object {
  const described = new OpenAPIHono();
  for (const route of ROUTES) described.openAPIRegistry.registerPath(route);
  return described.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Prescale console',
      version: '1',
      description:
        'What the addon sees, decides and expects. Read only. With console.auth=token: Authorization: Bearer.',
    },
    servers: [{ url: '../..', description: 'Where the console is served' }],
  });
}
