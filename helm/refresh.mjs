// Writes what is made from addon/config.ts: `npm run build && node helm/refresh.mjs`. helm/chart.test.ts says when it is due.
import { readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema } from '../dist/addon/config.js';
import { configTable } from '../dist/docs/config-table.js';

const schemaFile = new URL('values.schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
schema.properties.config = configJsonSchema();
writeFileSync(schemaFile, `${JSON.stringify(schema, null, 2)}\n`);

const page = new URL('../docs/install.md', import.meta.url);
const table = configTable();
const text = readFileSync(page, 'utf8');
writeFileSync(
  page,
  text.replace(/(<!-- config -->\n)[\s\S]*?(\n<!-- end -->)/, (_, start, end) => start + table + end),
);
