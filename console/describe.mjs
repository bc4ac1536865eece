// Writes the description of the console's API, openapi.json: `npm run build && node console/describe.mjs && npm run format`.
// console/api/app.test.ts says when it is due.
import { writeFileSync } from 'node:fs';
import { openApiDocument } from '../dist/console/api/openapi.js';

writeFileSync(new URL('openapi.json', import.meta.url), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
