import { consoleApp } from './app.ts';
import type { ConsoleSource } from './source.ts';

/** The API's description, OpenAPI 3.1: console/openapi.json is this, and a test keeps them equal. */
export function openApiDocument(): object {
  // Nothing is asked of it: the routes alone are described.
  const source = {} as ConsoleSource;
  const app = consoleApp({ source, auth: { kind: 'none' }, page: new Map(), onError: () => {} });
  return app.getOpenAPI31Document({
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
